"""The page Compare: files that visitors bring, good and bad, and what comes out of them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from compute import results
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
