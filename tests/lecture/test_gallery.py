"""The gallery: every mistake really made once, small; what its figures mean; a log that is damaged."""

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute import __main__ as command_line
from compute.compare.pick import Interval
from compute.lecture import gallery, live
from compute.lecture.gallery import BY_ID, ERROR, MISTAKES, RATE, UNITS, Gallery, Line, Record, RecordError, Row
from compute.measure.runner import ROOT, Busy, Snapshot
from tests.measure import engine

SMALL = Gallery(seconds=0.05, shrink=2)


# --- made here, small -------------------------------------------------------------------------------------------------


class Told:
    """A reporter that keeps what it is told."""

    elapsed_s = 0.0

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []

    def event(self, name: str, **fields: Any) -> None:
        self.events.append({"event": name, **json.loads(json.dumps(fields))})


def made(name: str, shrink: int = 2) -> dict[str, Any]:
    """The figures of one mistake on this CPU, and the line that it moved."""
    from compute.lecture import gallery_worker

    told = Told()
    lab = gallery_worker.Lab(engine.device(), told, 0.05, shrink)  # type: ignore[arg-type]
    row = gallery_worker.EXHIBITS[name][0](lab)
    lines = [event["flop_per_s"] for event in told.events if event["event"] == "line"]
    return {**row, "line": max(lines, default=None)}


@pytest.mark.alone
def test_the_whole_gallery_runs_in_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the page starts it: calls are not waited for, which in this process they would be."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    monkeypatch.setenv("JAX_PLATFORMS", "cpu")
    # In full size: a small product may be over before the call that began it has returned.
    ticket = gallery.RUNNER.start(replace(SMALL, shrink=1), "test")
    with pytest.raises(Busy, match="gallery run started from the test"):
        live.RUNNER.start(SMALL, "test")
    deadline = time.monotonic() + 120
    while (snapshot := gallery.RUNNER.snapshot(ticket.run_id)).state == "running":
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert snapshot.state == "finished", snapshot.error
    shown, found = gallery.shown()
    assert shown.run_id == ticket.run_id
    assert found
    assert [row.mistake for row in found.rows] == [mistake.id for mistake in MISTAKES]
    assert not [row.reason for row in found.rows if row.reason]
    assert found.lines["fp32"].source == "best seen here"
    unwaited, compiled = found.row("no_synchronisation"), found.row("compile_time_included")
    assert unwaited
    assert unwaited.wrong
    assert unwaited.right
    assert unwaited.wrong.middle > 2 * unwaited.right.middle
    assert compiled
    assert compiled.wrong
    assert compiled.right
    assert compiled.wrong.middle < compiled.right.middle / 2
    assert gallery.bites(found, unwaited)
    assert gallery.verdict(found, compiled).endswith("too slow")
    assert "\n".join(gallery.lines(found)).count("best seen here") == 6


def test_a_loop_that_never_changes_is_done_once() -> None:
    row = made("hoisted_loop")
    assert (row["products"], row["expected"]) == (1, 20)


def test_a_product_of_constants_is_done_beforehand() -> None:
    row = made("constants_folded")
    assert (row["products"], row["expected"]) == (0, 1)


@pytest.mark.alone
@pytest.mark.parametrize("name", ["hoisted_loop", "constants_folded"])
def test_what_is_not_done_is_fast(name: str) -> None:
    """At full size, since sums of small matrices take as long as products. A neighbour hardly spoils three tries."""
    ratios = []
    for _ in range(3):
        row = made(name, shrink=1)
        ratios.append(row["wrong"][0] / row["right"][0])
        if ratios[-1] > 2:
            return
    pytest.fail(f"wrong over right was {ratios}")


def test_a_cpu_multiplies_fp32_in_fp32() -> None:
    row = made("default_precision")
    assert row["arithmetic"] == "fp32"
    assert 0 < row["wrong"][0] < 3.2e-6
    assert 0 < row["right"][0] < 3.2e-6


def test_int8_wraps_around_and_int32_is_exact() -> None:
    row = made("int8_overflow")
    # Sums of 128 products of up to 2^14; what int8 keeps of them is off by a multiple of 256.
    assert row["wrong"][0] > 1000
    assert row["wrong"][0] % 256 == 0
    assert row["right"] == (0.0, 0.0, 0.0)
    assert row["share"] > 0.9


def test_one_sample_lies_between_the_slowest_and_the_fastest() -> None:
    row = made("one_sample")
    first, slowest, fastest = row["wrong"]
    assert 0 < slowest <= first <= fastest
    assert slowest <= row["right"][0] <= fastest
    assert row["samples"] > 6
    assert row["line"] == pytest.approx(fastest), "what was seen moves the line"


def test_zeros_and_numbers_take_turns() -> None:
    row = made("zeros_for_data")
    for name in ("wrong", "right"):
        middle, low, high = row[name]
        assert 0 < low <= middle <= high


def test_each_exhibit_is_that_of_a_mistake_in_its_order() -> None:
    from compute.lecture import gallery_worker

    assert list(gallery_worker.EXHIBITS) == [mistake.id for mistake in MISTAKES]
    assert [rated for _, rated in gallery_worker.EXHIBITS.values()] == [one.unit == RATE for one in MISTAKES]


def test_an_exhibit_that_fails_says_why_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    from compute.lecture import gallery_worker

    def broken(lab: object) -> dict[str, Any]:
        raise RuntimeError("UNIMPLEMENTED: no such product\nmore")

    few = {"zeros_for_data": (broken, False), "int8_overflow": gallery_worker.EXHIBITS["int8_overflow"]}
    monkeypatch.setattr(gallery_worker, "EXHIBITS", few)
    told = Told()
    gallery_worker.show(engine.device(), told, 0.01, 8)  # type: ignore[arg-type]
    found = gallery.record(b"\n".join(json.dumps(event).encode() for event in told.events))
    assert found
    failed, fine = found.rows
    assert failed.reason == "It failed. JAX said: UNIMPLEMENTED: no such product"
    assert gallery.verdict(found, failed) == "Failed"
    assert fine.share


def test_the_server_reads_the_code_and_never_jax() -> None:
    code = (
        "import sys; from compute.lecture import gallery; "
        "[print(gallery.code(m.id)) for m in gallery.MISTAKES]; sys.exit('jax' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    assert "begin = perf_counter()\nproduct(a, b)\nreturn perf_counter() - begin\n" in ran.stdout


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.id)
def test_each_has_few_lines_of_code_and_few_words(mistake: gallery.Mistake) -> None:
    code = gallery.code(mistake.id)
    assert code == code.strip()
    assert '"""' not in code
    assert len(code.splitlines()) <= 4
    assert len(mistake.why) <= 160
    assert mistake.why.count(". ") <= 2


# --- what the figures mean --------------------------------------------------------------------------------------------


def exactly(value: float) -> Interval:
    return Interval(value, value, value)


def example(**changes: Row) -> Record:
    """A run whose line is 100 GFLOP/s, each mistake with a figure of its own."""
    rows = {
        "no_synchronisation": Row("no_synchronisation", "", 1024, "fp32", exactly(9e12), exactly(8e10)),
        "compile_time_included": Row("compile_time_included", "", 256, "fp32", exactly(1e9), exactly(6.3e10)),
        "zeros_for_data": Row("zeros_for_data", "", 512, "fp32", Interval(9e10, 8.8e10, 9.2e10), exactly(9.1e10)),
        "hoisted_loop": Row(
            "hoisted_loop", "", 512, "fp32", exactly(9.5e10), exactly(8e10), products=1, expected=20
        ),
        "constants_folded": Row("constants_folded", "", 512, "fp32", exactly(3.2e12), exactly(8e10), 0, 1),
        "default_precision": Row(
            "default_precision", "", 512, "fp32", exactly(2.9e-4), exactly(4e-7), arithmetic="tf32"
        ),
        "one_sample": Row(
            "one_sample", "", 512, "fp32", Interval(7e10, 2e10, 1e11), Interval(8e10, 7e10, 9e10), samples=61
        ),
        "int8_overflow": Row("int8_overflow", "", 256, "int8", exactly(378112.0), exactly(0.0), share=0.9987),
    }  # fmt: skip
    facts = {"backend": "cpu", "device_kind": "cpu", "cpu_model": "Example CPU", "cpu_count": 2, "jax": "0.10.2"}
    return Record(facts, {"fp32": Line(1e11, "best seen here")}, tuple((rows | changes).values()))


VERDICTS = {
    "no_synchronisation": (True, "90 × what is possible", ""),
    "compile_time_included": (True, "63 × too slow", ""),
    "zeros_for_data": (False, "Does not bite here", BY_ID["zeros_for_data"].spared),
    "hoisted_loop": (True, "1.2 × the right figure", "Left in the compiled program: 1 of 20 products."),
    "constants_folded": (True, "32 × what is possible", "Left in the compiled program: 0 of 1 product."),
    "default_precision": (True, "91 × what fp32 explains", "By its error, the arithmetic that ran was tf32."),
    "one_sample": (
        True,
        "25 % to 125 % of the median",
        "It is the first of 61 samples, which ran from 20.0 GFLOP/s to 100 GFLOP/s.",
    ),
    "int8_overflow": (True, "Off by up to 378,112", "99.9 % of the answers are wrong."),
}


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_of_each(name: str) -> None:
    record = example()
    row = record.row(name)
    assert row
    bites, words, evidence = VERDICTS[name]
    assert gallery.bites(record, row) is bites
    assert gallery.verdict(record, row) == words
    assert gallery.evidence(record, row) == evidence


@pytest.mark.parametrize(
    ("wrong", "bites"),
    [
        (exactly(8.3e10), False),  # under 5 %
        (Interval(9e10, 7.9e10, 1e11), False),  # 12 %, and within the noise
        (Interval(9e10, 8.9e10, 9.1e10), True),
        (Interval(7e10, 6.9e10, 7.1e10), True),  # too slow is wrong as well
    ],
)
def test_a_rate_bites_when_it_is_off_by_more_than_noise(wrong: Interval, bites: bool) -> None:
    row = Row("zeros_for_data", "", 512, "fp32", wrong, exactly(8e10))
    assert gallery.bites(example(zeros_for_data=row), row) is bites


def test_a_mistake_that_does_no_harm_says_so_for_every_unit() -> None:
    spared = {RATE: exactly(8e10), ERROR: exactly(4e-7), UNITS: exactly(0.0)}
    for mistake in MISTAKES:
        row = Row(mistake.id, "", 512, "fp32", spared[mistake.unit], spared[mistake.unit], samples=9)
        record = example(**{mistake.id: row})
        assert gallery.verdict(record, row) == "Does not bite here"
        assert gallery.evidence(record, row) == mistake.spared


def test_the_table_of_the_command_line() -> None:
    text = gallery.lines(example())
    assert text[1] == "Example CPU, 2 cores, JAX 0.10.2"
    [row] = [line for line in text if line.startswith("int8 overflow  ")]
    assert re.split(r"\s{2,}", row) == [
        "int8 overflow", "Off by up to 378,112", "off by 378,112", "exact", "off by 0.5, half a unit",
    ]  # fmt: skip
    assert "int8 overflow: 99.9 % of the answers are wrong." in text


def test_figures_of_an_earlier_process_are_not_called_live() -> None:
    now = Snapshot(started_at=time.time())
    assert gallery.badge(example(), now).live
    earlier = gallery.badge(example(), replace(now, started_at=1795600000.0))
    assert (earlier.source, earlier.when, earlier.machine) == (
        "RECORDED", "2026-11-25T09:46:40Z", "Example CPU, 2 cores",
    )  # fmt: skip
    assert earlier.why == gallery.EARLIER


# --- its log ----------------------------------------------------------------------------------------------------------

STARTED = {"event": "started", "machine": {"backend": "cpu"}}
EXHIBIT = {
    "event": "exhibit",
    "row": {
        "mistake": "hoisted_loop", "n": 512, "dtype": "fp32", "wrong": [2e12, 1e12, 3e12], "right": [2e10, 1e10, 3e10],
        "products": 1, "expected": 20,
    },
}  # fmt: skip


def log(*events: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_a_log_is_read_as_far_as_it_goes() -> None:
    line = {"event": "line", "dtype": "fp32", "flop_per_s": 1e11, "source": "measured"}
    assert gallery.record(b"no event\n") is None
    found = gallery.record(log(STARTED, line, {**line, "flop_per_s": 2e11}, EXHIBIT) + b'{"event": "exh')
    assert found
    assert found.lines == {"fp32": Line(2e11, "best seen here")}
    [row] = found.rows
    assert row.wrong == Interval(2e12, 1e12, 3e12)
    assert gallery.verdict(found, row) == "10 × what is possible"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mistake": "none"}, "expected a mistake of the gallery"),
        ({"wrong": [1.0]}, "hoisted_loop, wrong: expected three numbers from 0 on"),
        ({"wrong": [1.0, 2.0, 3.0]}, "expected a value inside its interval"),
        ({"right": [0.0, 0.0, 0.0]}, "hoisted_loop, right: expected rates above 0"),
        ({"right": ["1", 1, 1]}, "expected three numbers"),
        ({"n": 0}, "hoisted_loop, n: expected a number above 0, found '0'"),
        ({"dtype": 3}, "hoisted_loop, dtype: expected text"),
        ({"products": "one"}, "hoisted_loop, products: expected a number"),
    ],
)
def test_a_damaged_row_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(RecordError, match=words):
        gallery.record(log(STARTED, {**EXHIBIT, "row": {**EXHIBIT["row"], **change}}))  # type: ignore[dict-item]


def test_a_damaged_line_or_machine_is_named() -> None:
    for event in ({"event": "started"}, {"event": "line", "flop_per_s": -1}, {"event": "line", "flop_per_s": 1e9}):
        with pytest.raises(RecordError, match="The log of the run is damaged"):
            gallery.record(log(STARTED, event))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=5,
)


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from([*EXHIBIT["row"], "share", "samples", "arithmetic"]), VALUES))
def test_whatever_stands_in_a_row_it_is_read_or_refused_and_never_breaks_the_words(change: dict[str, Any]) -> None:
    event = {**EXHIBIT, "row": {**EXHIBIT["row"], **change}}  # type: ignore[dict-item]
    try:
        found = gallery.record(log(STARTED, event))
    except RecordError:
        return
    assert found
    assert gallery.lines(found)


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    gallery.RUNNER.runs_dir.mkdir(parents=True)
    return gallery.RUNNER.runs_dir


def test_a_cancelled_run_leaves_the_one_before_it(shelf: Path) -> None:
    assert gallery.shown() == (Snapshot(), None)
    (shelf / "20261125-200000-000-aaaa.jsonl").write_bytes(log(STARTED, EXHIBIT, {"event": "finished", "at": 1}))
    (shelf / "20261125-210000-000-bbbb.jsonl").write_bytes(log(STARTED, {"event": "cancelled", "at": 2}))
    snapshot, found = gallery.shown()
    assert snapshot.run_id.endswith("aaaa")
    assert found
    assert gallery.ending(snapshot) == ""
    assert gallery.ending(gallery.newest()) == "The run was cancelled. Run it again for the rest."


def test_a_failed_run_says_why() -> None:
    said = gallery.ending(Snapshot(state="failed", error="The system ended it."))
    assert said == "The run ended early. The system ended it. Run it again."


def test_the_command_line_prints_the_table_and_refuses_a_second_run(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    events = "".join(json.dumps(event) + "\n" for event in (STARTED, EXHIBIT, {"event": "finished"}))
    child = [sys.executable, "-c", f"import sys; sys.stdout.write({events!r})"]
    monkeypatch.setattr(gallery.RUNNER, "_command", child)
    assert command_line.main(["gallery", "--seconds", "0.1"]) == command_line.OK
    assert "Left in the compiled program: 1 of 20 products." in capsys.readouterr().out
    monkeypatch.setattr(gallery.RUNNER, "_command", [sys.executable, "-c", "import time; time.sleep(60)"])
    ticket = gallery.RUNNER.start(SMALL, "test")
    try:
        assert command_line.main(["gallery"]) == command_line.BUSY
    finally:
        gallery.RUNNER.cancel(ticket)
    assert "A gallery run started from the test" in capsys.readouterr().err


def test_the_command_line_fails_with_the_child(
    shelf: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gallery.RUNNER, "_command", [sys.executable, "-c", "raise MemoryError"])
    assert command_line.main(["gallery"]) == command_line.FAILED
    assert "ran out of memory" in capsys.readouterr().err
