import math
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.charts import _style
from compute.compare.pick import owner
from tests.charts.frames import frame
from tests.samples import sample_row

CONFIG = Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml"
# What Streamlit 1.67 paints pages in.
BACKGROUNDS = {False: "#ffffff", True: "#171614"}
POSITIVE = st.floats(1e-9, 1e18)


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast of two colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_contrast_itself() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("dark", [False, True])
def test_text_reaches_aa_and_marks_reach_three_to_one(dark: bool) -> None:
    look, background = _style.look(dark), BACKGROUNDS[dark]
    assert min(contrast(colour, background) for colour in (look.ink, look.faint, look.bad)) >= 4.5
    assert min(contrast(colour, background) for colour in chain(*look.kinds.values())) >= 3
    assert contrast(look.accent, background) >= 3


@pytest.mark.parametrize("dark", [False, True])
def test_machines_of_one_kind_differ_in_lightness(dark: bool) -> None:
    for shades in _style.look(dark).kinds.values():
        assert contrast(shades[0], shades[1]) >= 1.3


def test_kinds_have_their_colours() -> None:
    rows = [
        sample_row(backend="cpu"),
        sample_row(backend="gpu"),
        sample_row(backend="tpu"),
        sample_row(backend="other", device_kind="IPU-M2000"),
        sample_row(backend="other", device_kind="Something else"),
    ]
    assert [_style.kind(row) for row in rows] == ["cpu", "gpu", "tpu", "ipu", "other"]


def test_a_second_machine_of_a_kind_has_another_shade_and_place() -> None:
    rows = [
        {"machine": name, "source": "shipped", "backend": backend}
        for name, backend in (("a", "gpu"), ("b", "cpu"), ("c", "gpu"), ("a", "gpu"))
    ]
    looks = _style.machine_looks(rows, dark=False)
    gpu = _style.LIGHT.kinds["gpu"]
    assert [looks[owner(row)].colour for row in rows[:3]] == [gpu[0], _style.LIGHT.kinds["cpu"][0], gpu[1]]
    assert [looks[owner(row)].place for row in rows[:3]] == [0, 0, 1]


@pytest.mark.parametrize("source", ["measured here", "uploaded", "shipped"])
@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("dtype", [*_style.DTYPE_MARKS, "something new"])
def test_markers_are_known_to_plotly_and_open_only_when_uploaded(dtype: str, place: int, source: str) -> None:
    import plotly.graph_objects as go

    symbol = _style.symbol(_style.dtype_mark(dtype)[0], place, source)
    go.scatter.Marker(symbol=symbol)
    assert ("open" in symbol) == (source == "uploaded")


def test_bars_say_by_their_fill_where_a_number_comes_from() -> None:
    fills = {
        source: _style.bar_fill(source, "#009E73", False)
        for source in ("measured here", "shipped", "uploaded", "published", "estimated")
    }
    assert fills["measured here"] == fills["shipped"]
    assert fills["uploaded"]["color"] == "rgba(0,0,0,0)"
    assert fills["published"]["pattern"] == fills["estimated"]["pattern"]
    assert fills["estimated"]["opacity"] < fills["published"]["opacity"]


def test_text_from_outside_stays_text() -> None:
    assert (
        _style.plain("<b>x</b>\n <a href='javascript:1'>y</a>")
        == "&lt;b&gt;x&lt;/b&gt; &lt;a href='javascript:1'&gt;y&lt;/a&gt;"
    )
    assert len(_style.plain("x" * 500)) == 60


def test_a_long_name_in_the_legend_takes_two_lines_and_stays_text() -> None:
    assert _style.legend_name("AMD EPYC, 2 cores", "training, fp32") == "AMD EPYC, 2 cores, training, fp32"
    named = _style.legend_name("AMD EPYC, 2 cores (<b>my</b> laptop) (uploaded)", "training, fp32")
    assert named == "AMD EPYC, 2 cores (&lt;b&gt;my&lt;/b&gt; laptop)<br>(uploaded), training, fp32"


@given(st.lists(st.integers(1, 2**40), min_size=1))
def test_log2_ticks_are_powers_of_two_that_span_the_sizes_and_fit_a_phone(sizes: list[int]) -> None:
    axis = _style.log2_axis(sizes, "n")
    assert all(math.log2(tick).is_integer() for tick in axis["tickvals"])
    assert 1 <= len(axis["tickvals"]) <= 7
    assert axis["ticktext"] == [str(tick) for tick in axis["tickvals"]]
    assert axis["range"][0] < math.log10(min(sizes))
    assert axis["range"][1] > math.log10(max(sizes))


@given(st.lists(POSITIVE, min_size=1))
def test_log_ticks_lie_on_the_axis_which_holds_every_value(values: list[float]) -> None:
    axis = _style.log_axis(values, "s")
    low, high = axis["range"]
    assert low <= math.log10(min(values))
    assert math.log10(max(values)) <= high
    assert all(low <= math.log10(tick) <= high for tick in axis["tickvals"])
    assert 2 <= len(axis["tickvals"]) <= 9
    assert len(set(axis["ticktext"])) == len(axis["tickvals"])


@given(st.lists(POSITIVE, min_size=1))
def test_linear_ticks_begin_at_zero_and_hold_every_value(values: list[float]) -> None:
    axis = _style.linear_axis(values)
    assert axis["tickvals"][0] == 0
    assert axis["ticktext"][0] == "0"
    assert axis["range"][1] >= max(values)
    assert 3 <= len(axis["tickvals"]) <= 8
    assert len(set(axis["ticktext"])) == len(axis["tickvals"])


def test_ticks_are_written_with_si_prefixes() -> None:
    assert _style.log_axis([1e9, 1e12])["ticktext"] == ["1 G", "10 G", "100 G", "1 T"]
    assert _style.linear_axis([150e9])["ticktext"] == ["0", "50 G", "100 G", "150 G"]


def test_a_figure_does_not_depend_on_the_default_template() -> None:
    import plotly.io as pio

    before = _style.figure("x").to_dict()
    default = pio.templates.default
    try:
        pio.templates.default = "plotly_dark"
        assert _style.figure("x").to_dict() == before
    finally:
        pio.templates.default = default


def test_text_is_large_enough_for_the_hall() -> None:
    layout = _style.figure("x").layout
    assert layout.xaxis.tickfont.size == layout.yaxis.tickfont.size == layout.legend.font.size == 16
    assert layout.title.font.size == layout.xaxis.title.font.size == 18


def test_the_theme_has_the_ten_colours_that_plotly_needs() -> None:
    theme = tomllib.loads(CONFIG.read_text())["theme"]
    for name in ("light", "dark"):
        assert len(set(theme[name]["chartCategoricalColors"])) == 10


def test_sentences_on_what_is_left_out() -> None:
    rows = [{str(name): value for name, value in row.items()} for row in frame().to_dict("records")]
    assert _style.left_out(rows) == [
        "1 case invalid: shown as a red cross and not used.",
        "1 case skipped: It needs 12 GiB, and 8 GiB are free.",
        "1 case failed: The device ran out of memory.",
    ]
