"""The lecture: every step, broken files, a demo that fails, the speaker's notes and the phones of the room."""

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute import results
from compute.lecture import showings, steps
from compute.lecture.steps import Step
from pages._lecture import _demo
from tests.pages.conftest import UseRunner
from tests.pages.demos import html
from tests.pages.reading import charts, keys, words
from tests.pages.state import PATIENCE_S

STEPS = steps.read().steps
PROJECTOR = {"screen": "projector"}


SHIPPED = results.shipped


@pytest.fixture(autouse=True)
def state(nothing_yet: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Showings of its own; demos have the results that come with the project."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    monkeypatch.setattr(results, "shipped", SHIPPED)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Another folder of steps, with one good step that has a demo."""
    folder = tmp_path / "lecture"
    folder.mkdir()
    (folder / "01-first.md").write_text("---\ntitle: The first\nminutes: 3\ndemo: fails\n---\nThe *text*.\n")
    read = steps.read
    monkeypatch.setattr(steps, "read", lambda **options: read(folder, **options))
    return folder


def asked(page: AppTest, name: str) -> str:
    """What stands in the address; AppTest gives a list or its only word."""
    value = page.query_params[name]
    return value if isinstance(value, str) else value[0]


def test_every_file_is_a_step_with_a_demo_that_is_there() -> None:
    assert [str(problem) for problem in steps.read(demos=_demo.names()).problems] == []
    assert len(STEPS) >= 18
    assert all(step.notes for step in STEPS)


@pytest.mark.parametrize("step", STEPS, ids=[step.name for step in STEPS])
def test_each_step_fills_the_stage(step: Step, open_page: Any) -> None:
    page = open_page("lecture", step=step.name, **PROJECTOR)
    assert [title.value for title in page.title] == [step.title]
    assert step.text in words(page)
    assert not [error.value for error in page.error]
    assert showings.find(asked(page, "session")).step == step.name


@pytest.mark.parametrize("name", ["crossover", "apartment", "cloud"])
def test_what_was_drawn_for_one_is_drawn_for_the_next(name: str, open_page: Any) -> None:
    first, second = (open_page("lecture", step=name, **PROJECTOR) for _ in range(2))
    assert not [error.value for error in second.error]
    assert len(charts(first)) == 1
    assert charts(second) == charts(first)


def test_the_page_lists_all_steps_and_leads_to_each(open_page: Any) -> None:
    page = open_page("lecture")
    assert f"{len(STEPS)} steps" in words(page)
    page.button(key=f"lecture-to-{STEPS[6].name}").click().run()
    assert page.header[0].value == STEPS[6].title
    assert asked(page, "step") == STEPS[6].name


def test_next_and_back(open_page: Any) -> None:
    page = open_page("lecture", step=STEPS[0].name, **PROJECTOR)
    assert page.button(key="lecture-back").disabled
    page.button(key="lecture-next").click().run()
    assert page.title[0].value == STEPS[1].title
    page.button(key="lecture-back").click().run()
    assert page.title[0].value == STEPS[0].title
    page.button(key="lecture-all").click().run()
    assert page.title[0].value == "The lecture"
    page.button(key="lecture-next").click().run()
    assert page.title[0].value == STEPS[0].title
    last = open_page("lecture", step=STEPS[-1].name, **PROJECTOR)
    assert last.button(key="lecture-next").disabled


def test_present_begins_a_showing_and_leaving_ends_nothing(open_page: Any) -> None:
    page = open_page("lecture", step=STEPS[2].name)
    page.button(key="lecture-present").click().run()
    assert page.title[0].value == STEPS[2].title
    showing = showings.find(asked(page, "session"))
    page.button(key="lecture-leave").click().run()
    assert page.header[0].value == STEPS[2].title
    assert showings.find(showing.code).step == STEPS[2].name


@pytest.mark.parametrize("screen", [{}, PROJECTOR], ids=["page", "stage"])
def test_a_step_that_there_is_not(screen: dict[str, str], open_page: Any) -> None:
    page = open_page("lecture", step="[x](http://y)", **screen)
    assert "There is no step" in words(page)
    assert "](http" not in words(page)
    assert f"lecture-to-{STEPS[0].name}" in keys(page)


def test_a_broken_file_is_named_and_the_others_show(files: Path, open_page: Any) -> None:
    (files / "02-broken.md").write_text("---\ntitle: x\nminutes: many\n---\ny")
    page = open_page("lecture")
    assert r"02\-broken\.md\, line 3\: Found “many”" in words(page)
    assert r"01\-first\.md\, line 4\: There is no demo “fails”" in words(page)
    page.button(key="lecture-to-first").click().run()
    assert "The *text*." in words(page)
    assert "is not here" in page.warning[0].value


def test_a_folder_without_a_step(files: Path, open_page: Any) -> None:
    (files / "01-first.md").write_text("")
    page = open_page("lecture", **PROJECTOR)
    assert "The file should begin with" in page.error[0].value


@pytest.mark.parametrize("inside", [False, True], ids=["draw", "fragment"])
def test_a_demo_that_fails_is_one_sentence(
    inside: bool, files: Path, open_page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Step) -> None:
        raise ZeroDivisionError("a secret path")

    draw = _demo.fragment(fail) if inside else fail
    monkeypatch.setattr(_demo, "names", lambda: {"fails"})
    monkeypatch.setattr(_demo, "import_module", lambda name: SimpleNamespace(draw=draw))
    page = open_page("lecture", step="first", **PROJECTOR)
    [error] = page.error
    assert error.value.startswith("The demo of the step “The first” does not work here")
    assert "ZeroDivisionError" in error.value
    assert "secret" not in words(page)
    assert "The *text*." in words(page)


MEASURES = {"race-measure", "crossover-measure", "five_jobs-rendering-measure", "gallery-run"}


def test_a_lecture_whose_every_run_fails_shows_only_what_was_recorded(use_runner: UseRunner, open_page: Any) -> None:
    use_runner("--then", "error", "--results", "0")
    page, tried = open_page("lecture", step=STEPS[0].name, **PROJECTOR), set()
    for step in STEPS:
        for key in MEASURES & keys(page):
            page.button(key=key).click().run()
            wait_for(page, key)
            assert "on fire" in html(page)  # why there is nothing live
            tried.add(key)
        assert not page.exception
        assert not page.error
        assert "LIVE" not in html(page), step.name
        if step is not STEPS[-1]:
            page.button(key="lecture-next").click().run()
    assert tried == MEASURES


def test_a_phone_that_follows_shows_the_figures_and_measures_nothing(open_page: Any) -> None:
    for name, badge in (("hands", "RECORDED"), ("gpu", "RECORDED"), ("gallery", "")):
        page = open_page("lecture", follow=showings.begin(name).code)
        assert badge in html(page)
        assert not MEASURES & keys(page)


def wait_for(page: AppTest, key: str) -> None:
    """Until the button is there again and can be pressed."""
    deadline = time.monotonic() + PATIENCE_S
    while key not in keys(page) or page.button(key=key).disabled:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        page.run()


def test_the_notes_follow_and_turn(open_page: Any) -> None:
    showing = showings.begin(STEPS[0].name)
    page = open_page("lecture", notes=showing.speaker)
    assert STEPS[0].title in page.title[0].value
    assert STEPS[1].title in words(page)
    page.button(key="lecture-next").click().run()
    assert showings.find(showing.code).step == STEPS[1].name
    assert STEPS[1].title in page.title[0].value
    showings.turn(showing.speaker, STEPS[4].name)
    page.run()
    assert STEPS[4].title in page.title[0].value
    page.button(key=f"lecture-to-{STEPS[8].name}").click().run()
    page.button(key="lecture-restart").click().run()
    now = showings.find(showing.code)
    assert now.step == STEPS[8].name
    assert now.started_at > showing.started_at


def test_the_stage_turns_with_the_notes(open_page: Any) -> None:
    showing = showings.begin(STEPS[0].name)
    stage = open_page("lecture", step=STEPS[0].name, session=showing.speaker, **PROJECTOR)
    showings.turn(showing.speaker, STEPS[3].name)
    stage.run()
    assert stage.title[0].value == STEPS[3].title


def test_the_rooms_code_does_not_take_the_stage(open_page: Any) -> None:
    showing = showings.begin(STEPS[0].name)
    page = open_page("lecture", step=STEPS[5].name, session=showing.code, **PROJECTOR)
    assert showings.find(showing.code) == showing
    assert asked(page, "session")[:6] != showing.code


def test_the_rooms_code_shows_no_notes(open_page: Any) -> None:
    showing = showings.begin(STEPS[0].name)
    page = open_page("lecture", notes=showing.code)
    assert "the code of the room" in page.info[0].value
    assert STEPS[0].notes.splitlines()[0] not in words(page)


def test_a_phone_follows(open_page: Any) -> None:
    showing = showings.begin(STEPS[1].name)
    page = open_page("lecture", follow=showing.code)
    assert page.header[0].value == STEPS[1].title
    assert STEPS[1].text in words(page)
    assert "lecture-next" not in keys(page)
    showings.turn(showing.speaker, STEPS[2].name)
    page.run()
    assert page.header[0].value == STEPS[2].title


@pytest.mark.parametrize("way", ["follow", "notes"])
def test_a_code_that_there_is_not_leads_to_the_lecture(way: str, open_page: Any) -> None:
    page = open_page("lecture", **{way: "K7M4X2"})
    assert "no lecture with the code" in page.error[0].value
    page.button(key="lecture-alone").click().run()
    assert f"lecture-to-{STEPS[0].name}" in keys(page)


def test_a_code_is_typed_on_the_page(open_page: Any) -> None:
    showing = showings.begin(STEPS[1].name)
    page = open_page("lecture")
    page.text_input(key="lecture-code").input(f"{showing.code[:3]} {showing.code[3:]}".lower())
    page.button(key="lecture-follow").click().run()
    assert page.header[0].value == STEPS[1].title


def test_the_first_step_invites_the_room(open_page: Any) -> None:
    page = open_page("lecture", step="welcome", **PROJECTOR)
    code = showings.find(asked(page, "session")).code
    assert f"{code[:3]} {code[3:]}" in [header.value for header in page.header]


def test_the_apartment_grows_with_the_chips(open_page: Any) -> None:
    page = open_page("lecture", step="apartment", **PROJECTOR)
    few = words(page)
    page.select_slider(key="apartment-count").set_value(4096).run()
    assert "4,096" in words(page).replace("\\", "")
    assert words(page) != few
    assert page.get("plotly_chart")[0].proto.alt


def test_the_cloud_has_a_price_for_each_job(open_page: Any) -> None:
    page = open_page("lecture", step="cloud", **PROJECTOR)
    for job in page.selectbox(key="cloud-job").options:
        page.selectbox(key="cloud-job").select(job).run()
        assert "Cheapest" in words(page)
        assert not page.error


def test_the_room_asks_for_a_board_and_names_a_code_that_is_none(open_page: Any) -> None:
    page = open_page("lecture", step="room", **PROJECTOR)
    assert "Open a board" in words(page)
    page.text_input(key="room-code").input("nonsense").run()
    assert page.error
