"""The small grey pictures: what is drawn, and what becomes of a file that someone brings."""

import io
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from compute.lecture import greys
from compute.lecture.greys import PICTURES, SIDE, BadPicture, colours, decode, map_colours, number


def file(image: Image.Image, kind: str = "PNG") -> bytes:
    raw = io.BytesIO()
    image.save(raw, kind)
    return raw.getvalue()


@pytest.mark.parametrize("name", PICTURES)
def test_each_picture_has_the_right_size_and_uses_the_greys(name: str) -> None:
    picture = PICTURES[name]()
    assert picture.shape == (SIDE, SIDE)
    assert picture.dtype == np.int64
    assert picture.min() >= 0
    assert picture.max() == 9
    assert np.array_equal(picture, PICTURES[name]())


def test_a_picture_becomes_its_middle_square_upright_and_from_black_to_white() -> None:
    wide = np.full((100, 300), 100, np.uint8)
    wide[:, 100:150] = 50  # the left half of the middle square
    grid = decode(file(Image.fromarray(wide)))
    assert grid.shape == (SIDE, SIDE)
    assert np.all(grid[:, :10] == 0)
    assert np.all(grid[:, 10:] == 9)


def test_an_even_picture_keeps_its_grey_and_glass_shows_white_paper() -> None:
    assert np.all(decode(file(Image.new("L", (64, 64), 85))) == 3)  # 85 of 255 is a third; a third of 9 is 3
    assert np.all(decode(file(Image.new("RGBA", (64, 64), (0, 0, 0, 0)))) == 9)


def test_a_photograph_taken_sideways_is_turned_upright() -> None:
    upper = np.zeros((64, 64), np.uint8)
    upper[:32] = 255
    image = Image.fromarray(upper)
    exif = image.getexif()
    exif[0x0112] = 6  # turn it by a quarter clockwise: what is above comes to the right
    raw = io.BytesIO()
    image.save(raw, "PNG", exif=exif)
    grid = decode(raw.getvalue())
    assert np.all(grid[:, 11:] == 9)
    assert np.all(grid[:, :9] == 0)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", "The file is empty"),
        (b"run,case\n1,2\n", "This is not a picture"),
        (file(Image.new("L", (200, 200), 9))[:60], "damaged"),
        (b"0" * 10_000_001, "10 MB"),
    ],
)
def test_a_bad_file_gets_a_sentence(raw: bytes, found: str) -> None:
    with pytest.raises(BadPicture, match=found):
        decode(raw)


def test_a_picture_that_would_fill_the_memory_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greys, "LARGEST_PIXELS", 99)
    with pytest.raises(BadPicture, match="10 x 10 pixels"):
        decode(file(Image.new("L", (10, 10))))


@given(st.binary(max_size=300), st.integers(0, 200))
@settings(max_examples=40, deadline=None)
def test_no_file_breaks_it(noise: bytes, cut: int) -> None:
    for raw in (noise, file(Image.new("L", (9, 9), 7))[:cut] + noise):
        with suppress(BadPicture):
            assert decode(raw).shape == (SIDE, SIDE)


def test_greys_go_from_black_to_white_and_a_map_tells_below_zero_from_above() -> None:
    assert colours(np.array([[0, 9]])) == [["#101014", "#ffffff"]]
    assert map_colours(np.array([[0.0, 27.0]])) == [["#101014", "#ffffff"]]
    assert map_colours(np.array([[-4.0, 0.0, 4.0]])) == [["#ffaa3c", "#101014", "#78cdff"]]
    assert map_colours(np.zeros((1, 1))) == [["#101014"]]


@pytest.mark.parametrize(
    ("value", "text"), [(3.0, "3"), (-27.0, "−27"), (14 / 3, "4.67"), (-0.001, "0"), (8019.5, "8019.5")]
)
def test_numbers_are_short(value: float, text: str) -> None:
    assert number(value) == text
