// The keys of a keyboard and of a clicker press the buttons that are on the screen. F fills the screen.
const BUTTONS = {ArrowRight: "next", PageDown: "next", ArrowLeft: "back", PageUp: "back"};

// What these keys mean something to: they stay with whatever is being typed into, drawn along or chosen from.
const OWNERS = `input, textarea, select, [contenteditable="true"], [role="slider"], [role="radio"], [role="tab"],
    [role="option"], [role="combobox"], [role="listbox"], [role="menu"], [role="grid"], [role="dialog"]`;

function turn(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const owner = event.composedPath().find(node => node.matches?.(OWNERS));
    // A clicker has only page keys, and works on after a slider was drawn with the mouse; whoever came to it by
    // keyboard, or types, keeps them.
    const page = event.key.startsWith("Page");
    if (owner && !(page && !owner.matches(":focus-visible"))) return;
    if (event.key.toLowerCase() === "f" && document.querySelector(".st-key-stage")) {
        if (document.fullscreenElement) document.exitFullscreen();
        else document.documentElement.requestFullscreen();
        return;
    }
    const button = document.querySelector(`.st-key-lecture-${BUTTONS[event.key]} button`);
    if (!button) return;
    event.preventDefault();
    button.click();
}

export default function () {
    // Once for the document and never taken away: a key that comes while a step is being drawn would be lost. Where the
    // buttons are not, the keys mean nothing.
    if (document.lectureKeys) return;
    document.lectureKeys = true;
    document.addEventListener("keydown", turn);
}
