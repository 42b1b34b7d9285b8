"""The demos race, amdahl and crossover: at rest, clicked, measured, failing; by a script of their own."""

import time
from collections.abc import Callable
from unittest.mock import patch

import pytest

from compute.lecture import live
from compute.lecture.live import Waiting
from tests.pages.conftest import UseRunner
from tests.pages.demos import html, opened, settled
from tests.pages.reading import charts


def _race() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import race

    race.draw(Step("hands", "Many hands", 5, "", "race"))


def _amdahl() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import amdahl

    amdahl.draw(Step("amdahl", "Amdahl's law", 3, "", "amdahl"))


def _crossover() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import crossover

    crossover.draw(Step("crossover", "The crossover", 3, "", "crossover"))


@pytest.mark.parametrize(("demo", "name"), [(_race, "race"), (_crossover, "crossover"), (_amdahl, "amdahl")])
def test_at_rest_it_shows_what_was_recorded(demo: Callable[[], None], name: str) -> None:
    app = opened(demo)
    assert "RECORDED" in html(app)
    assert "LIVE" not in html(app)
    widgets = [*app.button, *app.toggle, *app.selectbox, *app.select_slider]
    assert all(widget.key.startswith(f"{name}-") and widget.label for widget in widgets)


@pytest.mark.parametrize(("demo", "name"), [(_race, "race"), (_crossover, "crossover")])
@pytest.mark.parametrize("how", ["error", "kill", "report"])
def test_a_worker_that_fails_leaves_the_recorded_one_and_says_why(
    use_runner: UseRunner, demo: Callable[[], None], name: str, how: str
) -> None:
    use_runner("--then", how)
    app = opened(demo)
    before = html(app)
    app.button(key=f"{name}-measure").click().run()
    after = html(settled(app, name))
    assert "LIVE" not in after
    assert after.startswith(before.partition("RECORDED")[0][:400])  # the same picture
    assert {"error": "on fire", "kill": "signal 9", "report": "The device was lost."}[how] in after
    assert not app.error


def test_a_crossover_measured_here_is_live(use_runner: UseRunner) -> None:
    app = opened(_crossover)
    app.button(key="crossover-measure").click().run()
    assert "LIVE" in html(settled(app, "crossover"))
    assert "From 64 x 64 on" in html(app)
    assert len(charts(app)) == 1
    # Who comes later sees it, too.
    assert "LIVE" in html(opened(_crossover))


def test_a_race_measured_here_is_live_and_moves_amdahls_point() -> None:
    app = opened(_race)
    app.button(key="race-measure").click().run()
    assert "LIVE" in html(settled(app, "race"))
    assert "10.0 s ✓" in html(app)
    assert "Example CPU, 2 cores" in html(app)
    assert "<b>2 times</b>, measured on 2 cores" in charts(opened(_amdahl))[0]["layout"]["annotations"][0]["text"]


def test_an_attempt_that_ends_while_the_page_is_drawn_is_shown_all_the_same(use_runner: UseRunner) -> None:
    use_runner("--then", "report")
    app = opened(_crossover)
    looks = iter([Waiting(0.5, "n = 16")])  # what the figure sees; from then on it has ended
    look = live.look
    with patch.object(live, "look", lambda attempt: next(looks, None) or look(attempt)):
        app.button(key="crossover-measure").click()
        time.sleep(0.5)
        app.run()
    assert "The device was lost." in html(settled(app, "crossover"))
    assert [button.key for button in app.button] == ["crossover-measure"]


def test_while_it_measures_it_can_be_cancelled(use_runner: UseRunner) -> None:
    use_runner("--delay", "5")
    app = opened(_crossover)
    app.button(key="crossover-measure").click().run()
    app.run()
    assert "RECORDED" in html(app)  # the slide stays while it is measured
    app.button(key="crossover-cancel").click().run()
    assert "It was cancelled." in html(settled(app, "crossover"))


def test_the_three_views_of_the_race() -> None:
    app = opened(_race)
    assert "times slower than real" in html(app)
    app.toggle(key="race-slow").set_value(False).run()
    assert "In real time" in html(app)
    app.segmented_control(key="race-view").set_value("The idea").run()
    assert "4,096 hands" in html(app)
    first = html(app)
    app.button(key="race-again").click().run()
    assert html(app) != first
    app.segmented_control(key="race-view").set_value("The guess").run()
    assert "no guess yet" in html(app)
    app.selectbox(key="race-guess").set_value(100.0).run()
    assert "no guess yet" not in html(app)
    assert "than guessed." in html(app)


def test_amdahls_sliders_move_the_curve() -> None:
    app = opened(_amdahl)
    assert "15.4 times faster" in html(app)
    app.select_slider(key="amdahl-share").set_value(0.5).run()
    app.select_slider(key="amdahl-hands").set_value(4096).run()
    assert "never more than 2." in html(app)
    assert charts(app)[0]["layout"]["shapes"][0]["y0"] == 2


def test_what_a_call_pays_for_moves_the_crossover() -> None:
    app = opened(_crossover)
    before = charts(app)
    app.toggle(key="crossover-compiling").set_value(True).run()
    assert charts(app) != before
