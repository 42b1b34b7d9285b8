"""(r) The page Compare with 100 files and 50,000 rows: from the upload to the page, and every other view after it."""

import time
from statistics import median

from streamlit.testing.v1 import AppTest

from compute import results
from compute.share import archive
from tests.bench.report import Finding
from tests.serving import ROOT

ROUNDS = 3
FILES, ROWS = 100, 500
LIMIT_S, VIEW_LIMIT_S = 3.0, 1.0
VIEWS = ("Machines", "Curves", "Roofline", "Heat map", "Oddities", "Ratios")


def measure() -> list[Finding]:
    """The server's time for a ZIP of all files and for the files one by one, and for a change of the view."""
    files = room()
    packed = archive.pack({name: content.decode() for name, content in files.items()})
    page = opened()
    uploaded(page, {"room.zip": packed})
    return [
        Finding(
            f"a ZIP of {FILES} files, {FILES * ROWS:,} rows: upload to page", again({"room.zip": packed}), "s", LIMIT_S
        ),
        Finding(f"the same as {FILES} files: upload to page", again(files), "s", LIMIT_S),
        *(Finding(f"view {view}", changed(page, view), "s", VIEW_LIMIT_S) for view in VIEWS),
    ]


def room() -> dict[str, bytes]:
    """The recorded runs as those of 100 machines, each longer by as many cases as it lacks to 500 rows.

    Every number of every machine is another one, as in life: no cell can be read once for many.
    """
    shipped = results.shipped()
    runs = list(dict.fromkeys(row["run_id"] for row in shipped))
    own = {run: [row for row in shipped if row["run_id"] == run] for run in runs}
    return {
        f"seat-{seat}.csv": results.to_csv(
            row_of(own[runs[seat % len(runs)]], seat, place) for place in range(ROWS)
        ).encode()
        for seat in range(FILES)
    }


def row_of(rows: list[results.Row], seat: int, place: int) -> results.Row:
    row, lap = rows[place % len(rows)], place // len(rows)
    slower = 1 + 0.001 * seat + 0.00001 * place
    times = {
        name: row[name] * slower
        for name in row
        if name.endswith("_s") and not name.endswith("per_s") and row[name] is not None
    }
    rates = {name: row[name] / slower for name in ("flop_per_s", "items_per_s") if row[name] is not None}
    case = {"case": f"{row['case']} lap={lap}", "params": f"lap={lap}"} if lap else {}
    return row | times | rates | case | {"run_id": f"20260101-000000-{seat:04d}", "label": f"seat {seat}"}


def opened() -> AppTest:
    page = AppTest.from_file(str(ROOT / "pages" / "_frame.py"), default_timeout=60)
    page.run().switch_page("compare.py").run()
    return page


def again(files: dict[str, bytes]) -> float:
    """Median seconds of an upload by a visitor who brings something that the server has not seen."""
    return median(uploaded(opened(), files) for _ in range(ROUNDS))


def uploaded(page: AppTest, files: dict[str, bytes]) -> float:
    import streamlit as st

    st.cache_data.clear()
    st.cache_resource.clear()
    for name, content in files.items():
        page.file_uploader[0].upload(name, content, "text/csv")
    spent = run(page)
    assert any(f"**{FILES} files**: {FILES * ROWS:,} rows, all good." in text.value for text in page.markdown)
    return spent


def changed(page: AppTest, view: str) -> float:
    page.segmented_control(key="view").set_value(view)
    return run(page)


def run(page: AppTest) -> float:
    began = time.perf_counter()
    page.run()
    spent = time.perf_counter() - began
    assert not page.exception, page.exception
    return spent
