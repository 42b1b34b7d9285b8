// Plays what Python computed: pictures, colours, sums and results all come in `data`; nothing is calculated here but
// which stop of the window is shown. `stops` are in reading order, `across` of them a row.
const SVG = "http://www.w3.org/2000/svg"
// The first row slowly enough to follow each sum, the others quickly.
const SLOW_MS = 450
const QUICK_MS = 45
const players = new WeakMap()

export default function (component) {
  const { parentElement, data, setTriggerValue } = component
  const find = (name) => parentElement.querySelector("." + name)
  const player = players.get(parentElement) ?? { share: data.start, playing: 0 }
  players.set(parentElement, player)
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches
  const last = data.results.length - 1
  if (still && player.stop === undefined) player.share = 1
  // Another kernel or stride: as far through the picture as before.
  player.stop = Math.round(player.share * last)

  const [pixels, marks] = drawn(find("in"), data.pixels.colours, data.alt)
  const [cells, here] = drawn(find("out"), data.map.colours, data.map.alt)
  shaped(marks, data.window)
  shaped(here, 1)
  pixels.forEach((pixel, place) => pixel.classList.toggle("gone", data.kept ? !data.kept[place] : false))
  find("in-words").textContent = data.pixels.words
  find("out-words").textContent = data.map.words
  const lens = lensed(find("lens"), data)
  find("says").textContent = data.says
  find("lost").hidden = !data.kept
  find("divide").hidden = !data.weights
  const inputs = data.weights ? [...lens.map((cell) => cell.querySelector("input")), find("divisor")] : []
  inputs.forEach((input, place) => {
    const text = data.weights[place]
    // A field that Python could not read keeps what was typed.
    if (!data.problem && input.value !== text) input.value = text
    input.onchange = () => setTriggerValue("edited", inputs.map((each) => each.value))
  })

  const show = (stop) => {
    player.stop = Math.min(Math.max(stop, 0), last)
    player.share = last ? player.stop / last : 0
    const down = Math.floor(player.stop / data.across)
    const right = player.stop % data.across
    cells.forEach((cell, place) => cell.classList.toggle("ahead", place > player.stop))
    moved(marks, right * data.stride, down * data.stride)
    moved(here, right, down)
    lens.forEach((cell, place) => {
      const row = down * data.stride + Math.floor(place / data.window)
      const column = right * data.stride + (place % data.window)
      cell.style.background = data.pixels.colours[row][column]
      cell.style.color = data.pixels.inks[row][column]
      cell.querySelector("span").textContent = data.pixels.texts[row][column]
      cell.classList.toggle("best", data.best ? data.best[player.stop] === place : false)
    })
    const sum = find("sum")
    sum.classList.toggle("bad", Boolean(data.problem))
    sum.setAttribute("aria-live", player.playing ? "off" : "polite")
    if (data.problem || (data.lost && find("fade").checked)) {
      sum.textContent = data.problem || data.lost
    } else {
      const result = document.createElement("b")
      result.textContent = data.results[player.stop]
      sum.replaceChildren(`${data.sums[player.stop]} = `, result)
    }
    const where = find("where")
    where.max = last
    where.value = player.stop
    where.setAttribute("aria-valuetext", `Stop ${player.stop + 1} of ${last + 1}, result ${data.results[player.stop]}`)
    find("count").textContent = `${player.stop + 1} of ${last + 1}`
    find("back").disabled = player.stop === 0
    find("on").disabled = player.stop === last
    find("sign").textContent = player.playing ? "❚❚" : "▶"
    find("word").textContent = player.playing ? "Pause" : "Play"
  }
  const halt = () => {
    clearTimeout(player.playing)
    player.playing = 0
  }
  const go = (stop) => {
    halt()
    show(stop)
  }
  const beat = () => {
    if (player.stop >= last) {
      halt()
    } else {
      player.playing = setTimeout(beat, player.stop + 1 < data.across ? SLOW_MS : QUICK_MS)
      player.stop += 1
    }
    show(player.stop)
  }
  if (player.playing) {
    // The old beat belongs to the data before.
    clearTimeout(player.playing)
    player.playing = setTimeout(beat, QUICK_MS)
  }

  find("play").onclick = () => {
    if (player.playing) return go(player.stop)
    if (still) return go(last)
    if (player.stop === last) player.stop = -1
    player.playing = 1
    beat()
  }
  find("back").onclick = () => go(player.stop - 1)
  find("on").onclick = () => go(player.stop + 1)
  find("where").oninput = (event) => go(Number(event.target.value))
  cells.forEach((cell, place) => (cell.onclick = () => go(place)))
  const fade = find("fade")
  fade.onchange = () => {
    find("in").classList.toggle("faded", fade.checked)
    show(player.stop)
  }
  show(player.stop)
  return halt
}

// A grid of squares, made anew only when it has another size, with a frame that can be moved over it.
function drawn(svg, colours, alt) {
  const wide = colours[0].length
  const size = `${colours.length}x${wide}`
  svg.setAttribute("aria-label", alt)
  if (svg.dataset.size !== size) {
    svg.dataset.size = size
    svg.setAttribute("viewBox", `0 0 ${wide} ${colours.length}`)
    svg.replaceChildren()
    colours.forEach((row, y) => row.forEach((_, x) => svg.append(rect(x, y, "pixel"))))
    svg.append(rect(0, 0, "halo"), rect(0, 0, "stop"))
  }
  const cells = [...svg.querySelectorAll(".pixel")]
  const flat = colours.flat()
  cells.forEach((cell, place) => cell.setAttribute("fill", flat[place]))
  return [cells, svg.querySelectorAll(".halo, .stop")]
}

function rect(x, y, kind) {
  const made = document.createElementNS(SVG, "rect")
  Object.entries({ x, y, width: 1, height: 1, class: kind }).forEach(([name, value]) => made.setAttribute(name, value))
  return made
}

function shaped(frames, side) {
  frames.forEach((frame) => {
    frame.setAttribute("width", side)
    frame.setAttribute("height", side)
  })
}

function moved(frames, x, y) {
  frames.forEach((frame) => (frame.style.transform = `translate(${x}px, ${y}px)`))
}

// The window's pixels, large; with a field for each weight where there are weights.
function lensed(lens, data) {
  const kind = `${data.window} ${Boolean(data.weights)}`
  if (lens.dataset.kind !== kind) {
    lens.dataset.kind = kind
    lens.style.gridTemplateColumns = `repeat(${data.window}, 1fr)`
    lens.replaceChildren()
    for (let place = 0; place < data.window ** 2; place++) {
      const cell = document.createElement("div")
      cell.className = "cell"
      cell.append(document.createElement("span"))
      if (data.weights) {
        const input = document.createElement("input")
        input.type = "number"
        input.step = "any"
        const row = Math.floor(place / data.window) + 1
        input.setAttribute("aria-label", `Weight, row ${row}, column ${(place % data.window) + 1}`)
        cell.append("×", input)
      }
      lens.append(cell)
    }
  }
  return [...lens.children]
}
