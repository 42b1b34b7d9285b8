"""The small grey pictures that the window slides over: drawn here, or made of a file that someone brings.

A picture is an array of SIDE x SIDE whole numbers from BLACK to WHITE: small enough to see every pixel from the last
row, and numbers that one can multiply in the head.
"""

import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Grid = NDArray[np.int64]
Numbers = NDArray[np.float64]

SIDE = 20
BLACK, WHITE = 0, 9
# A photograph of a phone has 12 to 50 million pixels. What is much larger would take the server's memory.
LARGEST_PIXELS = 64_000_000
LARGEST_MB = 10
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP")
ENDINGS = ("png", "jpg", "jpeg", "webp", "gif", "bmp")

# Ends of the two scales, as red, green, blue: black to white; below zero orange, above zero blue.
_DARK, _BRIGHT = (16, 16, 20), (255, 255, 255)
_BELOW, _ABOVE = (255, 170, 60), (120, 205, 255)


class BadPicture(Exception):
    """A file that is no picture to work with; the message says what was found, what was expected, what to do."""


def hand() -> Grid:
    """An open hand: four fingers, a thumb and a palm."""
    fingers = [((5, 12), (4, 5)), ((8, 11), (7.6, 2.6)), ((11, 11), (11.4, 2.9)), ((13.7, 12), (14.8, 5.2))]
    shape = _stroke((13, 15), (17.2, 10.6), 1.15)
    for start, end in fingers:
        shape = np.maximum(shape, _stroke(start, end, 1.1))
    palm = np.maximum(_stroke((7, 13), (11.8, 13), 3), _stroke((8, 15.4), (11, 15.4), 2.6))
    return _grid(np.maximum(shape, palm))


def letter() -> Grid:
    """The letter A."""
    legs = np.maximum(_stroke((9.5, 2.5), (3, 17), 1.1), _stroke((9.5, 2.5), (16, 17), 1.1))
    return _grid(np.maximum(legs, _stroke((6, 11.5), (13, 11.5), 1.0)))


def house() -> Grid:
    """A house with a door, a window and a chimney, under a grey sky."""
    row, column = np.mgrid[:SIDE, :SIDE]
    picture = np.full((SIDE, SIDE), 0.25)
    picture[(np.abs(column - 9.5) <= row - 2) & (row < 10)] = 0.65
    picture[3:7, 14:16] = 0.65
    picture[10:18, 3:17] = 1
    picture[12:18, 5:8] = 0.1
    picture[12:15, 11:15] = 0.35
    picture[18:] = 0.1
    return _grid(picture)


def stripes() -> Grid:
    """Stripes that stand, and stripes that lie: what one edge filter sees, the other does not."""
    row, column = np.mgrid[:SIDE, :SIDE]
    return _grid(np.where(row + column < SIDE, column // 2 % 2, row // 2 % 2).astype(float))


def ball() -> Grid:
    """A ball in the light: no edges inside, only a slow change."""
    row, column = np.mgrid[:SIDE, :SIDE]
    inside = np.hypot(row - 9.5, column - 9.5) < 8
    return _grid(np.where(inside, 1 - np.hypot(row - 5.5, column - 6) / 15, 0.0))


PICTURES: dict[str, Callable[[], Grid]] = {
    "Hand": hand,
    "Letter": letter,
    "House": house,
    "Stripes": stripes,
    "Ball": ball,
}


def decode(raw: bytes) -> Grid:
    """The middle square of a picture file as SIDE x SIDE greys, from its darkest to its brightest.

    Raises BadPicture.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    if not raw:
        raise BadPicture("The file is empty. Choose a picture, such as a PNG or a JPEG.")
    if len(raw) > LARGEST_MB * 1_000_000:
        raise BadPicture(
            f"The file has {len(raw) / 1e6:.0f} MB; at most {LARGEST_MB} MB are taken. Choose a smaller picture."
        )
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise BadPicture(
                    f"The picture has {image.width:,} x {image.height:,} pixels; at most {LARGEST_PIXELS // 10**6} "
                    "million are taken. Make it smaller first."
                )
            # A JPEG is read at an eighth of its size where that is enough: a photograph takes milliseconds.
            image.draft("L", (8 * SIDE, 8 * SIDE))
            upright = ImageOps.exif_transpose(image)
            small = ImageOps.fit(_on_white(upright), (SIDE, SIDE), Image.Resampling.BOX)
    except UnidentifiedImageError as bad:
        raise BadPicture(
            f"This is not a picture that can be read here. Choose a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file."
        ) from bad
    except Image.DecompressionBombError as bad:
        raise BadPicture("The picture has far too many pixels. Make it smaller first.") from bad
    except (OSError, SyntaxError, ValueError, EOFError) as bad:
        raise BadPicture(
            "The picture is damaged: it ends too early or is garbled. Save it anew, or take another."
        ) from bad
    greys = np.asarray(small, dtype=float)
    darkest, brightest = greys.min(), greys.max()
    return _grid((greys - darkest) / (brightest - darkest) if brightest > darkest else greys / 255)


def colours(values: Numbers | Grid) -> list[list[str]]:
    """A colour for each number: black to white for greys from BLACK to WHITE."""
    return _hex(_mixed(_DARK, _BRIGHT, np.asarray(values, dtype=float) / WHITE))


def map_colours(values: Numbers) -> list[list[str]]:
    """A colour for each number of a feature map: black for zero, white for the largest.

    Where some are below zero, black for zero, blue above and orange below, equally bright where equally far away.
    """
    reach = float(np.abs(values).max(initial=0)) or 1.0
    if values.min(initial=0) >= 0:
        return _hex(_mixed(_DARK, _BRIGHT, values / reach))
    return _hex(
        np.where(values[..., None] < 0, _mixed(_DARK, _BELOW, -values / reach), _mixed(_DARK, _ABOVE, values / reach))
    )


def number(value: float) -> str:
    """A number for the screen: whole ones whole, others with at most two decimals, and a true minus sign."""
    rounded = round(float(value), 2) or 0.0  # never a minus zero
    return f"{rounded:g}".replace("-", "−") if abs(rounded) < 1e6 else f"{rounded:.0f}".replace("-", "−")


def _stroke(start: tuple[float, float], end: tuple[float, float], radius: float) -> Numbers:
    """A line (x, y to x, y, in pixels) with round ends: 1 inside, 0 outside, between on its edge."""
    row, column = np.mgrid[:SIDE, :SIDE].astype(float)
    (x, y), (dx, dy) = start, (end[0] - start[0], end[1] - start[1])
    along = np.clip(((column - x) * dx + (row - y) * dy) / max(dx * dx + dy * dy, 1e-9), 0, 1)
    away = np.hypot(column - x - along * dx, row - y - along * dy)
    inside: Numbers = np.clip(radius + 0.5 - away, 0, 1)
    return inside


def _grid(brightness: Numbers) -> Grid:
    """Brightness from 0 to 1 as whole greys."""
    return np.rint(BLACK + brightness * (WHITE - BLACK)).astype(np.int64)


def _on_white(image: Any) -> Any:
    """The picture in grey; what is transparent shows white paper."""
    from PIL import Image

    if image.mode == "L":
        return image
    clear = image.convert("RGBA")
    paper = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(paper, clear).convert("L")


def _mixed(start: Sequence[int], end: Sequence[int], share: Numbers) -> Numbers:
    """Colours between two, by the share of the second."""
    mixed: Numbers = np.array(start) + np.clip(share, 0, 1)[..., None] * (np.array(end) - np.array(start))
    return mixed


def _hex(rgb: Numbers) -> list[list[str]]:
    whole = np.rint(rgb).astype(int).tolist()
    return [["#{:02x}{:02x}{:02x}".format(*cell) for cell in row] for row in whole]
