"""(m) What a job costs: its computation, the whole page Costs after a change, and a hundred times the offers."""

import time
from collections.abc import Callable
from statistics import median
from unittest.mock import patch

import pandas as pd
from streamlit.testing.v1 import AppTest

from compute import results
from compute.money import costs, jobs, planner, prices
from compute.share import sheet
from pages._shared import job_costs
from pages._shared.data import Upload
from pages._shared.offers import loading
from tests.bench.report import Finding
from tests.serving import ROOT

ROUNDS = 9
# The page is made for so many uploaded results, and is also tried with those of so many uploaded runs.
RESULTS = UPLOADS = 500
MANY_OFFERS = 20_000
LIMIT_S, MANY_LIMIT_S = 0.3, 1.0
VIEWS = ("Dollars per unit", "What a credit buys", "Buy or rent", "Time and dollars")


def measure() -> list[Finding]:
    """Every job over the shipped offers with 500 uploaded runs, and over 20,000 offers: the slowest job's median."""
    offers, rows = prices.load(), uploads()
    uploaded = results.frame(rows).assign(source="uploaded")
    many = pd.concat([offers] * (MANY_OFFERS // len(offers) + 1), ignore_index=True).iloc[:MANY_OFFERS]
    many = many.assign(sku=many["sku"] + "-" + many.index.astype("str"))
    computed = [
        Finding(
            f"{len(table):,} offers, {len(uploaded):,} results of {UPLOADS} uploaded runs",
            slowest(table, uploaded),
            "s",
            limit,
        )
        for table, limit in ((offers, LIMIT_S), (many, MANY_LIMIT_S))
    ]
    return [
        *computed,
        *on_the_page(rows[:RESULTS], offers, LIMIT_S),
        *on_the_page(rows[:RESULTS], many, MANY_LIMIT_S),
        *on_the_page(rows, offers, None),
        *on_the_page(rows, many, None),
    ]


def uploads() -> list[results.Row]:
    """The shipped results, as so many people's runs."""
    shipped = results.shipped()
    runs = list(dict.fromkeys(row["run_id"] for row in shipped))
    return [
        row | {"run_id": f"{row['run_id']}-{number}"}
        for number in range(UPLOADS // len(runs) + 1)
        for place, run in enumerate(runs)
        if number * len(runs) + place < UPLOADS
        for row in shipped
        if row["run_id"] == run
    ]


def slowest(offers: pd.DataFrame, uploaded: pd.DataFrame) -> float:
    """Seconds from the choice of a job to the table, the front, the ranking and both answers; of the slowest job."""
    return max(median(once(job, offers, uploaded) for _ in range(ROUNDS)) for job in jobs.jobs().values())


def on_the_page(rows: list[results.Row], table: pd.DataFrame, limit: float | None) -> list[Finding]:
    """The whole page Costs with the same uploads, run by AppTest: another job, another filter, another view."""
    loading.clear()
    with patch.object(prices, "load_or_last_good", lambda **_: prices.Loading(table)):
        return changed(rows, len(table), limit)


def changed(rows: list[results.Row], count: int, limit: float | None) -> list[Finding]:
    page = AppTest.from_file(str(ROOT / "pages" / "_frame.py"), default_timeout=60)
    page.session_state["uploads"] = {"many": Upload("many.csv", sheet.of_rows(rows))}
    page.run().switch_page("costs.py").run()
    titles = [job.title for job in jobs.jobs().values()]

    def another_job(turn: int) -> None:
        job_costs.forget()  # each job as if it were chosen for the first time
        page.selectbox(key="job").select(titles[turn % len(titles)])

    def another_filter(turn: int) -> None:
        page.pills(key="kinds").set_value(["GPU"] if turn % 2 else [])

    def another_view(turn: int) -> None:
        page.segmented_control(key="view").set_value(VIEWS[turn % len(VIEWS)])

    changes = {"another job": another_job, "another filter": another_filter, "another view": another_view}
    return [
        Finding(
            f"page Costs, {count:,} offers, {len(rows):,} results, {name}",
            median(answered(page, change, turn) for turn in range(ROUNDS)),
            "s",
            limit,
        )
        for name, change in changes.items()
    ]


def answered(page: AppTest, change: Callable[[int], None], turn: int) -> float:
    """Seconds that the page takes after a change."""
    change(turn)
    began = time.perf_counter()
    page.run()
    spent = time.perf_counter() - began
    assert not page.exception, page.exception
    return spent


def once(job: jobs.Job, offers: pd.DataFrame, uploaded: pd.DataFrame) -> float:
    began = time.perf_counter()
    table = costs.of_job(job, offers, uploaded)
    paid = table[table["lane"].eq("paid")]
    planner.pareto(paid)
    planner.ranking(paid)
    planner.within_budget(table, 10.0)
    planner.within_deadline(table, 10.0)
    return time.perf_counter() - began
