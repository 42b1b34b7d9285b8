"""The real server, asked over HTTP: cold links, both ways to start it, and what it leaves behind."""

import json
import time
from pathlib import Path

import pytest

from tests.serving import Server, Start, door, plain_script, serving

TITLES = [
    *("This machine", "Matmul", "CNN", "Five jobs", "CUDA", "Crossover", "Roofline", "Many devices"),
    "Lecture",
    *("Costs", "Azure", "Apartment", "Compare", "Board"),
]
PATIENCE_S = 30.0


def children(pid: int) -> list[int]:
    """Processes that this one has started and that still run."""
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def runs(pid: int) -> bool:
    """Whether a process runs; one that is dead but not collected does not count."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def start_a_run(server: Server, state: Path) -> int:
    """Press Measure this machine; the id of the measuring process."""
    visit = server.visit()
    server.ask({"session_id": visit["session_id"], "trigger": {"key": "measure"}})
    deadline = time.monotonic() + PATIENCE_S
    while not any('"started"' in log.read_text() for log in (state / "runs").glob("*.jsonl")):
        assert time.monotonic() < deadline, "the run did not start"
        time.sleep(0.2)
    [worker] = [
        child for child in children(server.process.pid) if b"run" in Path(f"/proc/{child}/cmdline").read_bytes()
    ]
    return worker


def test_a_cold_deep_link_is_the_page_of_the_menu(tmp_path: Path) -> None:
    """Nobody has opened "/" yet; the folder pages/ alone would make another menu out of file names."""
    page = "costs"
    with serving(tmp_path) as server:
        cold = server.visit(page)
        server.visit()
        warm = server.visit(page)
    assert cold["status"] == "ready"
    assert cold["page"]["url_path"] == page
    assert cold["page"]["title"] in TITLES
    assert [entry["title"] for entry in cold["pages"]] == TITLES
    assert cold["pages"] == warm["pages"]
    assert cold["page"] == warm["page"]
    assert headings(cold) == headings(warm) != []


def headings(visit: dict[str, object]) -> list[str]:
    """The titles that stand on a page."""
    found: list[str] = []

    def look(node: object) -> None:
        if isinstance(node, dict):
            if node.get("type") in ("heading", "title"):
                found.append(json.dumps(node))
            for value in node.values():
                look(value)
        elif isinstance(node, list):
            for value in node:
                look(value)

    look(visit["tree"])
    return found


def test_the_door_works_as_a_plain_script(tmp_path: Path) -> None:
    with serving(tmp_path, plain_script) as server:
        home = server.visit()
        visits = [server.visit(entry["url_path"]) for entry in home["pages"]]
    assert [entry["title"] for entry in home["pages"]] == TITLES
    assert [visit["page"]["title"] for visit in visits] == TITLES
    assert "exception" not in json.dumps([visit["tree"] for visit in visits])


@pytest.mark.parametrize("start", [door, plain_script])
def test_a_closed_server_leaves_no_measuring_process(start: Start, tmp_path: Path) -> None:
    with serving(tmp_path, start) as server:
        worker = start_a_run(server, tmp_path)
        assert runs(worker)
    deadline = time.monotonic() + PATIENCE_S
    while runs(worker):
        assert time.monotonic() < deadline, "the measuring process outlived the server"
        time.sleep(0.1)
