"""A showing: two codes, one step, kept in a file."""

import os
import time
from pathlib import Path

import pytest

from compute.lecture import showings
from compute.share.board.codes import ALPHABET


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    return tmp_path / "showings"


def test_the_room_follows_the_speaker() -> None:
    begun = showings.begin("welcome")
    assert len(begun.code) == 6
    assert len(begun.speaker) == 12
    assert showings.find(begun.code) == begun == showings.find(begun.speaker)
    showings.turn(begun.speaker, "gates")
    assert showings.find(begun.code).step == "gates"
    assert showings.find(begun.code).started_at == begun.started_at


def test_a_code_is_read_as_it_is_typed() -> None:
    begun = showings.begin("welcome")
    assert showings.find(f" {begun.code[:3].lower()}-{begun.code[3:]} ") == begun


def test_the_rooms_code_turns_nothing() -> None:
    begun = showings.begin("welcome")
    assert not showings.is_speaker(begun.code)
    assert showings.is_speaker(begun.speaker)
    with pytest.raises(showings.NoShowing, match="the speaker's code is longer"):
        showings.turn(begun.code, "gates")
    other = next(letter for letter in ALPHABET if letter != begun.secret[-1])
    with pytest.raises(showings.NoShowing, match="the second is not"):
        showings.turn(begun.speaker[:-1] + other, "gates")
    assert showings.find(begun.code).step == "welcome"


@pytest.mark.parametrize("code", ["", "K7M4X", "K7M 4X2 9", "../../etc", "K7M4X29TWD3", "x" * 10_000])
def test_what_is_no_code_gets_a_sentence(code: str) -> None:
    with pytest.raises(showings.NoShowing, match="is no code of a lecture"):
        showings.find(code)


def test_a_code_that_nobody_began() -> None:
    with pytest.raises(showings.NoShowing, match="no lecture with the code “K7M4X2”"):
        showings.find("K7M4X2")


def test_a_damaged_file_is_a_showing_that_is_over(state: Path) -> None:
    begun = showings.begin("welcome")
    (state / f"{begun.code}.json").write_text("{")
    with pytest.raises(showings.NoShowing, match="it is over"):
        showings.find(begun.code)


def test_the_clock() -> None:
    begun = showings.begin("welcome")
    assert 0 <= begun.elapsed_s < 5
    time.sleep(0.01)
    showings.restart(begun.speaker)
    assert showings.find(begun.code).started_at > begun.started_at


def test_what_is_over_is_forgotten(state: Path) -> None:
    old, new = showings.begin("welcome"), showings.begin("welcome")
    long_ago = time.time() - showings.LONGEST_S - 1
    os.utime(state / f"{old.code}.json", (long_ago, long_ago))
    showings.begin("welcome")
    assert showings.find(new.code) == new
    with pytest.raises(showings.NoShowing):
        showings.find(old.code)


def test_there_are_never_too_many(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showings, "MOST", 3)
    for _ in range(5):
        last = showings.begin("welcome")
    assert len(list(state.iterdir())) == 3
    assert showings.find(last.code) == last
