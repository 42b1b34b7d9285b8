"""The page Apartment: a number or a job, what is unknown, what can be changed, and its links."""

from typing import Any

import pytest

from compute.money import assumptions, rooms
from tests.pages.reading import charts, words
from tests.samples import GPU_RUN, sample_rows

H100, T4 = "NVIDIA H100 SXM5 80GB", "NVIDIA Tesla T4"


def metrics(page: Any) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def on_a_t4() -> list[dict[str, Any]]:
    return [row | {"chip": "t4"} for row in sample_rows() if row["run_id"] == GPU_RUN]


def given_a_job(page: Any, chip: str, hours: float) -> Any:
    page.segmented_control(key="given").set_value("A job and a deadline").run()
    page.selectbox(key="chip").set_value(chip)
    return page.number_input(key="deadline").set_value(hours).run()


def test_it_answers_first_then_draws_then_shows_how(open_page: Any) -> None:
    page = open_page("apartment")
    assert page.subheader[0].value == "7.99 m² are enough, but you need 9 main fuses."
    found = metrics(page)
    assert list(found) == [
        "Floor", "Machines", "Power", "Heat", "To buy", "Electricity, a month", "In the cloud, a month",
    ]  # fmt: skip
    assert (found["Floor"], found["Machines"], found["Power"]) == ("7.99 m²", "13 servers", "201 kW")
    [plan] = page.get("plotly_chart")
    assert plan.proto.alt.startswith("Floor plan to scale. The machines: 4 racks on")
    assert len(page.table[0].value) == 15
    assert not page.info


def test_one_card_stands_under_a_desk(open_page: Any) -> None:
    page = open_page("apartment")
    page.selectbox(key="chip").set_value("rtx-4090")
    page.number_input(key="number").set_value(1).run()
    assert page.subheader[0].value == "A desk is enough, and the main fuse holds."
    assert metrics(page)["Machines"] == "1 desktop"
    assert "desktop" in {trace["name"] for trace in charts(page)[0]["data"]}


def test_very_many_stay_readable(open_page: Any) -> None:
    page = open_page("apartment")
    page.number_input(key="number").set_value(rooms.MOST).run()
    assert not page.exception
    assert "31,250 racks" in page.get("plotly_chart")[0].proto.alt
    assert all(len(value) <= 18 for value in metrics(page).values())


def test_what_is_unknown_has_no_number_and_says_what_is_missing(open_page: Any) -> None:
    page = open_page("apartment")
    page.selectbox(key="chip").set_value("tpu-v5e").run()
    found = metrics(page)
    assert {found[label] for label in ("Power", "Heat", "To buy", "Electricity, a month")} == {"unknown"}
    assert found["Floor"] != "unknown"
    assert [box.value[:12] for box in page.info] == ["The power of", "What Google "]


def test_a_job_and_a_deadline_give_the_number(open_page: Any, ship: Any) -> None:
    """The sample GPU trains 16 images in 0.05 x 16^0.9 x 3 x 0.02 s: 440 a second."""
    ship(on_a_t4())
    page = given_a_job(open_page("apartment"), "t4", 10)
    alone_hours = 90 * 1_281_167 / (16 / (0.05 * 16**0.9 * 3 * 0.02)) / 3600
    assert f"{-(-alone_hours // 10):.0f} × NVIDIA Tesla T4" in words(page)
    assert "if they share the work without loss" in words(page)


def test_a_job_whose_speed_nobody_knows_says_so(open_page: Any) -> None:
    page = given_a_job(open_page("apartment"), "tpu-v5e", 1)
    assert not page.exception
    assert "Nobody measured how fast" in page.info[0].value
    assert not page.metric
    assert page.number_input(key="pue").value == 1.58


def test_a_job_that_takes_too_many_says_so(open_page: Any, ship: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST", 1000)
    ship(on_a_t4())
    page = given_a_job(open_page("apartment"), "t4", 0.01)
    assert "draws at most 1,000" in page.info[0].value
    assert not page.metric


def test_an_assumption_can_be_changed_and_put_back(open_page: Any) -> None:
    page = open_page("apartment")
    assert page.button(key="put-back").disabled
    page.number_input(key="pue").set_value(1.0)
    page.number_input(key="apartment_m2").set_value(8)
    page.number_input(key="rack_width_m").set_value(1.2).run()
    assert page.subheader[0].value == "16.0 m²: you need 2 such apartments and 6 main fuses."
    page.button(key="put-back").click().run()
    assert page.subheader[0].value == "7.99 m² are enough, but you need 9 main fuses."
    assert page.number_input(key="pue").value == 1.58


def test_every_assumption_is_there_with_its_source(open_page: Any) -> None:
    page = open_page("apartment")
    said = [caption.value for caption in page.caption] + [page.number_input(key="apartment_m2").help]
    for row in rooms.assumed(assumptions.load()):
        assert page.number_input(key=row.id).value == row.value
        assert any(row.as_of in words and f"[Source]({row.source_url})" in words for words in said), row.id


def test_a_link_holds_chip_number_and_changes_and_bad_values_are_ignored(open_page: Any) -> None:
    page = open_page("apartment", chip="NVIDIA Tesla T4", number="24", pue="1.1", apartment_m2="40")
    page.run()
    assert "24 × NVIDIA Tesla T4" in words(page)
    assert page.number_input(key="pue").value == 1.1
    assert page.number_input(key="apartment_m2").value == 40
    bad = open_page("apartment", chip="abacus", number="-3", pue="9", fuse_amperes="x", given="[]")
    bad.run()
    assert bad.subheader[0].value == "7.99 m² are enough, but you need 9 main fuses."
