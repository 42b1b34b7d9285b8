"""The page Compare: files that visitors bring, good and bad, and what comes out of them."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute import results
from compute.share import archive
from compute.share.shelf import Shelf
from pages._shared import certificate, data
from tests.pages.reading import charts, keys, words
from tests.samples import CPU_RUN, GPU_RUN, sample_rows


def of_run(run_id: str, **changes: Any) -> list[results.Row]:
    return [row | changes for row in sample_rows() if row["run_id"] == run_id]


def csv(rows: list[results.Row]) -> bytes:
    return results.to_csv(rows).encode()


def bring(page: AppTest, *files: tuple[str, bytes]) -> AppTest:
    """Drop files on the uploader."""
    for name, content in files:
        page.file_uploader[0].upload(name, content, "text/csv")
    page.run()
    assert not page.exception, page.exception
    return page


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def test_the_empty_page_teaches(open_page: Any) -> None:
    page = open_page("compare")
    assert "One machine is not a comparison" in words(page)
    assert not charts(page)


def test_two_files_are_compared(open_page: Any) -> None:
    page = open_page("compare")
    bring(page, ("cpu.csv", csv(of_run(CPU_RUN))), ("gpu.csv", csv(of_run(GPU_RUN))))
    assert page.selectbox(key="baseline").value == CPU_RUN
    counts = metrics(page)
    assert counts["▲ faster"] != "0 of 19"
    assert sum(int(value.split()[0]) for value in counts.values()) == len(page.dataframe[0].value)
    assert len(charts(page)) == 1
    assert "cpu\\.csv" in words(page)

    page.selectbox(key="baseline").select(GPU_RUN).run()
    assert metrics(page)["▼ slower"] == counts["▲ faster"]


def test_an_upload_beside_the_recorded_machine(open_page: Any, ship: Any) -> None:
    ship(of_run(GPU_RUN))
    page = bring(open_page("compare"), ("cpu.csv", csv(of_run(CPU_RUN))))
    assert len(charts(page)) == 1


def test_it_begins_with_a_machine_that_has_cases_in_common(open_page: Any, ship: Any) -> None:
    stranger = [row | {"run_id": "20250131-120500-only", "size": 7} for row in of_run(CPU_RUN)[:1]]
    ship([*of_run(CPU_RUN), *stranger, *of_run(GPU_RUN)])
    page = open_page("compare")
    assert page.selectbox(key="baseline").value == CPU_RUN
    assert page.selectbox(key="other").value == GPU_RUN
    assert charts(page)


def test_what_was_just_brought_is_what_is_compared(open_page: Any, ship: Any) -> None:
    other_gpu = [row | {"run_id": "20260101-000000-aaaa"} for row in of_run(GPU_RUN)]
    ship([*of_run(GPU_RUN), *other_gpu])
    page = open_page("compare")
    assert page.selectbox(key="baseline").value == GPU_RUN
    bring(page, ("cpu.csv", csv(of_run(CPU_RUN))))
    assert page.selectbox(key="baseline").value == GPU_RUN
    assert page.selectbox(key="other").value == CPU_RUN
    page.selectbox(key="baseline").select(CPU_RUN).run()
    assert page.selectbox(key="other").value != CPU_RUN


def test_files_may_come_in_any_order_and_the_baseline_may_be_among_them(open_page: Any, ship: Any) -> None:
    other_gpu = [row | {"run_id": "20260101-000000-aaaa"} for row in of_run(GPU_RUN)]
    ship([*of_run(GPU_RUN), *other_gpu])
    page = open_page("compare")
    bring(page, ("cpu.csv", csv(of_run(CPU_RUN))), ("gpu.csv", csv(of_run(GPU_RUN))))
    assert page.selectbox(key="baseline").value == GPU_RUN
    assert page.selectbox(key="other").value == CPU_RUN


def test_the_baseline_is_in_the_link(open_page: Any, ship: Any) -> None:
    ship(sample_rows())
    assert open_page("compare", baseline="Example GPU (test data)").selectbox(key="baseline").value == GPU_RUN
    assert open_page("compare", baseline="nobody").selectbox(key="baseline").value == CPU_RUN


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x04\x00",
        "schema,run_id\n".encode("utf-16"),
        b"schema;run_id;suite\nmany-hands/1;a;quick\n",
        b"a,b\n1,2\n",
    ],
)
def test_a_file_that_is_no_results_file_gets_a_sentence(content: bytes, open_page: Any) -> None:
    page = bring(open_page("compare"), ("results.csv", content))
    assert "expected" in page.error[0].value
    assert not any(box.key and box.key.startswith("keep") for box in page.checkbox)


def test_good_rows_of_a_bad_file_are_kept_only_by_choice(open_page: Any, ship: Any) -> None:
    ship(of_run(GPU_RUN))
    good, bad = of_run(CPU_RUN), of_run(CPU_RUN)[0] | {"case": "matmul square fp32 96", "size": 96}
    text = results.to_csv([*good, bad]).replace(
        "matmul square fp32 96,matmul,square,fp32,96", "matmul square fp32 96,matmul,square,fp32,-96"
    )
    page = bring(open_page("compare"), ("mixed.csv", text.encode()))
    assert "-96" in page.error[0].value
    assert f"Row {len(good) + 2}" in page.error[0].value
    assert "One machine is not a comparison" in words(page)

    [keep] = page.checkbox
    assert keep.label == f"Keep the {len(good)} rows that are good"
    keep.check().run()
    assert len(charts(page)) == 1
    page.checkbox[0].uncheck().run()
    assert not charts(page)


def test_a_file_can_be_removed_and_counts_once(open_page: Any) -> None:
    page = open_page("compare")
    bring(page, ("a.csv", csv(of_run(CPU_RUN))))
    bring(page, ("again.csv", csv(of_run(CPU_RUN))))
    removers = [key for key in keys(page) if key.startswith("remove")]
    assert len(removers) == 1
    page.button(key=removers[0]).click().run()
    assert not [key for key in keys(page) if key.startswith("remove")]


def test_an_upload_is_seen_on_the_other_pages_of_this_visitor_only(open_page: Any) -> None:
    page = bring(open_page("compare"), ("cpu.csv", csv(of_run(CPU_RUN))))
    page.switch_page("matmul.py").run()
    assert charts(page)
    page.switch_page("compare.py").run()
    assert "cpu\\.csv" in words(page)
    assert not charts(open_page("matmul"))


def test_nothing_in_a_file_comes_alive(open_page: Any, ship: Any) -> None:
    ship(of_run(GPU_RUN))
    label = "<img src=x onerror=alert(1)> [x](https://example.com) $x$"
    page = bring(open_page("compare"), ("![x](https://example.com/x).csv", csv(of_run(CPU_RUN, label=label))))
    assert "![x](" not in words(page)
    assert all("<img" not in chart.proto.spec.replace("&lt;img", "") for chart in page.get("plotly_chart"))


def test_contradicting_files_are_reported(open_page: Any) -> None:
    page = open_page("compare")
    changed = [row | {"platform": "Elsewhere"} for row in of_run(CPU_RUN)]
    bring(page, ("a.csv", csv(of_run(CPU_RUN))), ("b.csv", csv(changed)))
    assert any("Elsewhere" in warning.value for warning in page.warning)


@pytest.mark.parametrize("mark", ["\u202e", "\u2066", "\x07"])
def test_a_label_that_turns_writing_around_is_refused_and_the_other_file_is_kept(mark: str, open_page: Any) -> None:
    bad = csv(of_run(CPU_RUN)).decode().replace("test data", f"a{mark}b")
    page = bring(open_page("compare"), ("bad.csv", bad.encode()), (f"go{mark}od.csv", csv(of_run(GPU_RUN))))
    assert "expected text on one line" in page.error[0].value
    assert mark not in page.error[0].value + words(page)
    assert "good\\.csv**: 22 rows, all good." in words(page)


def test_ten_thousand_files_are_some_files_and_a_sentence(open_page: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "MOST_FILES", 5)
    page = bring_room(open_page("compare"), 9)
    assert "expected no more than that of one visitor" in page.error[0].value
    assert "**5 files**: 110 rows, all good." in words(page)


# --- a room of machines -------------------------------------------------------------------------------------

VIEWS = ("Ratios", "Machines", "Curves", "Roofline", "Heat map", "Oddities")


def room(count: int) -> dict[str, str]:
    """So many runs of the example machines, as CSV by the names of their files."""
    seats = [(CPU_RUN, GPU_RUN)[number % 2] for number in range(count)]
    return {
        f"{number}.csv": csv(
            [row | {"run_id": f"20250131-{number:06d}-a", "label": f"seat {number}"} for row in of_run(run)]
        ).decode()
        for number, run in enumerate(seats)
    }


def bring_room(page: AppTest, count: int = 12) -> AppTest:
    return bring(page, ("room.zip", archive.pack(room(count))))


@pytest.mark.parametrize("machines", [2, 12])
def test_every_view_draws_few_and_many_machines(machines: int, open_page: Any) -> None:
    page = bring_room(open_page("compare"), machines)
    for view in VIEWS:
        page.segmented_control(key="view").set_value(view).run()
        assert not page.exception, page.exception
        assert len(charts(page)) == (view in ("Ratios", "Curves", "Roofline", "Heat map")), view
        assert "None" not in words(page), view


def test_every_view_stands_machines_without_a_usable_result(open_page: Any) -> None:
    rows = [row for row in of_run(CPU_RUN) if row["status"] != "measured" or row["verdict"] == "invalid"]
    other = [row | {"run_id": "20260101-000000-aaaa"} for row in rows]
    page = bring(open_page("compare"), ("a.csv", csv(rows)), ("b.csv", csv(other)))
    for view in VIEWS:
        page.segmented_control(key="view").set_value(view).run()
        assert not page.exception, (view, page.exception)


def test_a_zip_is_as_many_files_as_it_holds(open_page: Any) -> None:
    page = bring_room(open_page("compare"))
    assert "**12 files**: 264 rows, all good." in words(page)
    page.segmented_control(key="view").set_value("Machines").run()
    assert metrics(page)["Machines"] == "12"
    table = page.dataframe[-1].value
    assert len(table) == 12
    assert table["fp32_tflop_per_s"].is_monotonic_decreasing
    page.button(key="remove-all").click().run()
    assert "One machine is not a comparison" in words(page)


def test_the_good_files_of_a_bad_zip_are_kept(open_page: Any) -> None:
    packed = archive.pack(room(2) | {"../../x.csv": "a", "inner.zip": "b", "empty.csv": ""})
    page = bring(open_page("compare"), ("room.zip", packed))
    said = page.error[0].value + page.error[1].value
    for sentence in ("a path that leads out of the ZIP", "a ZIP inside the ZIP", "found nothing in `empty.csv`"):
        assert sentence in said
    assert len(charts(page)) == 1


def test_one_case_of_every_machine(open_page: Any) -> None:
    page = bring_room(open_page("compare"))
    page.selectbox(key="other").select("every machine").run()
    [figure] = charts(page)
    assert len(figure["layout"]["annotations"]) == 11
    assert sum(int(value.split()[0]) for value in metrics(page).values()) == 11


def test_a_click_opens_the_birth_certificate_and_the_command(open_page: Any) -> None:
    page = bring_room(open_page("compare"))
    page.session_state[certificate.CHOSEN] = ("20250131-000001-a", "matmul square fp32 1024", "stream")
    page.run()
    assert not page.exception, page.exception
    assert "Device: **Example GPU on gpu**" in words(page)
    assert "Steady\\: the batches agree" in words(page)
    command = "python -m compute run --suite quick --case 'matmul square fp32 1024' --out again.csv"
    assert command in [code.value for code in page.code]
    page.run()
    assert command not in [code.value for code in page.code]  # it opens once


def test_a_case_of_another_version_has_no_command(open_page: Any) -> None:
    theirs = [row | {"case": "matmul square fp32 1000", "size": 1000} for row in of_run(GPU_RUN)[:1]]
    page = bring(open_page("compare"), ("cpu.csv", csv(of_run(CPU_RUN))), ("gpu.csv", csv(theirs)))
    page.session_state[certificate.CHOSEN] = (GPU_RUN, "matmul square fp32 1000", "stream")
    page.run()
    assert "no case of this name" in words(page)


def test_odd_results_say_why(open_page: Any) -> None:
    page = bring_room(open_page("compare"))
    page.segmented_control(key="view").set_value("Oddities").run()
    odd = page.dataframe[-1].value
    assert set(odd["kind"]) == {"invalid"}
    assert set(odd["reason"]) == {"171.8 TFLOP/s is above 1.02 times the peak."}


# --- shared by link -----------------------------------------------------------------------------------------


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """The server's shelf, in a folder of the test."""
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    return Shelf(tmp_path / "shared")


def stored(tmp_path: Path) -> list[str]:
    return [path.stem for path in (tmp_path / "shared").glob("*.zip")]


def test_nothing_is_stored_until_the_button_is_pressed(open_page: Any, shelf: Shelf, tmp_path: Path) -> None:
    page = bring_room(open_page("compare"), 3)
    assert "Pressing the button stores 66 results of 3 machines on this server" in words(page)
    assert stored(tmp_path) == []

    page.button(key="share").click().run()
    [hash] = stored(tmp_path)
    assert page.query_params["shared"] == hash
    assert "Stored on this server until" in words(page)
    assert f"shared={hash}" in page.code[0].value
    assert len(page.dataframe[0].value) == len(bring_room(open_page("compare"), 3).dataframe[0].value)


def test_whoever_opens_the_link_sees_the_comparison(open_page: Any, shelf: Shelf) -> None:
    hash = shelf.keep(sample_rows()).hash
    page = open_page("compare", shared=hash)
    assert len(charts(page)) == 1
    assert "A shared comparison, stored on this server until" in words(page)
    assert "Example GPU \\(test data\\) \\(shared\\)" in words(page)
    removers = sorted(key for key in keys(page) if key.startswith("remove"))
    page.button(key=removers[0]).click().run()
    assert not charts(page)  # and it does not come back by itself


@pytest.mark.parametrize(("hash", "sentence"), [("../../etc", "Copy the whole link"), ("0" * 32, "No comparison")])
def test_a_bad_link_is_a_sentence_and_the_page_goes_on(hash: str, sentence: str, open_page: Any, shelf: Shelf) -> None:
    page = open_page("compare", shared=hash)
    assert sentence in page.error[0].value
    assert "One machine is not a comparison" in words(page)


def test_what_everyone_has_is_not_stored(open_page: Any, ship: Any, shelf: Shelf) -> None:
    ship(sample_rows())
    page = open_page("compare")
    assert "so the address of this page is the link already" in words(page)
    assert "share" not in keys(page)
