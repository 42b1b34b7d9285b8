"""The five jobs at work: what is drawn is what their NumPy forms compute."""

import base64
import io
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from compute.lecture import five_jobs, job_pictures
from compute.lecture.flipbook import HEIGHT, WIDTH
from compute.workloads import _tracer, rendering, sha256

SVG = "{http://www.w3.org/2000/svg}"
PAGE = f"{SVG}g[@class='page']"


def drawn(name: str) -> ElementTree.Element:
    return ElementTree.fromstring(job_pictures.of(name).svg)


@pytest.mark.parametrize("name", five_jobs.NAMES)
def test_each_job_has_a_picture_that_stays_in_its_frame_and_is_small(name: str) -> None:
    picture = job_pictures.of(name)
    assert len(picture.svg) < 200_000
    assert len(drawn(name).findall(PAGE)) > 5
    assert picture.alt.endswith(".")
    for x, y in re.findall(r"M(-?[\d.]+) (-?[\d.]+)", picture.svg):
        assert -1 <= float(x) <= WIDTH + 1
        assert -1 <= float(y) <= HEIGHT + 1


def test_the_frames_are_what_the_camera_sees() -> None:
    images = [page.find(f"{SVG}image") for page in drawn("rendering").findall(PAGE)]
    assert len(images) == job_pictures.FRAMES
    last = images[-1]
    assert last is not None
    data = base64.b64decode(str(last.get("href")).partition(",")[2])
    shown = np.asarray(Image.open(io.BytesIO(data))).astype(int)
    once_round = _tracer.channels(rendering.render(rendering.camera_at(1.2), job_pictures.LINES))
    assert np.abs(shown - once_round).mean() < 6  # JPEG


def test_every_point_of_every_step_is_joined_to_one_centre() -> None:
    for page in drawn("kmeans").findall(PAGE):
        lines = "".join(str(path.get("d")) for path in page.findall(f"{SVG}path") if path.get("stroke-opacity"))
        assert lines.count("L") == 240


def test_the_ones_of_each_hash_are_drawn_and_the_last_is_the_found_one() -> None:
    pages = drawn("sha256").findall(PAGE)
    for back, page in enumerate(reversed(pages)):
        nonce = sha256.NONCE - back
        path = page.find(f"{SVG}path")
        assert path is not None
        assert str(path.get("d")).count("M") == int(sha256.block_hash(nonce), 16).bit_count()
        words = [text.text for text in page.iter(f"{SVG}text")]
        assert words[1] == f"{nonce:,}"
        assert words[-1] == ("found" if back == 0 else "try the next")
    assert [text.text for text in pages[-1].iter(f"{SVG}text")][3] == "43"


def test_the_bodies_move() -> None:
    first, *_, last = drawn("particles").findall(PAGE)
    one, other = (str(page[0].get("d")) for page in (first, last))
    assert one.count("M") == other.count("M") == 220
    assert one != other


def test_the_network_sees_something_in_every_kernel() -> None:
    maps = drawn("cnn").findall(f"{SVG}image")[1:]
    assert len(maps) == 16
    for image in maps:
        data = base64.b64decode(str(image.get("href")).partition(",")[2])
        assert np.asarray(Image.open(io.BytesIO(data))).max() > 150
