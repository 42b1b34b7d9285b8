"""Jobs say what they count, and how much of it."""

import pytest

from compute.money import jobs
from compute.workloads import workloads


def test_every_job_is_of_a_workload_that_we_have() -> None:
    assert list(jobs.jobs()) == ["alexnet", "baseline", "classify", "matmul"]
    for job in jobs.jobs().values():
        assert set(job.variants) <= set(workloads()[job.workload].variants)
        assert job.counts
        assert "tax" in job.leaves_out


def test_by_hand_the_amounts() -> None:
    known = jobs.jobs()
    assert known["alexnet"].quantity == 90 * 1_281_167 == 115_305_030
    assert known["baseline"].quantity == 1_000_000
    assert known["classify"].quantity == 1e6
    assert known["matmul"].quantity == 1e18
    assert [job.unit for job in known.values()] == ["images", "images", "images", "FLOP"]
    assert known["matmul"].in_dtype("int8").unit == "OP"


def test_a_job_of_ones_own() -> None:
    job = jobs.own("cnn", "resnet50 training", 5000)
    assert (job.quantity, job.unit, job.rate_column) == (5000, "images", "items_per_s")
    assert "5,000 images of resnet50 training" in job.counts
    assert jobs.own("matmul", "square", 1e15, "bf16").rate_column == "flop_per_s"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("chess", "blitz", 1), "no workload 'chess'"),
        (("cnn", "lenet", 1), "no variant 'lenet'"),
        (("cnn", "alexnet training", 0), "above 0"),
        (("cnn", "alexnet training", float("nan")), "above 0"),
        (("cnn", "alexnet training", -3), "above 0"),
    ],
)
def test_an_impossible_job_gets_a_sentence(arguments: tuple[str, str, float], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        jobs.own(*arguments)
