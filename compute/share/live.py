"""What the notebook runs: it measures, shows how far it is and what came out, and hands over the CSV.

Needs IPython to draw with, which every notebook has. JAX stays in the measuring process: a TPU serves one process, and
JAX takes most of a GPU's memory for itself.
"""

from __future__ import annotations

import html
import importlib
import time
from pathlib import Path
from typing import Any

from compute import results, terminal
from compute.machine import detect_platform
from compute.measure.runner import RUNNER, NotStarted, Snapshot, Spec
from compute.share import picture, post

POLL_S = 0.5


def measure(
    suite: str = "quick",
    label: str = "",
    board_url: str = "",
    board_code: str = "",
    budget_s: float | None = None,
) -> Path | None:
    """Measure this machine, show it, and write the CSV into the current folder; returns its path.

    With `board_url` and `board_code` the results are sent to that board, without them nothing is sent. None where
    nothing was measured: the reason is shown.
    """
    if board_url.strip() or board_code.strip():
        try:
            post.address(board_url, board_code)
        except post.NotSent as problem:
            _say(f"{problem} Leave the address and the code empty to send nothing.", bad=True)
            return None
    snapshot = _watched(Spec(suite, label=label, budget_s=budget_s))
    if snapshot is None or not snapshot.rows:
        return None
    csv = results.to_csv(snapshot.rows)
    path = Path.cwd() / f"many-hands-{snapshot.run_id}.csv"
    path.write_text(csv, encoding="utf-8", newline="")
    _say(f"The results are kept in {path.name}: upload that file on the dashboard's page Compare.")
    if board_url.strip():
        _send(board_url, board_code, csv, path)
    _offer(path)
    return path


def _watched(spec: Spec) -> Snapshot | None:
    """Run it and draw how it goes; an interrupted cell ends the run, and keeps what was measured."""
    from IPython.display import HTML, display

    try:
        ticket = RUNNER.start(spec, "notebook")
    except NotStarted as error:
        _say(str(error), bad=True)
        return None
    canvas: Any = display(HTML(""), display_id=True)
    drawn = -1
    try:
        while (snapshot := RUNNER.snapshot(ticket.run_id)).state == "running":
            if snapshot.version != drawn:
                drawn = snapshot.version
                canvas.update(HTML(_progress(snapshot)))
            time.sleep(POLL_S)
    except KeyboardInterrupt:
        RUNNER.cancel(ticket)
        snapshot = RUNNER.snapshot(ticket.run_id)
    finally:
        RUNNER.stop()
    canvas.update(HTML(_outcome(snapshot)))
    if snapshot.error:
        _say(snapshot.error, bad=True)
    return snapshot


def _progress(snapshot: Snapshot) -> str:
    share = snapshot.done / snapshot.total if snapshot.total else 0.0
    line = html.escape(terminal.progress_line(snapshot).partition("] ")[2])
    bar = f'<progress max="1" value="{share:.3f}" style="width:16em" aria-label="Progress"></progress>'
    return f"<p>{bar} {line}</p>{picture.draw(snapshot.rows)}"


def _outcome(snapshot: Snapshot) -> str:
    table = html.escape("\n".join(terminal.summary(snapshot)).strip())
    return (
        f"<p><b>{html.escape(picture.describe(snapshot.rows))}</b></p>{picture.draw(snapshot.rows)}"
        f'<details open><summary>All results</summary><pre style="overflow-x:auto">{table}</pre></details>'
    )


def _say(sentence: str, *, bad: bool = False) -> None:
    from IPython.display import HTML, display

    text = html.escape(terminal.plain(sentence))
    display(HTML(f'<p style="color:{picture.BAD}"><b>⚠ {text}</b></p>' if bad else f"<p>{text}</p>"))


def _send(url: str, code: str, csv: str, path: Path) -> None:
    try:
        _say(post.send(url, code, csv))
    except post.NotSent as problem:
        again = f"!python many-hands.pyz send {path.name} {url.strip()} {code.strip()}"
        _say(f"{problem} The results are kept. To send them again, run in a new cell: {again}", bad=True)


def _offer(path: Path) -> None:
    """Let the person take the file home: Colab's own download, elsewhere a link."""
    from IPython.display import FileLink, display

    if detect_platform() == "Google Colab":
        importlib.import_module("google.colab.files").download(str(path))
    else:
        display(FileLink(path.name))
