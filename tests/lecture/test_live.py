"""Live figures: measured, refused, failed, too late, cancelled; and the file of the recorded ones."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.lecture import crossing, live
from compute.lecture.live import Attempt, Figure, Waiting
from compute.measure.runner import Runner

FAKE = str(Path(__file__).resolve().parents[1] / "measure" / "fake_worker.py")
RECORDED = Figure(
    "tiles", {"one": 2.0, "all": 0.5}, "s", "Example CPU, 2 cores", 2.0, "2026-11-25T20:00:00Z", "RECORDED"
)
TILES = live.of_cases(
    "Tiles",
    "items/s",
    {"small": "matmul square fp32 64", "large": "matmul square fp32 128"},
    "flop_per_s",
    limit_s=20.0,
)
Use = Callable[..., None]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """A lecture that asks for tiles and a crossover, of a worker that behaves as told."""
    made: list[Runner] = []

    def use_(*options: str, limit_s: float = 20.0) -> None:
        made.append(Runner(tmp_path, [sys.executable, FAKE, *options], shelf="lecture"))
        asked = {"tiles": replace(TILES, limit_s=limit_s), **crossing.ASKED}
        monkeypatch.setattr(live, "RUNNER", made[-1])
        monkeypatch.setattr(live, "_NEWEST", {})
        monkeypatch.setattr(live, "asked", lambda: asked)
        monkeypatch.setattr(live, "_shipped", lambda: {"tiles": RECORDED})

    yield use_
    for one in made:
        one.stop()


def ended(attempt: Attempt) -> Figure:
    deadline = time.monotonic() + 30
    while isinstance(found := live.look(attempt), Waiting):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def test_a_figure_is_measured_here_and_stands_for_whoever_looks_next(use: Use) -> None:
    use("--results", "2")
    assert live.figure("tiles") == RECORDED
    found = ended(live.begin("tiles"))
    assert (found.source, found.why, found.machine) == ("LIVE", "", "a processor that does not say its name, 1 core")
    assert list(found.values) == ["small", "large"]
    assert all(value > 0 for value in found.values.values())
    assert live.figure("tiles") == found


@pytest.mark.parametrize("how", ["error", "kill", "segfault", "report", "silence"])
def test_a_worker_that_fails_leaves_the_recorded_one_and_says_why(use: Use, how: str) -> None:
    use("--then", how)
    found = ended(live.begin("tiles"))
    assert replace(found, why="") == RECORDED
    assert found.why.endswith((".", "fire")), found.why
    assert live.figure("tiles") == RECORDED


def test_a_run_that_measured_something_else_is_no_figure(use: Use) -> None:
    use("--results", "1")
    assert ended(live.begin("tiles")).why == "matmul square fp32 128 has no result."
    use("--results", "2", "--failed", "1")
    assert ended(live.begin("tiles")).why == "The device said no."


def test_while_another_run_is_measured_it_is_refused(use: Use) -> None:
    use("--delay", "5")
    first = live.begin("tiles")
    assert isinstance(live.look(first), Waiting)
    refused = live.look(live.begin("tiles"))
    assert isinstance(refused, Figure)
    assert refused.source == "RECORDED"
    assert "is measuring" in refused.why
    live.cancel(first)
    assert ended(first).why == "It was cancelled."


def test_what_takes_too_long_is_ended_though_nobody_looks(use: Use) -> None:
    use("--then", "hang", limit_s=1.0)
    attempt = live.begin("tiles")
    time.sleep(2.5)
    assert live.RUNNER.snapshot().state == "cancelled"
    assert ended(attempt).why == "It took longer than the 1 s that it has here."


def test_a_crossover_brings_its_samples(use: Use) -> None:
    use()
    found = ended(live.begin("crossover"))
    assert found.source == "LIVE"
    assert found.values["Calls alone"] == 64
    assert found.record
    assert found.record.sizes == [16, 32, 64]


def test_the_machine_in_words() -> None:
    assert live.machine_words({"backend": "gpu", "device_kind": "Example GPU", "cpu_count": 8.0}) == "Example GPU"
    assert (
        live.machine_words({"backend": "cpu", "cpu_model": "Example CPU", "cpu_count": 2.0}) == "Example CPU, 2 cores"
    )
    assert live.machine_words({"cpu_model": "Example CPU", "cpu_count": 1.0}) == "Example CPU, 1 core"


# --- the file ---


def test_every_figure_of_the_lecture_is_recorded() -> None:
    for name, asked in live.asked().items():
        figure = live.recorded(name)
        assert figure.unit == asked.unit
        assert bool(figure.record) == asked.crossover
        assert figure.source == "RECORDED"


def test_what_was_written_is_read_again() -> None:
    other = replace(RECORDED, name="other", unit="", values={"a, b": 3.0})
    assert live.read(live.write([RECORDED, other])) == {"tiles": RECORDED, "other": other}


HEAD = ",".join(live.COLUMNS)
GOOD = "tiles,one,2,s,Example CPU,2,2026-11-25T20:00:00Z"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: expected the columns figure, name"),
        (f"{HEAD}\n{GOOD}\n{GOOD}\n", "line 3, name: found 'one' a second time"),
        (f"{HEAD}\n{GOOD.replace(',2,s', ',-2,s')}\n", "line 2, value: found '-2', expected a number above 0"),
        (f"{HEAD}\n{GOOD.replace(',2,s', ',nan,s')}\n", "line 2, value: found 'nan'"),
        (f"{HEAD}\n{GOOD.replace('one', '')}\n", "line 2, name: found nothing"),
        (f"{HEAD}\n{GOOD},more\n", "line 2: found 8 cells, expected 7"),
        (f"{HEAD}\ntiles,one\n", "line 2, value: found nothing"),
        (f"{HEAD}\n{GOOD.replace('25T', '35T')}\n", "line 2, measured_at: found '2026-11-35T20:00:00Z'"),
        (f"{HEAD}\n{GOOD}\n{GOOD.replace('one,2,s', 'all,1,ms')}\n", "line 3, unit: found 'ms', expected 's'"),
    ],
)
def test_a_damaged_file_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"recorded\.csv") as caught:
        live.read(text)
    assert said in str(caught.value)


@settings(max_examples=25)
@given(st.text(), st.text())
def test_no_text_raises_anything_else(line: str, tail: str) -> None:
    for text in (line, f"{HEAD}\n{line}", f"{HEAD}\n{GOOD}{tail}"):
        with contextlib.suppress(ValueError):
            assert all(figure.source == "RECORDED" for figure in live.read(text).values())
