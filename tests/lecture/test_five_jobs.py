"""The five jobs as figures: what a run of each says, and what stands recorded behind it."""

import pytest

from compute.compare.jobs import JOBS
from compute.lecture import five_jobs, live
from compute.lecture.live import Figure
from compute.measure.runner import Snapshot
from tests.samples import sample_row

FRAMES = {
    "workload": "rendering", "variant": "spheres", "dtype": "fp32", "mode": "stream", "size": 1080, "items": 1,
    "status": "measured", "verdict": "steady", "median_s": 0.05,
}  # fmt: skip


def snapshot(**changed: object) -> Snapshot:
    return Snapshot(run_id="1", state="finished", rows=(sample_row(**FRAMES | changed),))


def test_a_run_is_read_in_the_unit_of_the_job() -> None:
    assert five_jobs.read(JOBS["rendering"], snapshot()) == {"rate": pytest.approx(20.0)}
    # As many bodies as the time of a frame moves: 4000 take 1/15 s, and a half of them a quarter of that.
    world = snapshot(workload="particles", variant="gravity", size=4000, items=4000, median_s=1 / 15)
    assert five_jobs.read(JOBS["particles"], world) == {"rate": pytest.approx(2000.0)}


@pytest.mark.parametrize(
    "changed", [{"verdict": "invalid", "reason": "The picture is off."}, {"size": 480, "reason": "Too small."}]
)
def test_what_was_not_measured_right_has_no_figure_and_says_why(changed: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"Rendering was not measured right. {changed['reason']}"):
        five_jobs.read(JOBS["rendering"], snapshot(**changed))


@pytest.mark.parametrize("name", five_jobs.NAMES)
def test_behind_every_job_stand_a_recorded_processor_and_a_recorded_gpu(name: str) -> None:
    here, there = live.recorded(five_jobs.figure_name(name)), five_jobs.recorded(name, "gpu")
    assert here.machine == "AMD EPYC, 2 cores"
    assert there.machine.startswith("NVIDIA")
    assert there.values["rate"] > 5 * here.values["rate"], "or it would be no job for a GPU"
    assert not here.live
    assert here.when[:4] == there.when[:4] == "2026"


def test_a_kind_of_machine_that_is_not_recorded_is_named() -> None:
    with pytest.raises(KeyError, match="No recorded machine with a tpu"):
        five_jobs.recorded("kmeans", "tpu")


def test_rates_in_words() -> None:
    def figure(rate: float) -> Figure:
        return Figure("five_jobs-rendering", {"rate": rate}, "frames/s, 1080 lines", "X", 2, "", live.RECORDED)

    assert five_jobs.words(figure(27.21)) == "27.2 frames/s, 1080 lines"
    assert five_jobs.compared(figure(27.21), figure(14938.0)) == "14,900 frames/s, 549 times as fast"
