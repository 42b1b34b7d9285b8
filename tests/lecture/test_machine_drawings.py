"""The drawings of gates, adders, the tiny machine and the systolic array: well formed, and showing what is true."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.charts import _style
from compute.lecture import adder_drawing, cpu_drawing, gates, gates_drawing, svg, systolic, systolic_drawing, tiny_cpu
from compute.lecture.systolic import EXAMPLE_W, EXAMPLE_X

bits, bytes_ = st.integers(0, 1), st.integers(0, 255)


def pictures(markup: str) -> list[ElementTree.Element]:
    """The pictures of some markup; each has a name for whoever cannot see it, and nothing in it lies outside."""
    found = list(ElementTree.fromstring(f"<div>{markup}</div>").iter("svg"))
    assert found
    for picture in found:
        assert picture.get("aria-label") == picture.findtext("title")
        assert len(picture.get("aria-label", "")) > 10
        _, _, width, height = map(float, picture.get("viewBox", "").split())
        for text in picture.iter("text"):
            assert 0 <= float(text.get("x", -1)) <= width, text.text
            assert 0 <= float(text.get("y", -1)) <= height, text.text
            assert int(text.get("font-size", 0)) >= 25
    return found


def switches(markup: str) -> dict[str, str]:
    """What can be pressed: name -> whether it is on. Each has a label and can be reached by keyboard."""
    found = {}
    for part in ElementTree.fromstring(f"<div>{markup}</div>").iter("g"):
        if name := part.get("data-press"):
            assert part.get("role") == "switch"
            assert part.get("tabindex") == "0"
            assert part.get("aria-label")
            found[name] = part.get("aria-checked", "")
    return found


def words(markup: str) -> list[str]:
    return [text.text or "" for text in ElementTree.fromstring(f"<div>{markup}</div>").iter("text")]


# --- switches and gates ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize(("a", "b"), [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_switches_light_the_lamp_when_they_should(a: int, b: int, dark: bool) -> None:
    drawing = gates_drawing.switches(a, b, dark)
    series, parallel = pictures(drawing)
    assert series.get("aria-label", "").endswith(f"the lamp is {'on' if a and b else 'off'}.")
    assert parallel.get("aria-label", "").endswith(f"the lamp is {'on' if a or b else 'off'}.")
    assert switches(drawing) == {"a": str(bool(a)).lower(), "b": str(bool(b)).lower()}


def test_the_four_gates_say_what_they_answer() -> None:
    alts = [picture.get("aria-label") for picture in pictures(gates_drawing.four_gates(1, 1, False))]
    assert alts == [
        "OR of A = 1 and B = 1 is 1: one or both.",
        "AND of A = 1 and B = 1 is 1: both.",
        "XOR of A = 1 and B = 1 is 0: one, not both.",
        "NAND of A = 1 and B = 1 is 0: not both.",
    ]


@given(bits, bits, bits, st.booleans())
@settings(max_examples=16)
def test_half_and_full_adders_say_their_sum(a: int, b: int, c: int, dark: bool) -> None:
    half, full = gates_drawing.half_adder(a, b, dark), gates_drawing.full_adder(a, b, c, dark)
    assert len(pictures(half)) == len(pictures(full)) == 2
    assert f"{a} + {b} = {a + b}" in words(half)
    assert f"{a} + {b} + {c} = {a + b + c}" in words(full)
    assert switches(full).keys() == {"a", "b", "c"}


# --- adder and multiplier -------------------------------------------------------------------------------------


@given(bytes_, bytes_, st.booleans())
@settings(max_examples=20)
def test_the_adder_and_the_multiplier_show_their_numbers(a: int, b: int, dark: bool) -> None:
    for drawing, result in (
        (adder_drawing.adder(a, b, 0, dark), f"= {a + b}"),
        (adder_drawing.multiplier(a, b, dark), f"= {a * b:,}"),
    ):
        assert len(pictures(drawing)) == 2
        assert result in words(drawing)
        pressed = switches(drawing)
        for name, number in (("a", a), ("b", b)):
            on = [pressed[f"{name}{place}"] == "true" for place in range(8)]
            assert gates.number_of(list(map(int, on))) == number


def test_the_carry_comes_later_the_further_it_has_to_run() -> None:
    drawing = adder_drawing.adder(255, 1, 0, False)
    delays = [float(found) for found in re.findall(r"--after:([\d.]+)s", drawing)]
    assert max(delays) == pytest.approx(16 * adder_drawing.DELAY_S, abs=0.2)
    assert "8 places carry to the left" in drawing
    # Played again, it is another drawing, so that the browser plays it once more.
    assert adder_drawing.adder(255, 1, 1, False) != drawing


def test_the_way_to_a_picture_is_multiplied_out() -> None:
    drawing = adder_drawing.one_picture(100.0, "cpu", False)
    assert len(pictures(drawing)) == 3
    assert {"429", "714 M", "100"} <= set(words(drawing))
    assert "half adder 2 → full adder 5 → adder 37 → multiplier 320 → multiply-add 429" in drawing
    # 429 gates x 714,188,480 multiply-adds x 100 pictures.
    assert gates.multiply_adds_per_picture() == 714_188_480
    assert "30.6 trillion gate decisions every second" in drawing
    # 10 seconds each: 7.14e9 s of 31,557,600 s a year.
    assert "by hand: 226 years" in words(drawing)


# --- the tiny machine -----------------------------------------------------------------------------------------


def test_the_machine_is_drawn_in_every_moment() -> None:
    run = tiny_cpu.run(tiny_cpu.parse(tiny_cpu.VECTOR_SUM), tiny_cpu.parse_memory("3 1 4 1 5 9 2 6"))
    for place, moment in enumerate(run.moments):
        drawing = cpu_drawing.machine(run, place, dark=False)
        program, processor, memory = pictures(drawing)
        assert moment.words in drawing
        assert (f"line {moment.line} in work" in program.get("aria-label", "")) == bool(moment.line)
        assert f"trips to memory: {moment.touches}" in processor.get("aria-label", "")
        assert memory.get("aria-label") == f"Memory: {' '.join(map(str, moment.memory))}."
    assert "Done after 34 instructions." in drawing


def test_a_long_program_is_shown_around_the_line_in_work_and_escaped() -> None:
    run = tiny_cpu.run(tiny_cpu.parse("# <script> & more\n" + "ADD A 1\n" * 30 + "HALT"), (0,) * 16)
    shown = words(cpu_drawing.machine(run, len(run.moments) - 1, dark=True))
    assert "HALT" in shown
    assert "1" not in shown[: shown.index("HALT")]
    assert "# <script> & more" in words(cpu_drawing.machine(run, 0, dark=True))


# --- the systolic array ---------------------------------------------------------------------------------------


def test_the_array_is_drawn_in_every_beat() -> None:
    for place, beat in enumerate(systolic.beats(EXAMPLE_X, EXAMPLE_W)):
        grid, counts = pictures(systolic_drawing.array(EXAMPLE_X, EXAMPLE_W, place, dark=bool(place % 2)))
        assert grid.get("aria-label", "").endswith(f"{beat.busy} of 9 work.")
        assert f"{beat.reads + beat.writes} in this grid" in counts.get("aria-label", "")
    # 27 multiply-adds read 54 numbers and write 9 sums; the grid reads 18 and writes 9.
    assert "27 in this grid, 63 one by one" in counts.get("aria-label", "")


@pytest.mark.parametrize("size", [4, 128, 256])
def test_a_large_grid_is_drawn_with_its_figures(size: int) -> None:
    assert f"{size * size:,} hands" in words(systolic_drawing.large(size, dark=False))
    assert len(pictures(systolic_drawing.large(size, dark=True))) == 2


def test_near_memory_has_its_figures_from_the_table_of_chips() -> None:
    drawing = systolic_drawing.near_memory(dark=False)
    far, near = pictures(drawing)
    assert far.get("aria-label") == "GPU: one large memory: H200: 4.80 TB/s from 141 GiB."
    assert near.get("aria-label") == "IPU: memory beside each core: GC200: 47.5 TB/s from 0.9 GiB."
    # 47.5 / 4.8: the dots run ten times as fast.
    assert set(re.findall(r"--lasts:([\d.]+)s", drawing)) == {"4.00", "0.40"}


# --- colours --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dark", [False, True])
def test_words_and_marks_have_enough_contrast(dark: bool) -> None:
    colour = svg.colours(dark)
    # Words in large type need 3, all others 4.5.
    assert contrast(colour.on_ink, colour.on) >= 4.5
    assert contrast(colour.paper, colour.tpu) >= 4.5
    assert contrast(colour.tpu, colour.paper) >= 4.5
    for mark in (colour.ink, colour.faint, colour.cpu, colour.gpu, colour.tpu, colour.ipu):
        assert contrast(mark, colour.paper) >= 3
    assert colour.paper == _style.look(dark).paper


def contrast(one: str, other: str) -> float:
    """Contrast of two colours as WCAG 2 defines it."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
