"""The demos gates, adder, tiny_cpu, systolic and chips without a browser."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tests import samples
from tests.pages.conftest import Ship


def script(demo: str) -> None:
    """What the stage does with a demo."""
    import importlib

    from compute.lecture.steps import Step

    importlib.import_module(f"pages._lecture.{demo}").draw(Step(demo, "A step", 3, "Text.", demo))


def opened(demo: str) -> AppTest:
    return checked(AppTest.from_function(script, kwargs={"demo": demo}, default_timeout=30).run())


def checked(app: AppTest) -> AppTest:
    assert not app.exception, app.exception
    return app


def picture(app: AppTest) -> str:
    """What the browser gets to show."""
    [component] = app.get("bidi_component")
    found: str = json.loads(component.proto.json)
    return found


def view(app: AppTest, demo: str, name: str) -> AppTest:
    return checked(app.segmented_control(key=f"{demo}-view").set_value(name).run())


def press(app: AppTest, key: str) -> AppTest:
    return checked(app.button(key=key).click().run())


# --- gates ----------------------------------------------------------------------------------------------------


def test_gates_keep_their_inputs_from_view_to_view() -> None:
    app = opened("gates")
    assert "A is 0, B is 0: the lamp is off" in picture(app)
    app.session_state["gates-a"] = 1
    assert "XOR of A = 1 and B = 0 is 1" in picture(view(app, "gates", "Gates"))
    assert "1 + 0 gives sum 1 and carry 0" in picture(view(app, "gates", "Half adder"))
    assert "1 + 0 + 0 gives sum 1 and carry 0" in picture(view(app, "gates", "Full adder"))


# --- adder ----------------------------------------------------------------------------------------------------


def test_the_adder_adds_and_multiplies_the_numbers_that_one_chooses() -> None:
    app = opened("adder")
    assert "77 + 58 = 135" in picture(app)
    press(app, "adder-255 and 1")
    first = picture(app)
    assert "255 + 1 = 256. 8 places carry" in first
    press(app, "adder-again")
    assert picture(app) != first
    assert "255 × 1 = 255" in picture(view(app, "adder", "Multiply"))


def test_one_picture_says_where_its_rate_comes_from(ship: Ship) -> None:
    ship(samples.sample_rows())
    app = view(opened("adder"), "adder", "One picture")
    machines = app.selectbox(key="adder-machine").options
    assert machines == ["Example CPU, 2 cores (test data)", "Example GPU (test data)"]
    for machine, when in zip(machines, ("31 January 2025", "31 January 2025"), strict=True):
        checked(app.selectbox(key="adder-machine").set_value(machine).run())
        badge = "".join(part.proto.body for part in app.get("html"))
        assert f"RECORDED</strong>{machine}, {when}" in badge
        assert "gate decisions every second" in picture(app)


def test_without_a_result_one_picture_says_what_to_do() -> None:
    app = view(opened("adder"), "adder", "One picture")
    assert "No machine in view has taken pictures through AlexNet yet" in app.info[0].value


# --- the tiny machine -----------------------------------------------------------------------------------------


def test_the_machine_steps_there_and_back() -> None:
    app = opened("tiny_cpu")
    assert "Ready. Press Step" in picture(app)
    assert app.button(key="tiny_cpu-Back").disabled
    for words in ("Fetch line 1 from memory.", "SET: put a number into a register.", "D = 0."):
        press(app, "tiny_cpu-Step")
        assert words in picture(app)
    press(app, "tiny_cpu-Next line")
    assert "A = 3, from memory 0." in picture(app)
    press(app, "tiny_cpu-Back")
    assert "LOAD: fetch from memory into a register." in picture(app)
    press(app, "tiny_cpu-To the end")
    assert "Memory: 3 1 4 1 5 9 2 6 8 10 6 7 0 0 0 0." in picture(app)
    assert "Stop. Done after 34 instructions." in picture(app)
    assert app.button(key="tiny_cpu-Step").disabled
    press(app, "tiny_cpu-Start over")
    assert "Ready. Press Step" in picture(app)


def edit(app: AppTest, program: str) -> AppTest:
    return checked(app.text_area(key="tiny_cpu-program").set_value(program).run())


def test_another_program_runs_from_its_start() -> None:
    app = press(opened("tiny_cpu"), "tiny_cpu-To the end")
    edit(app, "SET A 40\nADD A 2\nSTORE A [0]\nHALT")
    assert "Ready. Press Step" in picture(app)
    press(app, "tiny_cpu-To the end")
    assert "Memory: 42 1 4 1" in picture(app)
    checked(app.text_input(key="tiny_cpu-data").set_value("9 9").run())
    assert "Memory: 9 9 0 0" in picture(app)
    press(app, "tiny_cpu-restore")
    assert "Memory: 3 1 4 1 5 9 2 6" in picture(app)
    assert "JNZERO C loop" in picture(app)


def test_a_bad_program_gets_a_message_with_the_line_and_can_be_mended() -> None:
    app = edit(opened("tiny_cpu"), "SET A 1\nJUPM end\nHALT 3")
    assert not app.get("bidi_component")
    said = app.error[0].value.replace("\\", "")
    assert "Line 2: “JUPM” is no instruction. Did you mean JUMP?" in said
    assert "Line 3: HALT takes nothing behind it, found 1." in said
    assert app.button(key="tiny_cpu-Step").disabled
    edit(app, "HALT")
    assert not app.error
    checked(app.text_input(key="tiny_cpu-data").set_value("1 x").run())
    assert "Found “x” for the memory" in app.error[0].value


def test_an_endless_loop_ends_with_a_sentence() -> None:
    app = press(edit(opened("tiny_cpu"), "loop: JUMP loop"), "tiny_cpu-To the end")
    assert "Still not done after 500 instructions: an endless loop? Line 1 was the last." in picture(app)


# --- systolic array and chips ---------------------------------------------------------------------------------


def test_the_array_beats_there_and_back() -> None:
    app = opened("systolic")
    assert "in beat 0: 0 of 9 work" in picture(app)
    press(app, "systolic-Step")
    assert "in beat 1: 1 of 9 work" in picture(app)
    press(app, "systolic-To the end")
    assert "27 in this grid, 63 one by one. 9 sums are finished" in picture(app)
    assert app.button(key="systolic-Step").disabled
    press(app, "systolic-Back")
    assert "in beat 6" in picture(app)


@pytest.mark.parametrize(("size", "words"), [(128, "86 times fewer trips"), (256, "171 times fewer trips")])
def test_a_large_array_is_told_in_figures(size: int, words: str) -> None:
    app = view(opened("systolic"), "systolic", "Full size")
    checked(app.segmented_control(key="systolic-size").set_value(size).run())
    assert words in picture(app)


def test_an_ipu_has_its_memory_near() -> None:
    assert "IPU: memory beside each core" in picture(view(opened("systolic"), "systolic", "IPU"))


def test_ones_own_chip_stands_beside_the_others() -> None:
    app = opened("chips")
    assert "RTX 4090" not in picture(app)
    checked(app.selectbox(key="chips-mine").set_value("rtx-4090").run())
    assert "RTX 4090" in picture(app)
    assert picture(app).count('class="marked"') == 1
