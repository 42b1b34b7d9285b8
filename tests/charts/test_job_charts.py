"""The charts of the five jobs: they hold what the frame holds, and their words say the same."""

import math

import numpy as np
import pytest

from compute.charts import _style, bodies, clusters, job_places, job_rates, job_speed_ups, zero_bits
from compute.compare.jobs import JOBS
from compute.workloads import kmeans, particles, sha256
from tests.charts.frames import CPU, GPU, frame
from tests.samples import job_rows, sample_row, sample_rows

FRAME = frame([*job_rows(), *sample_rows()])
EVIL = "<a href='javascript:alert(1)'>x</a>"


def test_rates_are_drawn_fastest_first_in_the_colour_of_their_machines() -> None:
    figure = job_rates.build(FRAME, JOBS["kmeans"])
    assert [bar.x[0] for bar in figure.data] == pytest.approx([2**18 / 0.01 * faster for faster in (100, 1.8, 1)])
    assert [bar.marker.color for bar in figure.data] == [
        _style.LIGHT.kinds["gpu"][0], _style.LIGHT.kinds["cpu"][0], _style.LIGHT.kinds["cpu"][1],
    ]  # fmt: skip
    assert figure.layout.title.text == "Points/s"
    words = job_rates.describe(FRAME, JOBS["kmeans"])
    assert words.startswith("Data mining, points/s, fastest first: Example GPU (test data) (recorded) 2.62 G;")


def test_the_serial_chain_is_won_by_the_core() -> None:
    names = [bar.name for bar in job_rates.build(FRAME, JOBS["serial"]).data]
    assert "GPU" in names[-1]


def test_speed_ups() -> None:
    figure = job_speed_ups.build(FRAME, GPU)
    drawn = {bar.name: bar.x[0] for bar in figure.data}
    jobs = ("Rendering", "Data mining", "Crypto mining", "Gaming")
    assert drawn == pytest.approx(dict.fromkeys(jobs, 100) | {"Serial chain": 0.1})
    assert set(figure.layout.xaxis.ticktext) >= {"0.1×", "1×", "10×"}
    assert "Serial chain 0.1×" in job_speed_ups.describe(FRAME, GPU)
    assert "cannot" not in job_speed_ups.describe(frame(sample_rows()), GPU)


def test_places_stand_at_their_intensity_and_integers_say_so() -> None:
    figure = job_places.build(FRAME, CPU)
    placed = {trace.name: (trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers+text"}
    assert placed["Data mining"] == pytest.approx((69 / 16, 69 * 2**18 / 0.01 * 1.8))
    assert placed["Crypto mining, integers"][0] == pytest.approx(4356 / 8)
    [roof] = [trace for trace in figure.data if trace.mode == "lines"]
    assert roof.y[-1] == pytest.approx(214.7e9, rel=1e-3)  # the best product in fp32: 2 x 1024³ in 0.01 s
    assert "Data mining, 4.31 FLOP for each byte" in job_places.describe(FRAME, CPU)
    assert not [trace for trace in job_places.build(FRAME, GPU).data if trace.mode == "lines"]  # no bandwidth known


def test_nothing_to_show_is_explained() -> None:
    nothing = frame([])
    for figure in (
        job_rates.build(nothing, JOBS["kmeans"]), job_speed_ups.build(nothing, CPU), job_places.build(nothing, CPU),
    ):  # fmt: skip
        assert not figure.data
        assert [note.text[:2] for note in figure.layout.annotations] == ["No"]
    assert job_rates.describe(nothing, JOBS["kmeans"]).startswith("No machine")
    assert job_speed_ups.describe(nothing, CPU).startswith("No run on one core")
    assert job_places.describe(nothing, CPU).startswith("No job")


def test_names_from_a_file_stay_text() -> None:
    evil = frame([row | {"label": EVIL, "reason": EVIL} for row in job_rows()])
    owner = CPU._replace(machine=f"Example CPU, 2 cores ({EVIL})")
    for figure in (
        job_rates.build(evil, JOBS["kmeans"]), job_speed_ups.build(evil, owner), job_places.build(evil, owner),
    ):  # fmt: skip
        assert figure.data
        assert "<a" not in figure.to_json().replace("\\u003c", "<")


def test_the_same_frame_gives_the_same_figure() -> None:
    for dark in (False, True):
        assert job_places.build(FRAME, CPU, dark=dark).to_json() == job_places.build(FRAME, CPU, dark=dark).to_json()


def test_clusters_show_every_point_once_and_every_centre() -> None:
    points, labels, centres = kmeans.found(200, 3)
    figure = clusters.build(points, labels, centres)
    assert sum(len(trace.x) for trace in figure.data[:-1]) == 200
    assert len(figure.data[-1].x) == 8
    assert len({trace.marker.symbol for trace in figure.data}) == 9  # colour never carries meaning alone
    assert "200 points in 8 clusters" in clusters.describe(labels, centres)


def test_bodies_show_where_they_came_from() -> None:
    before, after = particles.later(50, 5)
    figure = bodies.build(before, after)
    way, now = figure.data
    assert len(now.x) == 50
    assert len(way.x) == 150
    assert way.x[0] == pytest.approx(before[0, 0], abs=1e-3)
    assert way.x[1] == pytest.approx(after[0, 0], abs=1e-3)
    assert way.x[2] is None or math.isnan(way.x[2])
    assert "50 bodies" in bodies.describe(before, after)


def test_zero_bits_halve() -> None:
    counts = sha256.zero_bits(256)
    assert counts[0] == 256
    assert counts[43] == 1  # the published block
    assert all(counts[bits] >= counts[bits + 1] for bits in range(43))
    found, expected = zero_bits.build(counts).data
    assert list(found.y) == list(counts.values())
    assert np.allclose(expected.y[:3], [256, 128, 64])
    assert "Of 256 hashes 1 began with at least 43 zero bits" in zero_bits.describe(counts)


def test_a_run_of_matmul_alone_has_no_job() -> None:
    assert not job_places.build(frame([sample_row()]), CPU).data
