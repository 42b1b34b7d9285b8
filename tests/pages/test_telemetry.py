"""The strips under the rate: there where the machine told something, and nowhere else."""

from dataclasses import replace
from typing import Any

import pytest

from compute.measure.runner import Snapshot
from tests.pages.reading import charts, keys, words
from tests.pages.state import page
from tests.samples import sample_rows

ROWS = tuple(row | {"run_id": "1"} for row in sample_rows() if row["backend"] == "cpu")
SILENT = Snapshot(run_id="1", state="finished", suite="quick", rows=ROWS, started_at=1.7e9, elapsed_s=30.0)
CPU = tuple({"event": "telemetry", "at": 1.7e9 + s, "clock_mhz": 2400.0, "busy": 0.9} for s in range(20))
GPU = tuple(
    {"event": "telemetry", "at": 1.7e9 + s, "power_w": 690.0, "throttle": "power limit", "others": 1} for s in range(20)
)


def strips(app: Any) -> list[Any]:
    """The strips among the charts."""
    return [chart for chart in charts(app) if "yaxis" in chart["layout"] and "domain" in chart["layout"]["yaxis"]]


@pytest.mark.parametrize("name", ["home", "matmul"])
def test_a_machine_that_tells_nothing_has_no_strip(name: str) -> None:
    with page(name, [SILENT]) as app:
        assert not app.exception
        assert not strips(app)
        assert not [box for box in app.expander if "Clock, power" in box.label]


@pytest.mark.parametrize("name", ["home", "matmul"])
def test_what_was_told_is_drawn_and_no_more(name: str) -> None:
    with page(name, [replace(SILENT, telemetry=CPU)]) as app:
        assert not app.exception
        [strip] = strips(app)
        assert [trace["name"] for trace in strip["data"]] == ["Clock", "CPU in use"]
        assert "on average" not in words(app), "nothing counts the energy of a CPU"


@pytest.mark.parametrize("name", ["home", "matmul"])
def test_a_busy_gpu_a_lowered_clock_and_the_energy_are_said(name: str) -> None:
    with page(name, [replace(SILENT, telemetry=GPU, energy_j=20_700.0)]) as app:
        assert not app.exception
        assert "busy with another program" in app.warning[0].value
        assert "The clock was lowered: power limit." in words(app)
        assert "The device took 20.7 kJ in 30 s: 690 W on average." in words(app)


PHASES = (
    {"event": "phase", "data": "random", "flop_per_s": 680e12, "power_w": 698.0},
    {"event": "phase", "data": "zeros", "flop_per_s": 816e12, "power_w": 349.0},
)


def test_zeros_are_shown_only_where_power_can_be_read() -> None:
    with page("matmul", [replace(SILENT, telemetry=CPU)]) as app:
        assert "begin" not in keys(app)
        assert "needs a machine that tells its power" in words(app)
    with page("matmul", [replace(SILENT, telemetry=GPU)]) as app:
        assert not app.exception
        assert not app.button(key="begin").disabled


def test_what_zeros_changed_is_told() -> None:
    shown = Snapshot(run_id="2", state="finished", suite="zeros", phases=PHASES)
    with page("matmul", [shown, SILENT]) as app:
        assert not app.exception
        assert "-50% on zeros" in [metric.value for metric in app.metric]
