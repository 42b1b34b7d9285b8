"""The five jobs: their figures, what they are over one core, and their places under the roof."""

import pytest

from compute.compare import jobs
from compute.compare.jobs import JOBS
from compute.compare.pick import Owner
from compute.workloads import workloads
from tests.charts.frames import CPU, GPU, frame
from tests.samples import job_rows, sample_rows

FRAME = frame([*job_rows(), *sample_rows()])
CORE = Owner("Example CPU, 1 core (one core)", "measured here")


def figures(owner: Owner) -> dict[str, float]:
    return {own.job.workload: own.figure.middle for own in jobs.standings(FRAME, owner)}


def test_every_job_is_a_form_of_a_workload() -> None:
    assert len(JOBS) == 6
    for job in JOBS.values():
        assert job.variant in workloads()[job.workload].variants
        assert job.why.endswith(".")


def test_the_figures_of_one_core() -> None:
    assert figures(CORE) == pytest.approx(
        {
            "rendering": 10,  # full HD in 0.1 s, whatever is faster at fewer lines
            "kmeans": 2**18 / 0.01,
            "sha256": 2**14 / 0.01,
            "particles": 2048,  # a step takes as long as a frame
            "serial": 2**15 / 1e-4,
        }
    )


def test_bodies_go_with_the_root_of_the_speed() -> None:
    assert figures(CPU)["particles"] == pytest.approx(2048 * 1.8**0.5)
    own = jobs.standings(FRAME, CPU)[-2]
    assert own.figure.low == pytest.approx(2048 * (1.8 / 1.01) ** 0.5)
    assert own.figure.high == pytest.approx(2048 * (1.8 / 0.99) ** 0.5)
    # On the GPU the larger world is nearer to the time of a frame, and both say the same.
    assert figures(GPU)["particles"] == pytest.approx(2048 * 100**0.5)


def test_a_machine_without_jobs_has_only_its_network() -> None:
    only = frame(sample_rows())
    assert [own.job.workload for own in jobs.standings(only, CPU)] == ["cnn"]
    assert not jobs.owners(frame([]))
    assert list(jobs.owners(FRAME)) == [str(CPU), str(CORE), str(GPU)]


def test_over_one_core() -> None:
    found = {own.job.workload: jobs.speed_up(FRAME, own) for own in jobs.standings(FRAME, GPU)}
    assert found["cnn"] is None  # no core was measured in that
    ratios = {name: faster.middle for name, faster in found.items() if faster}
    assert ratios == pytest.approx(
        {"rendering": 100, "kmeans": 100, "sha256": 100, "particles": 100, "serial": 0.1}, rel=1e-6
    )
    kmeans = found["kmeans"]
    assert kmeans
    assert (kmeans.low, kmeans.high) == pytest.approx((100 * 0.99 / 1.01, 100 * 1.01 / 0.99))


def test_invalid_results_have_no_figure() -> None:
    rows = [row | {"verdict": "invalid"} for row in job_rows()]
    assert not jobs.standings(frame(rows), CPU)


def test_places_under_the_roof() -> None:
    roof, points = jobs.under_the_roof(FRAME, CPU)
    assert roof.bandwidth.measured == pytest.approx(20e9)
    assert points["rendering"].intensity == pytest.approx(369 / 4)
    assert "serial" not in points
    words = jobs.place_words(points["kmeans"], roof)
    # 69 FLOP for 16 bytes; 69 x 2^18 FLOP in 0.01 / 1.8 s are 3.26 GFLOP/s of 20 GB/s x 4.31 = 86.3
    assert words.startswith("4.31 FLOP for each byte that it must move: left of the ridge, where memory")
    assert words.endswith("It reaches 4% of what the roof allows there.")
    assert "544 operations for each byte" in jobs.place_words(points["sha256"], roof)
    _, points = jobs.under_the_roof(FRAME, GPU)
    roof = jobs.under_the_roof(FRAME, GPU)[0]
    assert "where the ridge lies was not measured" in jobs.place_words(points["kmeans"], roof)


def test_figures_in_words() -> None:
    assert jobs.amount_words(26214400) == "26.2 M"
    assert jobs.amount_words(4820.3) == "4,820"
    assert jobs.amount_words(66.49) == "66.5"
    answer = jobs.answer(None, JOBS["kmeans"])
    assert (answer.value, answer.detail) == ("unknown", "not measured")


def test_the_table_holds_what_is_drawn() -> None:
    table = jobs.table(FRAME, GPU)
    assert table["Job"].tolist() == [
        "Rendering", "Deep learning", "Data mining", "Crypto mining", "Gaming", "Serial chain",
    ]  # fmt: skip
    assert table["Over one core"].dropna().tolist() == [100, 100, 100, 100, 0.1]
    assert table["Operations"].tolist()[3] == "714 GOP/s"  # 4356 x 2^14 / 0.1 ms... a hundredth of 0.01 s
    assert "Over one core" not in jobs.table(frame(sample_rows()), GPU)
