// How long the lecture has gone on beside when the step is planned to end. It runs here; the server says only once
// how many seconds have gone.
const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

export default function ({parentElement, data}) {
    const shown = parentElement.querySelector("[role=timer]");
    const began = performance.now() - 1000 * data.elapsed_s;
    const planned = clock(60 * data.until_min);
    const show = () => {
        const seconds = (performance.now() - began) / 1000;
        const late = seconds > 60 * data.until_min;
        shown.classList.toggle("late", late);
        shown.textContent = `${late ? "▲ " : ""}${clock(seconds)} / ${planned}`;
        shown.title = `${late ? "Late: " : ""}${clock(seconds)} gone, this step is planned to end at ${planned}; `
            + `the lecture takes ${data.minutes} minutes`;
    };
    show();
    clearInterval(shown.beat);
    shown.beat = setInterval(show, 500);
    return () => clearInterval(shown.beat);
}
