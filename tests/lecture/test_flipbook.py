"""The flipbook: which page is seen when, for whom nothing moves, and the words that stand for it."""

import base64
import re
from xml.etree import ElementTree

from compute.lecture.flipbook import Picture, bind


def pages(picture: Picture) -> list[ElementTree.Element]:
    return [part for part in ElementTree.fromstring(picture.svg) if part.get("class") == "page"]


def test_each_page_is_seen_in_its_turn_and_the_last_one_longer() -> None:
    picture = bind(["<path/>", "<path/>", "<path/>"], "Three pages.", page_s=0.5, last_s=2.5)
    delays = [str(page.get("style")) for page in pages(picture)]
    # The whole takes 4 s. A page whose turn comes after 0.5 s begins 3.5 s ago.
    assert delays == ["animation-delay:-4.000s", "animation-delay:-3.500s", "animation-delay:-3.000s"]
    assert "animation: page 4.000s step-end infinite" in picture.svg
    assert "@keyframes page {0% {visibility: visible} 12.500% {visibility: hidden}" in picture.svg
    assert "@keyframes last {0% {visibility: visible} 75.000% {visibility: hidden}" in picture.svg


def test_without_motion_the_last_page_stands() -> None:
    rules = bind(["<path/>"] * 2, "", page_s=1.0).svg
    still, _, moving = rules.partition("@media (prefers-reduced-motion: no-preference)")
    assert ".page {visibility: hidden}" in still
    assert ".page:last-of-type {visibility: visible}" in still
    assert "animation:" not in still
    assert "animation:" in moving


def test_it_is_an_image_with_words_in_the_ink_of_the_page() -> None:
    markup = bind(['<path stroke="currentColor"/>'], 'Two "dots" & a line.', page_s=1.0).markup("#123456")
    assert 'alt="Two &quot;dots&quot; &amp; a line."' in markup
    [data] = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', markup)
    assert ElementTree.fromstring(base64.b64decode(data)).get("color") == "#123456"
