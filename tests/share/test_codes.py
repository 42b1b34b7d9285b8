"""Codes, PINs and paces: what the board's door asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.share.board import pins
from compute.share.board.codes import ALPHABET, LENGTH, new_code, read_code, spoken
from compute.share.board.pace import Pace, Paces

codes = st.text(ALPHABET, min_size=LENGTH, max_size=LENGTH)


def test_a_new_code_has_six_characters_that_look_like_no_other() -> None:
    made = {new_code() for _ in range(200)}
    assert len(made) == 200
    assert all(len(code) == LENGTH and set(code) <= set(ALPHABET) for code in made)
    assert not set(ALPHABET) & set("OQILBSZUAE")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("k7m4x2", "K7M4X2"),
        (" K7M 4X2\n", "K7M4X2"),
        ("K7M-4X2", "K7M4X2"),
        ("k7m–4x2.", "K7M4X2"),
        ("Ｋ７Ｍ４Ｘ２", "K7M4X2"),
        ("\u200eK7M4X2\u200f", "K7M4X2"),
        ("OIlBsZ", "011852"),
        ("qu0000", "0V0000"),
    ],
)
def test_typing_is_forgiven(typed: str, meant: str) -> None:
    assert read_code(typed) == meant


@pytest.mark.parametrize("typed", ["", "K7M4X", "K7M4X22", "K7M4XA", "K7M4X€", "../etc", "K7M4X2" * 100, "¼¼"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(codes, st.data())
def test_a_code_is_read_however_it_is_spaced_and_cased(code: str, data: st.DataObject) -> None:
    marks = data.draw(st.lists(st.sampled_from(["", " ", "-", " - "]), min_size=LENGTH, max_size=LENGTH))
    typed = "".join(mark + character for mark, character in zip(marks, code, strict=True))
    assert read_code(typed) == read_code(typed.lower()) == read_code(spoken(code)) == code


@given(st.text())
def test_no_text_breaks_the_reading_of_codes(typed: str) -> None:
    code = read_code(typed)
    assert code is None or (len(code) == LENGTH and set(code) <= set(ALPHABET))


def test_a_pin_is_kept_as_a_salted_hash() -> None:
    stored = pins.hashed("271828")
    assert "271828" not in stored
    assert stored != pins.hashed("271828")
    assert pins.matches(" 271828 ", stored)
    assert not pins.matches("271829", stored)
    assert not pins.matches("", stored)
    assert not pins.matches("\ud800", stored)


def test_a_pace_allows_a_burst_and_then_one_after_each_interval() -> None:
    now = 100.0
    paces = Paces(Pace(burst=3, interval_s=10), lambda: now)
    assert [paces.take("a") for _ in range(4)] == [0, 0, 0, 10]
    assert paces.take("b") == 0
    now = 109.0
    assert paces.take("a") == pytest.approx(1)
    now = 110.0
    assert [paces.take("a"), paces.take("a")] == [0, 10]
    paces.give_back("a")
    assert paces.take("a") == 0


def test_a_flood_of_addresses_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compute.share.board.pace._MOST_KEYS", 100)
    paces = Paces(Pace(burst=1, interval_s=10), lambda: 0.0)
    assert all(paces.take(str(number)) == 0 for number in range(1000))
    assert len(paces._full_at_s) <= 100
    assert paces.take("999") == 10
