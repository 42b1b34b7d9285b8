"""The command line, against a scripted worker; the measuring itself has its own tests."""

import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from compute import __main__ as cli
from compute import machine, results, terminal
from compute.measure import crossover
from compute.measure.runner import ROOT, Runner, Snapshot, Spec, Ticket
from compute.share import post
from tests.samples import sample_row, sample_rows

FAKE = str(Path(__file__).parent / "measure" / "fake_worker.py")
PATIENCE_S = 30.0

Use = Callable[..., Runner]


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """Puts a runner with a scripted worker in the place of the real one."""
    made = []

    def one(*options: str) -> Runner:
        made.append(Runner(tmp_path, [sys.executable, FAKE, *options]))
        monkeypatch.setattr(cli, "RUNNER", made[-1])
        return made[-1]

    yield one
    for runner in made:
        runner.stop()


def rows_of(path: Path) -> list[results.Row]:
    reading = results.read(path.read_bytes(), path.name)
    assert reading.problems == []
    return reading.rows


# --- run ---


def test_a_run_writes_a_valid_file_and_a_summary(use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    use("--results", "3")
    out = tmp_path / "r.csv"
    out.write_text("something older")
    assert cli.main(["run", "--out", str(out)]) == 0
    assert len(rows_of(out)) == 3
    told = capsys.readouterr()
    assert "[3/3] matmul square fp32 192, stream: 10.0 ms, 215 GFLOP/s, steady" in told.out
    assert "3 measured, 0 skipped, 0 failed in" in told.out
    assert f"Written to {out}." in told.out
    assert told.err == ""
    assert sorted(path.name for path in tmp_path.iterdir() if "r.csv" in path.name) == ["r.csv"]
    assert cli.main(["check", str(out)]) == 0


def test_a_crossover_tells_its_answers_and_keeps_every_sample(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use()
    out = tmp_path / "crossing.json"
    assert cli.main(["crossover", "--first", "numpy", "--second", "jax-one-core", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "Matrix product: numpy against jax-one-core." in told
    assert "Overtakes: n = 32 to 64" in told
    record = crossover.from_json(json.loads(out.read_text()))
    assert record.sizes == [16, 32, 64]


def test_a_crossover_to_standard_output_is_nothing_but_json(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use()
    assert cli.main(["crossover", "--out", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["schema"] == crossover.SCHEMA


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--first", "jax", "--second", "jax"], "choose two different ones"),
        (["--second", "abacus"], "There is no way 'abacus'"),
        (["--workload", "cnn"], "no version in NumPy"),
        (["--out", "/no/such/folder/c.json"], "does not exist"),
    ],
)
def test_a_crossover_that_cannot_be_is_refused_in_a_sentence(
    words: list[str], said: str, use: Use, capsys: pytest.CaptureFixture[str]
) -> None:
    use()
    assert cli.main(["crossover", *words]) == 2
    assert said in capsys.readouterr().err


def test_a_crossover_that_fails_says_why(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use("--then", "report")
    assert cli.main(["crossover"]) == 1
    assert "The device was lost." in capsys.readouterr().err


def test_zeros_tell_the_power_of_both(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use()
    assert cli.main(["zeros", "--seconds", "1"]) == 0
    assert "Power: -40% on zeros (420 W on zeros, 700 W on random numbers)" in capsys.readouterr().out


def test_a_repeated_run_shows_the_spread_between_processes_beside_the_spread_within(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use("--results", "1", "--delay", "0.4", "--starts", str(tmp_path / "starts"))
    out = tmp_path / "r.csv"
    assert cli.main(["run", "--repeat", "3", "--out", str(out)]) == 0
    told = capsys.readouterr().out
    assert "process 2 of 3 ..." in told
    assert "verdict  spread within  between processes" in told
    assert "steady           4.0%             100.0%" in told
    (row,) = rows_of(out)
    assert (row["processes"], row["process_low_s"], row["process_high_s"]) == (3, 0.01, 0.03)


def test_without_out_the_run_says_where_its_results_are(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    runner = use("--results", "1")
    assert cli.main(["run"]) == 0
    assert str(runner.log_path(runner.snapshot().run_id)) in capsys.readouterr().out


def test_out_to_standard_output_is_nothing_but_csv(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use("--results", "2")
    assert cli.main(["run", "--out", "-"]) == 0
    told = capsys.readouterr()
    assert len(results.read(told.out.encode()).rows) == 2
    assert results.read(told.out.encode()).problems == []
    assert "2 measured" in told.err


def test_out_to_a_device_is_written_into_it(use: Use) -> None:
    use("--results", "1")
    assert cli.main(["run", "--out", "/dev/null"]) == 0
    assert Path("/dev/null").is_char_device()


def test_out_through_a_link_keeps_the_link(use: Use, tmp_path: Path) -> None:
    use("--results", "1")
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert cli.main(["run", "--out", str(tmp_path / "link.csv")]) == 0
    assert (tmp_path / "link.csv").is_symlink()
    assert len(rows_of(tmp_path / "real.csv")) == 1


def test_every_option_reaches_the_runner(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = use("--results", "1")
    asked = []
    start = runner.start

    def note(*given: Any) -> Ticket:
        asked.append(given)
        return start(*given)

    monkeypatch.setattr(runner, "start", note)
    words = "run --suite full --workload matmul --workload cnn --budget 2.5 --label L --platform Kaggle"
    assert cli.main(words.split()) == 0
    assert asked == [(Spec("full", ("matmul", "cnn"), 2.5, "L", "Kaggle"), "command line")]


def test_a_case_is_named_as_in_a_csv(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = use("--results", "1")
    asked = []
    start = runner.start

    def note(spec: Spec, owner: str) -> Ticket:
        asked.append(spec)
        return start(spec, owner)

    monkeypatch.setattr(runner, "start", note)
    assert cli.main(["run", "--suite", "standard", "--case", "matmul square fp32 1024"]) == 0
    assert asked == [Spec("standard", cases=("matmul square fp32 1024",))]
    assert "--case=matmul square fp32 1024 --mode stream" in " ".join(asked[0].arguments())


def test_an_unknown_case_is_refused_before_anything_starts(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use("--results", "1")
    assert cli.main(["run", "--case", "matmul square fp32 7"]) == 2
    assert "There is no case 'matmul square fp32 7'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--failed", "1"], "1 failed"),
        (["--missing", "2"], "2 of 5 cases have no result."),
        (["--then", "kill"], "memory ran out"),
        (["--then", "error"], "the device is on fire"),
    ],
)
def test_a_run_that_did_not_do_everything_is_no_success(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    use("--results", "3", *options)
    out = tmp_path / "r.csv"
    assert cli.main(["run", "--out", str(out)]) == 1
    told = capsys.readouterr()
    assert sentence in told.out + told.err
    assert "Traceback" not in told.err
    assert len(rows_of(out)) == 3


def test_a_run_without_any_result_leaves_the_old_file(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    use("--import-error")
    out = tmp_path / "r.csv"
    out.write_text("older")
    assert cli.main(["run", "--out", str(out)]) == 1
    assert "is not installed" in capsys.readouterr().err
    assert out.read_text() == "older"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--coordinator", "a:1", "--processes", "2", "--process-id", "0"], "add --distributed"),
        (["--distributed", "--coordinator", "a:1"], "belong together"),
        (["--distributed", "--process-id", "0"], "belong together"),
        (
            ["--distributed", "--coordinator", "a:1", "--processes", "2", "--process-id", "2"],
            "Found process 2 of 2, expected a --process-id from 0 to 1.",
        ),
        (["--distributed", "--repeat", "2"], "leave it out with --distributed"),
    ],
)
def test_processes_that_could_not_meet_are_told_before_measuring(
    words: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", *words]) == 2
    assert sentence in capsys.readouterr().err


def test_where_processes_meet_reaches_the_worker(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    specs: list[Spec] = []
    runner = use()
    start = runner.start

    def remember(spec: Spec, owner: str) -> Ticket:
        specs.append(spec)
        return start(Spec(), owner)

    monkeypatch.setattr(runner, "start", remember)
    words = ["--distributed", "--coordinator", "a:1", "--processes", "2", "--process-id", "0"]
    assert cli.main(["run", *words]) == 0
    assert specs[0].arguments()[-4:] == ["--distributed", "--coordinator=a:1", "--processes=2", "--process-id=0"]


def test_a_busy_machine_is_a_sentence(use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Runner(tmp_path, [sys.executable, FAKE, "--then", "hang"])
    other.start(Spec("full"), "dashboard")
    try:
        use()
        assert cli.main(["run"]) == 3
        assert capsys.readouterr().err.startswith("A full run started from the dashboard at ")
        assert other.snapshot().state == "running"
    finally:
        other.stop()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--out", "{}/no/r.csv"], "does not exist"),
        (["--out", "{}"], "is a folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_measuring(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    runner = use()
    assert cli.main(["run", *(word.format(tmp_path) for word in words)]) == 2
    assert sentence in capsys.readouterr().err
    assert runner.runs() == []


def test_a_file_that_cannot_be_written_at_the_end(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    runner = use("--results", "1")

    def full(*_: Any, **__: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", lambda self, *a, **k: full() if "r.csv" in self.name else 0)
        patch.setattr(runner, "_write_holder", lambda about: None)
        assert cli.main(["run", "--out", str(tmp_path / "r.csv")]) == 2
    told = capsys.readouterr().err
    assert "could not be written: No space left on device. The results are kept in" in told
    assert not (tmp_path / "r.csv").exists()


@pytest.mark.parametrize(
    "words",
    [
        ["run", "--budget", "0"], ["run", "--budget", "nan"], ["run", "--budget", "soon"], ["run", "--suite", "tiny"],
        ["run", "--workload", "chess"], ["rum"], ["check"], ["run", "--repeat", "0"], ["run", "--repeat", "2.5"],
    ],
)  # fmt: skip
def test_a_wrong_command_is_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(words)
    assert left.value.code == 2
    assert words[-1] in capsys.readouterr().err


def test_no_command_prints_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    assert "measure this machine" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "devices", "check", "send"])
def test_the_help_teaches_by_example(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main([command, "--help"])
    assert left.value.code == 0
    assert f"python -m compute {command}" in capsys.readouterr().out


# --- sending ---


def refuse(monkeypatch: pytest.MonkeyPatch, sentence: str) -> None:
    def send(*_: str) -> str:
        raise post.NotSent(sentence)

    monkeypatch.setattr(post, "send", send)


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    sent: list[tuple[str, ...]] = []

    def send(*given: str) -> str:
        sent.append(given)
        return "The board has them."

    monkeypatch.setattr(post, "send", send)
    return sent


def test_nothing_is_sent_unless_asked(use: Use, posted: list[tuple[str, ...]]) -> None:
    use("--results", "1")
    assert cli.main(["run"]) == 0
    assert posted == []


def test_a_run_is_sent_as_it_is_written(
    use: Use, tmp_path: Path, capsys: pytest.CaptureFixture[str], posted: list[tuple[str, ...]]
) -> None:
    use("--results", "2")
    out = tmp_path / "r.csv"
    assert cli.main(["run", "--out", str(out), "--board", "http://hands.example", "ABC123"]) == 0
    assert posted == [("http://hands.example", "ABC123", out.read_text())]
    assert "The board has them." in capsys.readouterr().out


def test_what_the_board_says_keeps_out_of_a_csv(
    use: Use, capsys: pytest.CaptureFixture[str], posted: list[tuple[str, ...]]
) -> None:
    use("--results", "1")
    assert cli.main(["run", "--out", "-", "--board", "http://hands.example", "ABC123"]) == 0
    told = capsys.readouterr()
    assert told.out == posted[0][2]
    assert "The board has them." in told.err


@pytest.mark.parametrize("out", [True, False])
def test_a_board_that_refuses_loses_nothing(
    use: Use, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: bool
) -> None:
    runner = use("--results", "2")
    refuse(monkeypatch, "That board has ended.")
    words = ["--out", str(tmp_path / "r.csv")] if out else []
    assert cli.main(["run", *words, "--board", "http://hands.example", "AB C"]) == 2
    kept = tmp_path / "r.csv" if out else runner.log_path(runner.snapshot().run_id).with_suffix(".csv")
    assert capsys.readouterr().err.splitlines() == [
        "That board has ended.",
        f"To send the results again: python -m compute send {kept} http://hands.example 'AB C'",
    ]
    assert len(rows_of(kept)) == 2


def test_an_interrupted_run_is_not_sent(
    use: Use, monkeypatch: pytest.MonkeyPatch, posted: list[tuple[str, ...]]
) -> None:
    runner = use("--results", "1", "--then", "hang")

    def interrupt(_: float) -> None:
        if runner.snapshot().rows:
            raise KeyboardInterrupt

    monkeypatch.setattr(cli, "time", SimpleNamespace(sleep=interrupt))
    assert cli.main(["run", "--board", "http://hands.example", "ABC123"]) == 130
    assert posted == []


def test_a_board_without_an_address_is_told_before_measuring(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    runner = use()
    assert cli.main(["run", "--board", "ABC123", "hands.example"]) == 2
    assert "expected the dashboard's address" in capsys.readouterr().err
    assert runner.runs() == []


def test_a_file_is_sent_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], posted: list[tuple[str, ...]]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(results.to_csv(sample_rows()))
    assert cli.main(["send", str(path), "http://hands.example", "ABC123"]) == 0
    assert posted == [("http://hands.example", "ABC123", path.read_text())]
    assert capsys.readouterr().out == "The board has them.\n"


def test_a_file_that_cannot_be_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refuse(monkeypatch, "That board has ended.")
    path = tmp_path / "r.csv"
    path.write_text(results.to_csv(sample_rows()))
    assert cli.main(["send", str(path), "http://hands.example", "ABC123"]) == 2
    path.write_text("no results")
    assert cli.main(["send", str(path), "http://hands.example", "ABC123"]) == 1
    assert cli.main(["send", str(tmp_path / "nothing.csv"), "http://hands.example", "ABC123"]) == 2
    ended, invalid, missing = capsys.readouterr().err.splitlines()
    assert ended == "That board has ended. The file is still there to be sent again."
    assert invalid.startswith("Nothing was sent. ")
    assert missing.endswith("nothing.csv could not be read: No such file or directory.")


def test_on_azure_the_size_of_the_machine_is_asked_for(use: Use, monkeypatch: pytest.MonkeyPatch) -> None:
    runner = use("--results", "1")
    asked: list[str] = []
    start = runner.start

    def note(spec: Spec, owner: str) -> Ticket:
        asked.append(spec.machine_type)
        return start(spec, owner)

    monkeypatch.setattr(runner, "start", note)
    monkeypatch.setattr(machine, "azure_vm_size", lambda: "Standard_B2s")
    for here in (True, False):
        monkeypatch.setattr(machine, "stands_on_azure", lambda here=here: here)
        assert cli.main(["run"]) == 0
    assert asked == ["Standard_B2s", ""]


# --- Ctrl-C, on a real process ---

DRIVER = """
import signal, sys
from pathlib import Path
from compute import __main__ as cli
from compute.measure.runner import Runner
signal.signal(signal.SIGTERM, signal.default_int_handler)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what runs in its background without it
cli.RUNNER = Runner(Path(sys.argv[1]), [sys.executable, sys.argv[2], *sys.argv[3].split()])
sys.exit(cli.main(sys.argv[4:]))
"""


def driver(state: Path, fake: str, *words: str) -> list[str]:
    return [sys.executable, "-c", DRIVER, str(state), FAKE, fake, *words]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("manners", ["", "--ignore-sigterm"])
def test_ctrl_c_keeps_what_was_measured_and_leaves_no_child(tmp_path: Path, number: int, manners: str) -> None:
    out = tmp_path / "r.csv"
    note = tmp_path / "grandchild"
    fake = f"--results 2 --then hang --grandchild {note} {manners}"
    process = subprocess.Popen(
        driver(tmp_path, fake, "run", "--out", str(out)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    watcher = Runner(tmp_path)
    try:
        deadline = time.monotonic() + PATIENCE_S
        while len(watcher.snapshot().rows) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(number)
        _, told = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert told.decode() == "The run was ended by Ctrl-C. What was measured until then is kept.\n"
    assert len(rows_of(out)) == 2
    assert watcher.snapshot().state == "cancelled"
    status = Path(f"/proc/{note.read_text()}/status")
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_ctrl_c_while_a_run_begins_is_obeyed_once_it_has_begun() -> None:
    done, before = [], signal.getsignal(signal.SIGINT)  # a shell has those in its background ignore it

    def begin() -> None:
        with cli._uninterrupted():
            signal.raise_signal(signal.SIGTERM)
            done.append("begun")

    with pytest.raises(KeyboardInterrupt):
        begin()
    assert done == ["begun"]
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_while_looking_for_devices_leaves_no_child(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    process = subprocess.Popen(
        driver(tmp_path, f"--then hang --grandchild {note}", "devices"), cwd=ROOT, stderr=subprocess.PIPE
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not (note.exists() and note.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=PATIENCE_S)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, told) == (130, b"")
    status = Path(f"/proc/{note.read_text()}/status")
    assert not status.exists() or "State:\tZ" in status.read_text()


def test_on_a_terminal_a_bar_is_drawn_over_itself(tmp_path: Path) -> None:
    main_end, terminal_end = pty.openpty()
    process = subprocess.Popen(
        driver(tmp_path, "--results 4 --delay 0.2", "run"), cwd=ROOT, stdout=terminal_end, stderr=terminal_end,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    )  # fmt: skip
    os.close(terminal_end)
    drawn = b""
    try:
        while chunk := os.read(main_end, 4096):
            drawn += chunk
    except OSError:  # the terminal is gone: the program has ended
        pass
    os.close(main_end)
    assert process.wait(PATIENCE_S) == 0
    bars = [line for line in drawn.decode().split("\r") if line.startswith("[")]
    assert any("measuring matmul square fp32" in bar and "about 10 s left" in bar for bar in bars)
    assert "4 measured, 0 skipped, 0 failed" in drawn.decode()


# --- devices, check, docs ---


def test_devices_for_people_and_for_programs(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use()
    assert cli.main(["devices"]) == 0
    told = capsys.readouterr().out
    assert "platform  Local" in told
    assert "device    Example CPU on cpu, 8.00 GiB" in told
    use()
    assert cli.main(["devices", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["devices"][0]["kind"] == "Example CPU"


def test_devices_that_cannot_be_found(use: Use, capsys: pytest.CaptureFixture[str]) -> None:
    use("--import-error")
    assert cli.main(["devices"]) == 1
    assert "is not installed" in capsys.readouterr().err


def test_check_tells_each_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "r.csv"
    rows = [*sample_rows()[:3], sample_row(case="a", median_s=-1.0), sample_row(case="b", status="lost")]
    path.write_text(results.to_csv(rows))
    assert cli.main(["check", str(path)]) == 1
    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("Row 5, column median_s: found") for line in told)
    assert any(line.startswith("Row 6, column status: found") for line in told)
    assert told[-1] == f"{path} is not valid. Good rows: 3."


def test_check_of_a_valid_file_names_the_columns_it_does_not_know(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.csv"
    path.write_text(results.to_csv([row | {"room": "B12"} for row in sample_rows()]))
    assert cli.main(["check", str(path)]) == 0
    told = capsys.readouterr().out
    assert f"{path} is valid. Rows: {len(sample_rows())}, runs: 2." in told
    assert "room" in told


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n", b"a;b\n1;2\n", b"x" * (results.MAX_BYTES + 10)])
def test_check_of_what_is_no_results_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes(content)
    assert cli.main(["check", str(path)]) == 1


def test_check_of_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", str(tmp_path / "nothing.csv")]) == 2
    assert cli.main(["check", str(tmp_path)]) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path}/nothing.csv could not be read: No such file or directory.",
        f"{tmp_path} could not be read: Is a directory.",
    ]


def test_check_reads_standard_input_and_stands_a_reader_that_leaves(tmp_path: Path) -> None:
    bad = results.to_csv([sample_row(case=str(n), status="lost") for n in range(500)])
    ended = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m compute check - | head -n 1; exit ${{PIPESTATUS[0]}}"],
        input=bad, text=True, cwd=ROOT, capture_output=True, timeout=PATIENCE_S,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ended.stdout.startswith("Row 2, column status: found")


def test_docs_says_what_it_wrote(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    from compute import documentation

    written = []
    monkeypatch.setattr(documentation, "write_data_readme", lambda: written.append(True))
    assert cli.main(["docs"]) == 0
    assert written == [True]
    assert "data/README.md" in capsys.readouterr().out


def test_the_command_line_needs_neither_jax_nor_pandas_nor_streamlit() -> None:
    code = "import sys, compute.__main__; print({'jax', 'pandas', 'plotly', 'streamlit', 'psutil'} & set(sys.modules))"
    told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout == "set()\n"


# --- what is drawn ---


def test_a_table_lines_up() -> None:
    assert terminal.table(("case", "mode", "rate"), [("a", "stream", "1"), ("long name", "call", "1000")]) == [
        "case       mode    rate",
        "---------  ------  ----",
        "a          stream     1",
        "long name  call    1000",
    ]


def test_text_from_elsewhere_cannot_move_the_cursor() -> None:
    assert terminal.plain("a\x1b[2J\nb\r c") == "a [2J b c"


def test_the_summary_states_every_reason() -> None:
    lines = "\n".join(terminal.summary(Snapshot(rows=tuple(sample_rows()), elapsed_s=65.0)))
    assert "matmul square fp32 32768, stream: It needs 12 GiB, and 8 GiB are free." in lines
    assert "cnn alexnet training fp32 256, stream: The device ran out of memory." in lines
    assert "invalid:\n  matmul square fp32 2048, stream: " in lines
    assert lines.endswith("42 measured, 1 skipped, 1 failed in 1 min 5 s.")


def test_the_bar_fits_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    screen = io.StringIO()
    bar = terminal.Bar(screen)
    running = Snapshot(state="running", stage="compiling", case="c" * 100, done=1, total=4, elapsed_s=5.0)
    bar.show(running)
    bar.show(running)
    assert screen.getvalue() == "\r[#####...............] 1/4 compiling cc"
    bar.end()
    assert screen.getvalue().endswith("\r" + " " * 39 + "\r")


def test_a_long_silence_gets_a_sign_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    screen = io.StringIO()
    lines = terminal.Lines(screen)
    running = Snapshot(state="running", stage="measuring", case="slow", done=1, total=4, elapsed_s=5.0, left_s=15.0)
    lines.show(running)
    assert screen.getvalue() == ""
    now = terminal.SIGN_OF_LIFE_S + 1
    lines.show(running)
    assert screen.getvalue() == "[#####...............] 1/4 measuring slow (5 s, about 15 s left)\n"
