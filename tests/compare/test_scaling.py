"""Scaling by hand: four example GPUs that lose 5 % of each device's rate with each doubling, 2 % in weak scaling."""

import pytest

from compute.compare import roofline, scaling
from compute.compare.pick import Owner
from compute.results import Row
from tests.charts.frames import frame
from tests.samples import device_rows, sample_row, sample_rows

MANY = Owner("Example GPU (test data)", "shipped")
ROWS = scaling.rows_of(frame(device_rows()), MANY)


def efficiencies(curve: scaling.Curve) -> list[float]:
    return [point.efficiency.middle for point in curve.points if point.efficiency]


def test_efficiency_is_what_is_left_of_each_device() -> None:
    strong, weak = scaling.curves(ROWS)
    assert (strong.name, strong.scaling, strong.unit) == ("product, bf16, n = 4,096", "strong", "FLOP/s")
    assert (weak.name, weak.scaling, weak.unit) == ("alexnet, bf16, batch = 128", "weak", "images/s")
    assert [point.devices for point in strong.points] == [1, 2, 4]
    assert efficiencies(strong) == pytest.approx([1, 0.95, 0.90])
    assert efficiencies(weak) == pytest.approx([1, 0.98, 0.96])
    # (1 TFLOP/s on one) x 4 x 0.9
    assert strong.last.rate.middle == pytest.approx(3.6e12)
    assert weak.last.rate.middle == pytest.approx(4 * 960)


def test_one_kind_of_scaling_alone() -> None:
    assert [curve.scaling for curve in scaling.curves(ROWS, "weak")] == ["weak"]


def test_without_one_device_there_is_no_efficiency() -> None:
    (curve, _) = scaling.curves([row for row in ROWS if row["devices"] > 1])
    assert [point.efficiency for point in curve.points] == [None, None]


def test_what_is_invalid_has_no_place_on_a_curve() -> None:
    rows = [row | {"verdict": "invalid"} if row["devices"] == 4 else row for row in ROWS]
    assert [curve.last.devices for curve in scaling.curves(rows)] == [2, 2]


def test_messages_belong_to_a_number_of_devices() -> None:
    assert scaling.counts(ROWS) == [2, 4]
    found = scaling.messages(ROWS, 4)
    assert list(found) == ["all-reduce", "all-gather", "all-to-all"]
    assert [row["size"] for row in found["all-reduce"]] == [2**12, 2**20, 2**28]


@pytest.mark.parametrize(("size", "words"), [(512, "512 B"), (4096, "4 KiB"), (2**20, "1 MiB"), (2**30, "1 GiB")])
def test_messages_in_words(size: int, words: str) -> None:
    assert scaling.message_words(size) == words


def test_the_answers() -> None:
    devices, product, training, links = scaling.figures(ROWS)
    assert (devices.value, devices.detail) == ("4", "Example GPU, 1 host")
    assert (product.value, product.detail) == ("90%", "strong, 3.60 TFLOP/s on 4")
    assert (training.value, training.detail) == ("96%", "weak, 3,840 images/s on 4")
    # 1.5 x 256 MiB in 10 µs + 1.5 x 256 MiB / (100 GB/s) = 4.036 ms
    assert (links.value, links.detail) == ("99.8 GB/s", "bus bandwidth, 256 MiB")
    assert {answer.value for answer in scaling.figures([])} == {"unknown"}


def test_the_table_tells_also_what_does_not_divide() -> None:
    table = scaling.table(ROWS)
    assert len(table) == 8
    strong = table[table["Job"].eq("Product")]
    assert strong["Efficiency, %"].tolist() == [100, 95, 90]
    assert strong["Over one"].tolist() == [1, 1.9, 3.6]
    skipped = table[table["Verdict"].eq("skipped")]
    assert skipped["Reason"].tolist() == [f"Skipped: 1,023 images do not divide over {d} devices." for d in (2, 4)]
    assert skipped["Rate"].tolist() == ["", ""]


def test_the_table_of_collectives_has_both_bandwidths() -> None:
    lines = scaling.links(ROWS).to_dict("records")
    by_case = {(line["Collective"], line["Devices"], line["Message"]): line for line in lines}
    line = by_case["all-reduce", 4, "256 MiB"]
    # 268,435,456 B / 4.0365 ms, and 1.5 times that
    assert (line["Algorithm, GB/s"], line["Bus, GB/s"]) == (66.5, 99.8)
    assert by_case["all-gather", 2, "4 KiB"]["µs"] == pytest.approx(10.0, abs=0.1)


def simulated_row(**more: int) -> Row:
    case = {"workload": "matmul_sharded", "variant": "strong", "params": "devices=8"}
    return sample_row(**case, devices=8, **more)


def test_devices_of_one_cpu_are_simulated() -> None:
    assert scaling.simulated([simulated_row()])
    assert not scaling.simulated([simulated_row(hosts=2)])
    assert not scaling.simulated(ROWS)


def test_only_machines_with_such_cases_are_owners() -> None:
    assert list(scaling.owners(frame([*sample_rows(), *device_rows()]))) == ["Example GPU (test data) (recorded)"]
    assert scaling.owners(frame(sample_rows())) == {}


def test_what_several_devices_reach_stands_under_no_roof_of_one() -> None:
    assert roofline.rows_of(frame(device_rows()), MANY) == []
