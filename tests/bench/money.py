"""(m) What a job costs: after a change of job or filter on the page, and with a hundred times the offers."""

import time
from statistics import median

import pandas as pd

from compute import results
from compute.money import costs, jobs, planner, prices
from tests.bench.report import Finding

ROUNDS = 9
UPLOADS = 500
MANY_OFFERS = 20_000
LIMIT_S, MANY_LIMIT_S = 0.3, 1.0


def measure() -> list[Finding]:
    """Every job over the shipped offers with 500 uploaded runs, and over 20,000 offers: the slowest job's median."""
    offers, uploaded = prices.load(), uploads()
    many = pd.concat([offers] * (MANY_OFFERS // len(offers) + 1), ignore_index=True).iloc[:MANY_OFFERS]
    many = many.assign(sku=many["sku"] + "-" + many.index.astype("str"))
    return [
        Finding(
            f"{len(table):,} offers, {len(uploaded):,} results of {UPLOADS} uploaded runs",
            slowest(table, uploaded),
            "s",
            limit,
        )
        for table, limit in ((offers, LIMIT_S), (many, MANY_LIMIT_S))
    ]


def uploads() -> pd.DataFrame:
    """The shipped results, as so many people's runs."""
    frame = results.frame(results.shipped())
    runs = [
        frame.assign(run_id=frame["run_id"] + f"-{number}")
        for number in range(UPLOADS // frame["run_id"].nunique() + 1)
    ]
    together = pd.concat(runs, ignore_index=True).assign(source="uploaded")
    return together[together["run_id"].isin(together["run_id"].unique()[:UPLOADS])]


def slowest(offers: pd.DataFrame, uploaded: pd.DataFrame) -> float:
    """Seconds from the choice of a job to the table, the front, the ranking and both answers; of the slowest job."""
    return max(median(once(job, offers, uploaded) for _ in range(ROUNDS)) for job in jobs.jobs().values())


def once(job: jobs.Job, offers: pd.DataFrame, uploaded: pd.DataFrame) -> float:
    began = time.perf_counter()
    table = costs.of_job(job, offers, uploaded)
    paid = table[table["lane"].eq("paid")]
    planner.pareto(paid)
    planner.ranking(paid)
    planner.within_budget(table, 10.0)
    planner.within_deadline(table, 10.0)
    return time.perf_counter() - began
