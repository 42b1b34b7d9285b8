"""The page Board: each of its states, and what a moderator may do."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute import results
from compute.share import board
from compute.share.board import BoardProblem
from compute.share.board.codes import spoken
from compute.share.board.store import Boards
from pages._shared import moderation, reached, room_view
from tests.pages.reading import charts, keys, words
from tests.samples import CPU_RUN, GPU_RUN, sample_rows

PIN = "246810"
NAME = "Deep learning, lecture 5"


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The boards of one test are in a file that no other test sees; AppTest has no address for a visitor."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    monkeypatch.setattr(moderation, "sender", lambda: "test")


def csv(run: str, **changes: Any) -> bytes:
    return results.to_csv(row | changes for row in sample_rows() if row["run_id"] == run).encode()


def opened(*contents: bytes) -> str:
    """The code of a board that ends tomorrow, with these files on it."""
    code = board.boards().open(NAME, PIN, datetime.now(UTC) + timedelta(days=1)).code
    for content in contents:
        board.boards().post(code, content, "test")
    return code


def run(page: AppTest) -> AppTest:
    page.run()
    assert not page.exception, page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click()
    return run(page)


def table(page: AppTest, column: str) -> Any:
    """The table that has this column."""
    return next(shown.value for shown in page.dataframe if column in shown.value)


def choose(page: AppTest, name: str) -> AppTest:
    """Choose what is shown below the ranking."""
    page.pills(key="more").set_value(name)
    return run(page)


def moderate(page: AppTest, pin: str = PIN) -> AppTest:
    choose(page, "moderate")
    page.text_input(key="pin").input(pin)
    return press(page, "moderate-button")


# --- the door ---------------------------------------------------------------------------------------------------------


def test_without_a_code_the_page_says_what_a_board_is(open_page: Any) -> None:
    page = open_page("board")
    assert "a whole room of machines on one screen" in words(page)
    assert keys(page) >= {"join-button", "open-button"}
    assert not charts(page)


def test_a_board_is_opened_and_shown_on_the_wall(open_page: Any) -> None:
    page = open_page("board")
    page.text_input(key="name").input(NAME)
    page.text_input(key="new pin").input(PIN)
    press(page, "open-button")
    code = page.query_params["code"]
    assert page.query_params["screen"] == "projector"
    assert spoken(code) in [title.value for title in page.title]
    assert "Deep learning\\, lecture 5" in words(page)
    assert "An empty room" in words(page)
    picture = page.image[-1]
    assert picture.proto.imgs[0].alt == f"QR code of http://localhost:8501/room?code={code}"
    assert "close" in keys(choose(page, "moderate"))  # who has opened it moderates at once
    assert PIN not in str(page.query_params)


@pytest.mark.parametrize(
    ("name", "pin", "sentence"), [("", PIN, "needs a name"), (NAME, "123", "The PIN needs 6 to 64 characters")]
)
def test_a_board_that_cannot_be_opened_gets_a_sentence(name: str, pin: str, sentence: str, open_page: Any) -> None:
    page = open_page("board")
    page.text_input(key="name").input(name)
    page.text_input(key="new pin").input(pin)
    press(page, "open-button")
    assert sentence in page.error[0].value
    assert "code" not in page.query_params


def test_a_code_is_typed_as_people_type(open_page: Any) -> None:
    code = opened(csv(CPU_RUN))
    page = open_page("board")
    page.text_input(key="typed").input(f" {code[:3].lower()}-{code[3:]} ")
    press(page, "join-button")
    assert page.query_params["code"] == code
    assert page.get("file_uploader")


# --- no board to see --------------------------------------------------------------------------------------------------


def test_an_unknown_code_gets_a_sentence_and_a_way_out(open_page: Any) -> None:
    page = open_page("board", code="K7M4X2")
    assert page.error[0].proto.title == "No such board"
    press(page, "leave")
    assert "join-button" in keys(page)
    assert "code" not in page.query_params


def test_a_board_that_has_ended_says_when(open_page: Any, tmp_path: Path) -> None:
    then = datetime(2025, 1, 1, 12, tzinfo=UTC)
    past = Boards(f"sqlite:///{tmp_path / 'board.sqlite'}", lambda: then)
    code = past.open(NAME, PIN, then + timedelta(hours=2)).code
    page = open_page("board", code=code)
    assert page.error[0].proto.title == "This board has ended"
    assert "ended on 2025\\-01\\-01 at 14\\:00 UTC" in page.error[0].value


def test_a_database_that_is_away_gets_a_sentence(
    open_page: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path / "file"))
    page = open_page("board", code="K7M4X2")
    assert page.error[0].proto.title == "The boards cannot be reached"
    assert "tries again every second" in words(page)


def test_a_database_that_goes_away_leaves_what_was_seen(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    code = opened(csv(CPU_RUN))
    answers = iter([1])

    def look(code: str) -> int:
        if answer := next(answers, None):
            return answer
        raise BoardProblem(503, "The database does not answer.")

    monkeypatch.setattr(room_view, "look", look)
    page = open_page("board", code=code)
    assert "The database does not answer\\. What you see is from before." in page.warning[-1].value
    assert len(charts(page)) == 1


def test_a_closed_board_is_seen_but_takes_nothing(open_page: Any) -> None:
    code = opened(csv(CPU_RUN))
    board.boards().moderator(code, PIN, "test").close()
    page = open_page("board", code=code)
    assert "This board is closed" in words(page)
    assert not page.get("file_uploader")
    assert len(charts(page)) == 1


# --- taking part ------------------------------------------------------------------------------------------------------


def test_the_link_of_the_qr_code_leads_to_the_upload(open_page: Any) -> None:
    code = opened()
    page = open_page("board", code=code)
    assert "python many-hands.pyz run --board http://localhost:8501 " + code in [block.value for block in page.code]
    choose(page, "stored")
    assert "only counted in\nmemory against floods, never stored" in words(page)


def test_a_file_is_sent_and_seen(open_page: Any) -> None:
    code = opened()
    page = open_page("board", code=code)
    page.file_uploader[0].upload("cpu.csv", csv(CPU_RUN), "text/csv")
    run(page)
    assert "new on the board" in page.success[0].value
    assert "This room has 1 machine" in words(page)
    assert len(charts(page)) == 1
    assert len(board.boards().posts(code)) == 1


def test_a_bad_file_gets_its_sentence_and_a_good_one_beside_it_arrives(open_page: Any) -> None:
    code = opened()
    page = open_page("board", code=code)
    page.file_uploader[0].upload("bad.csv", b"a,b\n1,2\n", "text/csv")
    page.file_uploader[0].upload("gpu.csv", csv(GPU_RUN), "text/csv")
    run(page)
    assert "Nothing was stored" in page.error[0].value
    assert "bad\\.csv" in page.error[0].value
    assert "gpu\\.csv" in page.success[0].value


# --- the wall ---------------------------------------------------------------------------------------------------------


def test_the_wall_shows_the_sum_the_strips_and_the_places(open_page: Any) -> None:
    code = opened(csv(CPU_RUN), csv(GPU_RUN, label="Anna"))
    page = open_page("board", code=code, screen="projector")
    assert page.subheader[0].value == (
        "This room has 2 machines\\, 10 CPU cores\\, 1 accelerator and 21\\.7 TFLOP\\/s\\: together you are one NVIDIA "
        "A100 SXM4 40GB\\."
    )
    assert [trace["name"] for trace in charts(page)[0]["data"]] == ["Example GPU", "Example CPU, 2 cores"]
    places = table(page, "Place")
    assert places["Place"].tolist() == [1, 2]
    assert places["Who"].tolist() == ["Anna", "test data"]
    assert places["Rate"].tolist() == ["21.5 TFLOP/s", "215 GFLOP/s"]
    assert not page.get("file_uploader")


def test_what_was_drawn_for_one_is_drawn_for_all_until_the_board_changes(open_page: Any) -> None:
    code = opened(csv(CPU_RUN))
    first, second = (open_page("board", code=code, screen="projector") for _ in range(2))
    assert words(first) == words(second)
    assert charts(first) == charts(second)
    assert table(first, "Place").equals(table(second, "Place"))
    board.boards().post(code, csv(GPU_RUN), "test")
    room_view.turns.clear()
    run(second)
    assert len(table(second, "Place")) == 2
    assert len(charts(second)[0]["data"]) == 2


def test_another_race_and_one_size_are_in_the_link(open_page: Any) -> None:
    code = opened(csv(CPU_RUN), csv(GPU_RUN))
    page = open_page("board", code=code, screen="projector", race="Matrix product, fp32", size="64")
    assert page.selectbox(key="size").value == "64"
    page.selectbox(key="race").select("AlexNet, training, fp32")
    run(page)
    assert page.selectbox(key="size").value == "Each at its best size"  # nobody ran 64 images at a time
    assert table(page, "Place")["Rate"][0].endswith("images/s")


def test_what_is_invalid_or_was_skipped_stands_apart(open_page: Any) -> None:
    code = opened(csv(CPU_RUN))
    page = open_page("board", code=code, screen="projector")
    assert any("3 results stand apart, 1 of them invalid" in option for option in page.pills(key="more").options)
    choose(page, "apart")
    reasons = table(page, "Why")["Why"].tolist()
    assert "Invalid: 171.8 TFLOP/s is above 1.02 times the peak." in reasons


def test_equal_machines_are_a_lesson_in_noise(open_page: Any) -> None:
    code = opened(csv(CPU_RUN), csv(CPU_RUN, run_id="another"), csv(CPU_RUN, run_id="a-third", label="Anna"))
    page = open_page("board", code=code, screen="projector")
    assert "the fastest is 1 times as fast as the slowest" in words(page)


def test_an_address_that_phones_can_reach_replaces_localhost(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compute.share.invitation._own_address", lambda: "192.168.1.20")
    code = opened()
    page = open_page("board", code=code, screen="projector")
    page.session_state[reached.EDITING] = True  # the popover, which a browser test opens by a click
    assert "On a phone this address means the phone itself" in words(run(page))
    press(page, "use network")
    assert page.image[-1].proto.imgs[0].alt == f"QR code of http://192.168.1.20:8501/room?code={code}"
    page.session_state[reached.EDITING] = True
    assert "On a phone this address means the phone itself" not in words(run(page))


def test_an_address_that_is_none_gets_a_sentence(open_page: Any) -> None:
    page = open_page("board", code=opened(), screen="projector")
    page.session_state[reached.EDITING] = True
    page.session_state[reached.TYPED] = "nonsense"
    assert "This is no address" in run(page).error[0].value


def test_nothing_in_a_label_comes_alive(open_page: Any) -> None:
    label = "<img src=x onerror=alert(1)> [x](https://example.com) $x$"
    page = open_page("board", code=opened(csv(CPU_RUN, label=label)), screen="projector")
    assert "](https" not in words(page)
    assert all("<img" not in chart.proto.spec.replace("&lt;img", "") for chart in page.get("plotly_chart"))


# --- moderation -------------------------------------------------------------------------------------------------------


def test_a_wrong_pin_opens_nothing(open_page: Any) -> None:
    page = moderate(open_page("board", code=opened(csv(CPU_RUN))), "000000")
    assert "not the board" in page.error[0].value
    assert "close" not in keys(page)
    assert "000000" not in str(page.query_params)


def test_hide_show_and_delete(open_page: Any) -> None:
    code = opened(csv(CPU_RUN), csv(GPU_RUN))
    page = moderate(open_page("board", code=code, screen="projector"))
    assert page.button(key="Hide").disabled
    [_, gpu] = [post.id for post in board.boards().posts(code)]
    for key, machines in (("Hide", 1), ("Show again", 2), ("Delete", 1)):
        page.multiselect(key="chosen posts").set_value([gpu])
        run(page)
        press(page, key)
        assert f"This room has {machines} machine" in words(page)
        assert page.multiselect(key="chosen posts").value == []
    assert len(board.boards().posts(code)) == 1


def test_closing_and_clearing_are_asked_for(open_page: Any) -> None:
    code = opened(csv(CPU_RUN))
    page = moderate(open_page("board", code=code, screen="projector"))
    press(page, "clear")
    assert "deleted for good" in words(page)
    assert len(board.boards().posts(code)) == 1
    press(page, "confirmed")
    assert board.boards().posts(code) == []
    press(page, "close")
    press(page, "confirmed")
    assert board.boards().find(code).closed


def test_knowing_one_boards_pin_moderates_no_other(open_page: Any) -> None:
    one, other = opened(csv(CPU_RUN)), opened(csv(GPU_RUN))
    page = moderate(open_page("board", code=one))
    assert "close" in keys(page)
    page.query_params["code"] = other
    assert "close" not in keys(run(page))


# --- and from here ----------------------------------------------------------------------------------------------------


def test_the_board_is_compared_and_found_again(open_page: Any) -> None:
    code = opened(csv(CPU_RUN), csv(GPU_RUN))
    page = open_page("board", code=code, screen="projector")
    press(page, "compare")
    assert page.title[0].value == "Compare"
    assert len(charts(page)) >= 1
    page.switch_page("board.py")
    run(page)
    assert page.query_params["code"] == code
    assert page.query_params["screen"] == "projector"


def test_both_views_lead_to_the_other(open_page: Any) -> None:
    page = open_page("board", code=opened(csv(CPU_RUN)))
    press(page, "wall")
    assert page.query_params["screen"] == "projector"
    assert not page.get("file_uploader")
    press(page, "take part")
    assert page.get("file_uploader")
