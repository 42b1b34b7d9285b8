"""What a page about money says first, on offers small enough to check by hand."""

from typing import Any

import pandas as pd

from compute.money import answers, azure, board, credits
from compute.money.answers import Limit
from compute.money.buying import Plan
from compute.money.credits import Credit
from tests.money.board import UNKNOWN, board_of, guessed, row


def offer(sku: str, usd: float, **more: Any) -> dict[str, Any]:
    """A current offer of one T4, paid by the hour."""
    return {
        "platform": "A", "offer": sku, "sku": sku, "region": "", "accelerator": "t4", "accelerator_count": 1.0,
        "chip": "Tesla T4", "vcpus": 4.0, "usd_per_hour": usd, "free": usd == 0, "billing": "pay-as-you-go",
        "status": "current", "as_of": "2026-01-02", "stale": False,
    } | more  # fmt: skip


OFFERS = pd.DataFrame(
    [
        offer("dear", 2.0),
        offer("cheap", 0.5, as_of="2026-03-04"),
        offer("third of one", 0.1, accelerator_count=0.33, platform="B"),
        offer("gift", 0.0, billing="free"),
        offer("in the subscription", 0.0, billing="subscription", platform="B"),
        offer("processor", 0.2, accelerator="", accelerator_count=0.0, chip="", stale=True),
        offer("gone", 0.01, status="retired"),
        offer("unknown", UNKNOWN, status="no-price"),
    ]
)
PER_DOLLAR = pd.DataFrame(
    [
        {"platform": "A", "sku": "cheap", "region": "", "workload": "matmul", "dtype": "fp32", "flop_per_usd": 2e15},
        {"platform": "A", "sku": "cheap", "region": "", "workload": "matmul", "dtype": "bf16", "flop_per_usd": 9e15},
        {"platform": "A", "sku": "dear", "region": "", "workload": "cnn", "dtype": "fp32", "flop_per_usd": 7e20},
        {"platform": "A", "sku": "gift", "region": "", "workload": "matmul", "dtype": "fp32", "flop_per_usd": UNKNOWN},
    ]
)


def test_the_short_list_by_hand() -> None:
    short = answers.short_list(OFFERS, PER_DOLLAR)
    assert short["sku"].tolist() == ["gift", "third of one", "processor", "cheap"]
    assert short["machine"].tolist() == ["Tesla T4", "Tesla T4", "CPU, 4 vCPUs", "Tesla T4"]
    assert short["pflop_per_usd"].fillna(-1).tolist() == [-1, -1, -1, 9.0]


SURE = row(2.0, 3.0, platform="Sure")
FAST = guessed(0.5, 8.0, platform="Fast", front=1.0, stale=True, age_days=120)
CHEAP = guessed(4.0, 1.5, platform="Cheap", front=2.0)
FREE = row(30.0, 0.0, platform="Free", sessions=3.0, calendar_hours=110.0)
BOARD = board_of(SURE, FAST, CHEAP, FREE)


def test_the_answers_for_a_budget_by_hand() -> None:
    best, cheapest, fastest, free = answers.for_job(answers.choices(BOARD, Limit(usd=5.0)))
    assert (best.label, best.value, best.detail) == ("Fastest for at most $5", "2 h", "T4, Sure")
    assert (cheapest.label, cheapest.value, cheapest.detail) == ("Cheapest, in ≈ 4.0 h", "about $1.5", "T4, Cheap")
    assert cheapest.meaning.endswith("T4, Cheap: about 4.0 h, about $1.5 (estimate, $0.75 to $3.0).")
    assert (fastest.label, fastest.value, fastest.detail) == ("Fastest, for ≈ $8.0", "about 30 min", "T4, Fast")
    assert (free.label, free.value, free.detail) == ("Free: 0 dollars, but", "4 days 14 h, 3 sessions", "T4, Free")


def test_the_answer_for_a_deadline_by_hand() -> None:
    best = answers.for_job(answers.choices(BOARD, Limit(hours=3.0)))[0]
    assert (best.label, best.value) == ("Cheapest within 3 h", "$3.00")


def test_an_estimate_never_leads_without_saying_so() -> None:
    found = answers.cautions(answers.choices(BOARD, Limit(hours=4.0)))
    assert found == [
        "The best within 4 h and the cheapest (T4, Cheap) is only an estimate, $0.75 to $3.0. "
        "Of those measured: T4, Sure, $3.00, 2 h.",
        "The fastest (T4, Fast) is only an estimate, $4.0 to $16. Of those measured: T4, Sure, $3.00, 2 h.",
        "At the far end of its range, the best within 4 h misses that limit.",
    ]
    measured = board_of(SURE)
    assert answers.cautions(answers.choices(measured, Limit(usd=5.0))) == []


def test_without_any_number_the_answers_say_so() -> None:
    nothing = board_of(row(UNKNOWN, UNKNOWN, basis="", known=""))
    found = answers.for_job(answers.choices(nothing, Limit(usd=1.0)))
    assert [answer.value for answer in found] == ["no offer"] * 4


def test_old_prices_on_the_front_are_named_with_their_age() -> None:
    old = answers.old_prices(board.front(BOARD))
    assert old == "Prices on the front that are older than 90 days: T4, Fast (120 days)."
    assert answers.old_prices(board.front(board_of(SURE))) == ""


def test_the_front_in_words_tells_estimates_apart() -> None:
    assert answers.on_the_front(board.front(BOARD)) == [
        "T4, Fast: about 30 min, about $8.0 (estimate, $4.0 to $16)",
        "T4, Cheap: about 4.0 h, about $1.5 (estimate, $0.75 to $3.0)",
    ]


def test_when_buying_is_cheaper_by_hand() -> None:
    """1000 dollars, 0.10 of electricity and 0.60 of rent an hour: equal after 2000 hours, 200 of each of 10 months."""
    first, hours, own, rent = answers.buy_or_rent(Plan(1000.0, 500.0, 0.60, 0.20, 10.0))
    assert (first.value, hours.value, own.value, rent.value) == ("200 h a month", "2,000", "$0.10", "$0.60")
    assert answers.buy_or_rent(Plan(1000.0, 500.0, 0.60, 0.20, 1.0))[0].value == "not in this time"
    never = answers.buy_or_rent(Plan(1000.0, 500.0, 0.05, 0.20, 10.0))
    assert (never[0].value, never[1].value) == ("never", "unknown")


def test_what_a_credit_buys_by_hand() -> None:
    cpu = row(10.0, 1.0, accelerator="", accelerator_count=0.0, chip="", kind="CPU", usd_per_hour=0.10)
    part = row(8.0, 4.0, accelerator_count=0.5, usd_per_hour=0.50)
    credit = Credit("Gift", 100.0)
    machines = credits.for_each_machine(credits.hours(credit, board_of(SURE, cpu, part)))
    amount, without, with_one, jobs = answers.of_credit(machines, credit)
    assert (amount.value, amount.detail) == ("$100.00", "any platform")
    assert (without.value, without.detail) == ("1,000 h", "CPU with 4 vCPUs, Cloud")
    assert (with_one.value, with_one.detail) == ("100 h", "T4, Sure")
    assert (jobs.value, jobs.detail) == ("100 ×", "CPU with 4 vCPUs, Cloud")


def test_the_azure_ladder_by_hand() -> None:
    """A dollar for 1000 images, 5000 free; a machine of 1 dollar an hour for 730 hours."""
    vision = next(service for service in azure.load() if service.id == "vision")
    line = azure.own_machine_line(vision, 1.0, 730.0, 1e6)
    own, month, call, could = answers.azure_ladder(vision, "T4", 1.0, 1e6, line)
    assert (own.value, own.detail) == ("735,000", "images a month")
    assert (month.value, month.detail) == ("$730.00", "a month, T4")
    assert (call.value, call.detail) == ("$1.00", "for 1,000 images")
    assert could.value == "1.00 million"
    slow = azure.own_machine_line(vision, 1000.0, 730.0, 1.0)
    assert answers.azure_ladder(vision, "T4", 1000.0, None, slow)[0].value == "never"
