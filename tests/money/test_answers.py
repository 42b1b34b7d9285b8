"""What a page about money says first, on offers small enough to check by hand."""

from typing import Any

import pandas as pd

from compute.money import answers

UNKNOWN = float("nan")


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


def test_answers_by_hand() -> None:
    cheapest, free, work, age = answers.answers(OFFERS, PER_DOLLAR)
    # A third of a card, a card in a subscription and an offer that is gone are no cheapest hour.
    assert (cheapest.value, cheapest.detail) == ("$0.50", "Tesla T4, A")
    assert (free.value, free.detail) == ("1", "A")
    assert (work.value, work.detail) == ("9.00 PFLOP", "bf16, A")
    assert (age.value, age.detail) == ("1 of 8", "newest of 2026-03-04")


def test_answers_without_anything() -> None:
    found = answers.answers(OFFERS.head(0), PER_DOLLAR.head(0))
    assert [answer.value for answer in found] == ["unknown", "0", "unknown", "0 of 0"]


def test_the_short_list_by_hand() -> None:
    short = answers.short_list(OFFERS, PER_DOLLAR)
    assert short["sku"].tolist() == ["gift", "third of one", "processor", "cheap"]
    assert short["machine"].tolist() == ["Tesla T4", "Tesla T4", "CPU, 4 vCPUs", "Tesla T4"]
    assert short["pflop_per_usd"].fillna(-1).tolist() == [-1, -1, -1, 9.0]
