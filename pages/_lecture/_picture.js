// Shows a drawing that Python made, and tells Python which of its switches was pressed.
export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector(".drawing");
  if (root.drawn !== data) {
    const focused = root.getRootNode().activeElement?.dataset?.press;
    root.innerHTML = data;
    root.drawn = data;
    // The switch that was pressed is a new element now: the keyboard stays on it.
    if (focused) root.querySelector(`[data-press="${focused}"]`)?.focus();
  }
  const press = (event) => {
    const pressed = event.target.closest("[data-press]");
    if (!pressed) return;
    event.preventDefault();
    setTriggerValue("pressed", pressed.dataset.press);
  };
  root.onclick = press;
  root.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === " ") {
      event.stopPropagation();
      press(event);
    }
  };
}
