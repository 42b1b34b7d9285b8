"""What the notebook runs, against a scripted worker and a screen that remembers what was shown."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import IPython.display
import pytest

from compute import results
from compute.measure.runner import Runner, Spec
from compute.share import live, post

FAKE = str(Path(__file__).parents[1] / "measure" / "fake_worker.py")


class Screen:
    """Stands for the notebook: what was displayed, and each state of the place that is drawn over."""

    def __init__(self) -> None:
        self.shown: list[Any] = []
        self.drawn: list[str] = []

    def display(self, thing: Any, display_id: bool = False) -> "Screen":
        if not display_id:
            self.shown.append(thing)
        return self

    def update(self, thing: Any) -> None:
        self.drawn.append(thing.data)

    @property
    def words(self) -> str:
        return "\n".join(thing.data for thing in self.shown if isinstance(thing, IPython.display.HTML))


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Screen:
    one = Screen()
    monkeypatch.setattr(IPython.display, "display", one.display)
    monkeypatch.setattr(live, "POLL_S", 0.02)
    monkeypatch.chdir(tmp_path)
    return one


@pytest.fixture
def use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Runner]]:
    made = []

    def one(*options: str) -> Runner:
        made.append(Runner(tmp_path / "state", [sys.executable, FAKE, *options]))
        monkeypatch.setattr(live, "RUNNER", made[-1])
        return made[-1]

    yield one
    for runner in made:
        runner.stop()


@pytest.fixture
def posted(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, str]]:
    sent: list[tuple[str, str, str]] = []

    def send(*given: str) -> str:
        sent.append(given)  # type: ignore[arg-type]
        return "The board <has> them."

    monkeypatch.setattr(post, "send", send)
    return sent


def test_a_run_is_drawn_kept_and_offered(
    screen: Screen, use: Callable[..., Runner], posted: list[Any], tmp_path: Path
) -> None:
    use("--results", "3", "--delay", "0.1")
    path = live.measure(label="room 5")
    assert path is not None
    assert path.parent == tmp_path
    reading = results.read(path.read_bytes())
    assert (reading.problems, len(reading.rows)) == ([], 3)
    assert any("<progress" in state for state in screen.drawn)
    assert "<svg" in screen.drawn[-1]
    assert "3 measured, 0 skipped, 0 failed" in screen.drawn[-1]
    assert path.name in screen.words
    assert str(tmp_path) not in screen.words
    [link] = [thing for thing in screen.shown if isinstance(thing, IPython.display.FileLink)]
    assert str(link.path) == path.name
    assert posted == []


def test_with_a_board_the_same_csv_is_sent(
    screen: Screen, use: Callable[..., Runner], posted: list[tuple[str, str, str]]
) -> None:
    use("--results", "1")
    path = live.measure(board_url="http://hands.example", board_code="ABC123")
    assert path is not None
    assert posted == [("http://hands.example", "ABC123", path.read_text())]
    assert "The board &lt;has&gt; them." in screen.words


def test_a_board_that_refuses_costs_nothing(
    screen: Screen, use: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: str) -> str:
        raise post.NotSent("That board has ended.")

    monkeypatch.setattr(post, "send", refuse)
    use("--results", "1")
    path = live.measure(board_url="http://hands.example", board_code="ABC123")
    assert path is not None
    assert "That board has ended." in screen.words
    assert f"!python many-hands.pyz send {path.name} http://hands.example ABC123" in screen.words


@pytest.mark.parametrize(("url", "code"), [("", "ABC123"), ("http://hands.example", " "), ("hands", "ABC123")])
def test_half_a_board_is_told_before_measuring(screen: Screen, use: Callable[..., Runner], url: str, code: str) -> None:
    runner = use("--results", "1")
    assert live.measure(board_url=url, board_code=code) is None
    assert "to send nothing" in screen.words
    assert runner.runs() == []


def test_a_busy_machine_is_a_sentence(screen: Screen, use: Callable[..., Runner], tmp_path: Path) -> None:
    other = Runner(tmp_path / "state", [sys.executable, FAKE, "--then", "hang"])
    other.start(Spec("full"), "dashboard")
    try:
        use()
        assert live.measure() is None
        assert "A full run started from the dashboard at" in screen.words
    finally:
        other.stop()


def test_a_run_that_fails_says_why_and_keeps_what_there_is(screen: Screen, use: Callable[..., Runner]) -> None:
    use("--results", "2", "--then", "kill")
    path = live.measure()
    assert "memory ran out" in screen.words
    assert path is not None
    assert len(results.read(path.read_bytes()).rows) == 2


def test_without_jax_the_sentence_says_how_to_install_it(screen: Screen, use: Callable[..., Runner]) -> None:
    use("--import-error")
    assert live.measure() is None
    assert "python -m pip install" in screen.words


def test_an_interrupted_cell_keeps_what_was_measured(
    screen: Screen, use: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = use("--results", "2", "--then", "hang")

    def interrupt(_: float) -> None:
        if len(runner.snapshot().rows) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(live, "time", SimpleNamespace(sleep=interrupt))
    path = live.measure()
    assert path is not None
    assert len(results.read(path.read_bytes()).rows) == 2
    assert runner.snapshot().state == "cancelled"


def test_colab_downloads_the_file(screen: Screen, use: Callable[..., Runner], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []
    monkeypatch.setitem(sys.modules, "google.colab.files", SimpleNamespace(download=taken.append))
    monkeypatch.setenv("COLAB_RELEASE_TAG", "release-colab_20260901")
    use("--results", "1")
    path = live.measure()
    assert taken == [str(path)]
