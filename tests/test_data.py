"""The facts in data/: sourced, possible, and documented column by column."""

import csv
import re
from dataclasses import fields
from itertools import pairwise
from pathlib import Path

import pytest

from compute import documentation, hardware
from compute.lecture import live
from compute.money import assumptions, azure, prices, published, purchases

CHIPS = hardware.chips()
ACCELERATORS = [chip for chip in CHIPS if chip.kind != "cpu"]
MONEY = (prices, assumptions, published, purchases, azure)
README = documentation.README.read_text(encoding="utf-8")


def documented(heading: str) -> list[str]:
    """The column names in the table under a heading of data/README.md."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


def test_every_column_is_documented_in_order() -> None:
    assert documented("hardware.csv") == [field.name for field in fields(hardware.Chip)]
    for file in MONEY:
        assert documented(file.DATA.name) == list(file.COLUMNS)
    assert documented("lecture/recorded.csv") == list(live.COLUMNS)


def test_the_table_of_result_columns_is_current() -> None:
    """If this fails, run: python -c "from compute.documentation import *; write_data_readme()"."""
    assert documentation.with_current_columns(README) == README


@pytest.mark.parametrize(
    "text",
    [
        "no marker",
        documentation.BEGIN,
        documentation.END + documentation.BEGIN,
        documentation.BEGIN * 2 + documentation.END,
    ],
)
def test_a_readme_without_its_markers_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        documentation.with_current_columns(text)


def test_only_the_part_between_the_markers_is_written() -> None:
    text = f"before {documentation.BEGIN} old {documentation.END} after"
    new = documentation.with_current_columns(text)
    assert new.startswith(f"before {documentation.BEGIN}\n| column |")
    assert new.endswith(f"{documentation.END} after")
    assert " old " not in new


def test_chips_have_ids_of_their_own() -> None:
    ids = [chip.id for chip in CHIPS]
    assert len(ids) == len(set(ids)) >= 67
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]*", id) for id in ids)


def test_every_chip_has_a_source() -> None:
    assert [chip.id for chip in CHIPS if not chip.source_url.startswith("https://")] == []


def test_kinds_and_years() -> None:
    assert {chip.kind for chip in CHIPS} == {"cpu", "gpu", "tpu", "ipu", "npu"}
    assert all(2010 <= chip.year <= 2030 for chip in CHIPS if chip.year is not None)


def test_forms_say_what_fits_into_a_desktop() -> None:
    """Modules (SXM, OAM, TPU) do not fit a slot; only CPUs sit in sockets."""
    assert {chip.form for chip in ACCELERATORS} == {"card", "module"}
    assert {chip.form for chip in CHIPS if chip.kind == "cpu"} == {"socket"}
    assert [chip.id for chip in CHIPS if "SXM" in chip.name and chip.form != "module"] == []
    assert [chip.id for chip in CHIPS if "PCIe" in chip.name and chip.form != "card"] == []


def test_no_two_chips_share_a_device_kind() -> None:
    kinds = [kind for chip in ACCELERATORS for kind in chip.jax_device_kind.split(";") if kind]
    assert len(kinds) == len(set(kinds))


def test_a_chip_that_jax_can_name_says_how_many_devices_it_is() -> None:
    named = [chip for chip in ACCELERATORS if chip.jax_device_kind]
    assert all(chip.jax_devices in (1, 2) for chip in named)
    assert {chip.id for chip in named if chip.jax_devices == 2} == {"tpu-v2", "tpu-v3", "tpu-v7"}


@pytest.mark.parametrize("chip", [chip for chip in ACCELERATORS if chip.vendor == "NVIDIA"], ids=lambda c: c.id)
def test_peaks_are_dense(chip: hardware.Chip) -> None:
    """On NVIDIA's tensor cores half the bits give twice the rate; a sparse figure that slipped in gives four.

    GeForce adds fp16 products in fp32 at half rate, so there the next step is four.
    """
    step = 4 if "GeForce" in chip.name else 2
    for wide, narrow, factor in [
        (chip.tf32_tflops, chip.fp16_tflops, 2),
        (chip.fp16_tflops, chip.fp8_tflops, step),
        (chip.fp16_tflops, chip.int8_tops, step),
        (chip.fp64_tflops, chip.fp64_tensor_tflops, 2),
    ]:
        if wide is not None and narrow is not None:
            assert narrow <= wide * factor * 1.02
    if chip.bf16_tflops is not None:
        assert chip.bf16_tflops == chip.fp16_tflops


@pytest.mark.parametrize("chip", ACCELERATORS, ids=lambda chip: chip.id)
def test_wider_numbers_are_never_faster(chip: hardware.Chip) -> None:
    """fp16 of old Quadros is slower than fp32 by design, so it is compared from tf32 on."""
    rates = [chip.fp64_tflops, chip.fp32_tflops, chip.tf32_tflops, chip.bf16_tflops, chip.fp8_tflops]
    known = [rate for rate in rates if rate is not None]
    assert all(slower <= faster * 1.0001 for slower, faster in pairwise(known))


@pytest.mark.parametrize("file", [hardware.DATA, *(file.DATA for file in MONEY)], ids=lambda file: file.name)
def test_files_are_plain_csv(file: Path) -> None:
    """UTF-8 without a mark, Unix line ends, no blank line, no stray space, every row as long as its header."""
    data = file.read_bytes()
    assert b"\r" not in data
    assert not data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(data.decode("utf-8").splitlines()))
    assert {len(row) for row in rows} == {len(rows[0])}
    assert all(cell == cell.strip() for row in rows for cell in row)


def test_notes_point_to_nothing_a_reader_cannot_see() -> None:
    text = "".join(file.read_text(encoding="utf-8") for file in (hardware.DATA, *(file.DATA for file in MONEY)))
    assert re.findall(r"index \d+|stored (?:source|cop)|in the brief", text) == []
