"""The table of chips: figures as data/hardware.csv has them, bars to scale, unknown as unknown."""

import re
from xml.etree import ElementTree

import pytest

from compute import hardware
from compute.lecture import chips


def figures(id: str) -> list[str]:
    chip = hardware.chip(id)
    assert chip is not None
    return [str(figure) for figure in chips.figures(chip)]


def test_figures_are_those_of_the_file() -> None:
    assert figures("h200") == ["990 TFLOP/s bf16", "4.80 TB/s", "700 W"]
    assert figures("t4") == ["65.0 TFLOP/s fp16", "320 GB/s", "70 W"]
    assert figures("tpu-v6e") == ["918 TFLOP/s bf16", "1.64 TB/s", "380 W"]


def test_what_is_unknown_says_so_and_has_no_bar() -> None:
    assert figures("xeon-8480") == ["7.17 TFLOP/s fp32", "unknown", "350 W"]
    xeon = row(chips.table(chips.shown(), "", False), "Xeon Platinum 8480+")
    assert [len(cell.findall("i")) for cell in xeon[1:]] == [1, 0, 1]


def test_bars_are_to_scale_in_their_column() -> None:
    table = chips.table(chips.shown(), "", False)
    assert widths(table, "H200 SXM 141GB") == pytest.approx([100, 100 * 4.8 / 47.5, 100], abs=0.01)
    assert widths(table, "T4") == pytest.approx([100 * 65 / 989.5, 100 * 320 / 47500, 10], abs=0.01)


def test_one_more_chip_stands_on_top_and_is_marked() -> None:
    shown = chips.shown("apple-m1")
    assert [chip.id for chip in shown] == ["apple-m1", *chips.SHOWN]
    assert row(chips.table(shown, "apple-m1", True), "M1").get("class") == "marked"
    # One that is there already is marked where it stands.
    assert [chip.id for chip in chips.shown("h200")] == list(chips.SHOWN)


def test_every_chip_can_be_shown() -> None:
    for chip in hardware.chips():
        table = chips.table(chips.shown(chip.id), chip.id, False)
        assert row(table, chips.short(chip)).get("class") == "marked"
        assert all(0 < width <= 100 for width in widths(table, chips.short(chip)))


def test_the_table_is_told_in_words() -> None:
    table = ElementTree.fromstring(chips.table(chips.shown(), "", False))
    assert "Mk2 GC200 IPU: 250 TFLOP/s fp16, 47.5 TB/s, unknown" in table.get("aria-label", "")


def test_a_chip_that_is_not_in_the_file_is_refused() -> None:
    with pytest.raises(LookupError, match=r"no chip z80 in hardware\.csv"):
        chips.shown("z80")


def row(table: str, name: str) -> ElementTree.Element:
    rows = [part for part in ElementTree.fromstring(table) if "".join(part[0].itertext()).endswith(f" {name}")]
    return rows[0]


def widths(table: str, name: str) -> list[float]:
    bars = row(table, name).iter("i")
    return [float(re.findall(r"width:([\d.]+)%", bar.get("style", ""))[0]) for bar in bars]
