// Draws what Python computed: one column a layer, and the sentence of the layer that is pointed at.
const SVG = "http://www.w3.org/2000/svg"

export default function (component) {
  const { parentElement, data } = component
  const find = (name) => parentElement.querySelector("." + name)
  find("network").setAttribute("aria-label", `${data.title}, layer by layer`)
  find("work").textContent = data.work
  find("parameters").textContent = data.parameters
  const statement = find("statement")
  const point = () => {
    statement.classList.remove("long")
    statement.replaceChildren(...data.statement.map(([text, kind]) => piece(kind ? "b" : "span", kind, text)))
  }
  const tell = (words) => {
    statement.classList.add("long")
    statement.textContent = words
  }
  const layers = data.columns.map((column) => {
    const layer = piece("button", `layer ${column.kind}`)
    layer.type = "button"
    layer.setAttribute("aria-label", column.says)
    layer.style.setProperty("--column", column.box.column)
    const shape = piece("span", "shape")
    shape.append(piece("span", "", column.shape[0]), document.createElement("br"), piece("span", "", column.shape[1]))
    layer.append(piece("span", "name", column.name), block(column.box), shape)
    layer.append(amount(column.work), amount(column.parameters))
    layer.onmouseenter = layer.onfocus = () => tell(column.says)
    layer.onmouseleave = layer.onblur = point
    return layer
  })
  find("layers").replaceChildren(...layers)
  point()
}

function piece(tag, kind, text = "") {
  const made = document.createElement(tag)
  made.className = kind
  made.textContent = text
  return made
}

// The largest block is 100 units high and fills its row.
function block(box) {
  const around = piece("span", "block")
  const svg = document.createElementNS(SVG, "svg")
  svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`)
  svg.style.height = `calc(var(--block) * ${box.height / 100})`
  svg.style.aspectRatio = `${box.width} / ${box.height}`
  svg.setAttribute("aria-hidden", "true")
  for (const [face, corners] of Object.entries(box.faces)) {
    const polygon = document.createElementNS(SVG, "polygon")
    polygon.setAttribute("points", corners)
    polygon.setAttribute("class", face)
    svg.append(polygon)
  }
  around.append(svg)
  return around
}

function amount(square) {
  const made = piece("span", square.share ? "amount" : "amount none")
  made.style.setProperty("--side", square.side)
  made.append(piece("i", ""), piece("span", "", square.share))
  return made
}
