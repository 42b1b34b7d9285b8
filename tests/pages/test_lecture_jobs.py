"""The demos five_jobs and cuda: at rest, clicked, measured, failing; by a script of their own."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from compute.cuda import toolkit
from compute.cuda.toolkit import Compiler, Gpu, Toolkit
from compute.lecture import five_jobs
from tests.pages.conftest import UseRunner
from tests.pages.demos import html, opened, settled
from tests.pages.reading import charts

NO_GPU = Toolkit(None, None, "There is no NVIDIA GPU here.")
READY = Toolkit(Gpu("NVIDIA H200", "9.0", "580.95", ""), Compiler(Path("nvcc"), "13.0", (90,)), "")


def _jobs() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import five_jobs

    five_jobs.draw(Step("gpu", "What is a GPU good for?", 6, "", "five_jobs"))


def _cuda() -> None:
    from compute.lecture.steps import Step
    from pages._lecture import cuda

    cuda.draw(Step("cuda", "CUDA", 5, "", "cuda"))


@pytest.fixture(autouse=True)
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolkit, "look", lambda: NO_GPU)


@pytest.mark.parametrize(("demo", "name"), [(_jobs, "five_jobs"), (_cuda, "cuda")])
def test_every_widget_has_a_label_and_the_demos_name(demo: Callable[[], None], name: str) -> None:
    app = opened(demo)
    widgets = [*app.button, *app.slider, *app.segmented_control]
    assert widgets
    assert all(widget.key.startswith(f"{name}-") and widget.label for widget in widgets)


def test_each_job_has_its_picture_its_sentence_and_two_recorded_machines() -> None:
    app = opened(_jobs)
    seen = set()
    for name in five_jobs.NAMES:
        app.segmented_control(key="five_jobs-job").set_value(name).run()
        assert not app.exception
        body = html(app)
        assert body.count("RECORDED") == 2
        assert "LIVE" not in body
        assert "times as fast" in body
        [picture] = [part for part in body.splitlines() if part.startswith("<img")]
        seen.add((picture, app.markdown[0].value))
    assert len(seen) == len(five_jobs.NAMES)


@pytest.mark.parametrize("how", ["error", "kill"])
def test_a_job_that_cannot_be_measured_stays_recorded_and_says_why(use_runner: UseRunner, how: str) -> None:
    use_runner("--then", how, "--results", "0")
    app = opened(_jobs)
    app.button(key="five_jobs-rendering-measure").click().run()
    body = html(settled(app, "five_jobs-rendering"))
    assert "LIVE" not in body
    assert {"error": "on fire", "kill": "signal 9"}[how] in body
    assert not app.error


def listing(app: AppTest) -> str:
    [body] = [part.proto.body for part in app.get("html") if 'class="listing"' in part.proto.body]
    return str(body)


def test_one_walks_through_the_program_line_by_line() -> None:
    app = opened(_cuda)
    first = listing(app)
    app.button(key="cuda-Next-vector_add").click().run()
    assert not app.exception
    assert listing(app) != first
    app.segmented_control(key="cuda-program").set_value("matmul_tiled").run()
    assert "__syncthreads" in listing_at(app, "matmul_tiled", 12)


def listing_at(app: AppTest, kernel: str, step: int) -> str:
    app.slider(key=f"cuda-step-{kernel}").set_value(step).run()
    return listing(app)


def test_without_a_gpu_the_recorded_run_is_shown_and_says_why() -> None:
    app = opened(_cuda)
    app.segmented_control(key="cuda-view").set_value("Run it").run()
    assert not app.exception
    assert "RECORDED" in html(app)
    assert "NVIDIA H100 80GB HBM3" in html(app)
    assert "There is no NVIDIA GPU here." in html(app)
    assert not app.button
    assert charts(app)[0]["data"][0]["name"] == "Naive"
    assert len(charts(app)[0]["data"]) == 5
    app.segmented_control(key="cuda-arithmetic").set_value("tf32").run()
    assert len(charts(app)[0]["data"]) == 3


def test_where_there_is_a_gpu_it_can_be_run(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    st.cache_resource.clear()
    monkeypatch.setattr(toolkit, "look", lambda: READY)
    app = opened(_cuda)
    app.segmented_control(key="cuda-view").set_value("Run it").run()
    assert not app.button(key="cuda-measure").disabled
