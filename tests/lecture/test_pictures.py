"""The pictures of the hands: tiles, tracks and the axis of a prediction; what they say and where their marks stand."""

import re
from html.parser import HTMLParser

import pytest

from compute.charts import _style
from compute.lecture import many_hands, predict, race, tracks
from tests.lecture.test_race import GPU, HERE

LANES = race.lanes(HERE, GPU)


class _Open(HTMLParser):
    """Counts tags that were opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def well_formed(html: str) -> bool:
    parser = _Open()
    parser.feed(re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", html))
    return not parser.open


def test_steps_of_the_crews() -> None:
    assert [many_hands.steps(hands) for hands in many_hands.CREWS] == [4096, 1024, 64, 1]
    assert [many_hands.done(hands, many_hands.MOMENT) for hands in many_hands.CREWS] == [64, 256, 4096, 4096]
    assert many_hands.describe().endswith("1 in 4,096, 4 in 1,024, 64 in 64, 4,096 in 1.")


def test_the_tiles_stand_still_at_the_moment_when_64_hands_are_done() -> None:
    html = many_hands.draw()
    assert well_formed(html)
    stands = re.findall(r'class="rows" [^>]*scaleY\(([\d.]+)\)', html)
    assert list(map(float, stands)) == [1 / 64, 4 / 64, 1, 1]
    # All of it takes steps x 0.06 s, a row of 64 tiles by one hand 64 of these.
    assert "--all:245.76s;--row:3.840s;--lines:64;--cells:64" in html
    assert "--all:0.06s;" in html
    assert html.count('class="line"') == 2


def test_again_has_another_name_for_each_movement() -> None:
    assert many_hands.draw(round=1) != many_hands.draw(round=2)
    assert "race-3" in tracks.draw(LANES, 1.0, round=3)


def test_slow_motion_is_a_round_number_and_gives_the_second_slowest_its_time() -> None:
    assert tracks.slow_motion(LANES) == 100  # 0.05 s x 100 = 5 s
    quick = race.lanes(HERE.__class__("race", {"loop": 100.0, "numpy": 30.0}, "s", "", 1.0, "", "RECORDED"))
    assert tracks.slow_motion(quick) == 1


def test_the_tracks_run_in_the_measured_proportions() -> None:
    html = tracks.draw(LANES, 100.0)
    assert well_formed(html)
    assert list(map(float, re.findall(r"--takes:([\d.e+-]+)s", html))) == [10000, 2, 5, 2.5, 0.01]
    # When the second slowest arrives, the loop has done a two-thousandth.
    assert list(map(float, re.findall(r"--stand:([\d.e+-]+)", html))) == [0.0005, 1, 1, 1, 1]
    assert "Example GPU, recorded" in html
    assert "100 times slower than real: the slowest arrives after 2 h 47 min." in html
    assert "0.006 %" in html


def test_words_from_outside_stay_words() -> None:
    lanes = race.lanes(HERE, GPU.__class__("race", {"gpu:0": 1.0}, "s", '<img src=x onerror="a">', 1.0, "", "RECORDED"))
    assert "<img" not in tracks.draw(lanes, 1.0)


def told(guess: float | None, bound: float | None) -> predict.Prediction:
    return predict.Prediction(5000, guess, bound, " ×", "where it is from")


def test_guess_bound_and_measurement_stand_on_one_axis() -> None:
    prediction = told(100, 10_000)
    assert predict.decades(prediction) == (2, 4)
    html = predict.draw(prediction)
    assert well_formed(html)
    marks = re.findall(r'class="mark" style="left:([\d.]+)%', html)
    assert list(map(float, marks)) == [0, pytest.approx(84.95), 100]
    assert "50 times more than guessed. 50 % of what is possible was reached." in html


def test_before_a_guess_the_answer_is_not_given_away() -> None:
    html = predict.draw(told(None, 10_000))
    assert "no guess yet" in html
    assert "Guess first" in html
    assert "5,000" not in html
    assert 'class="mark"' not in html


def test_what_is_not_known_is_said() -> None:
    assert "Possible: unknown for this machine" in predict.describe(told(100, None))
    assert predict.verdict(told(4000, None)) == "Well guessed."
    assert predict.verdict(told(20_000, None)) == "4 times less than guessed."


@pytest.mark.parametrize("dark", [False, True])
def test_pictures_take_the_colours_of_the_theme(dark: bool) -> None:
    colours = _style.look(dark)
    for html in (many_hands.draw(dark=dark), tracks.draw(LANES, 1.0, dark=dark)):
        assert f"background:{colours.kinds['cpu'][0]}" in html
        assert f"background:{colours.kinds['gpu'][0]}" in html
        assert _style.look(not dark).kinds["cpu"][0] not in html
