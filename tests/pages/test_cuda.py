import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from compute.cuda import record, runs, toolkit
from compute.cuda.record import Record, Row
from compute.cuda.runs import Kernels
from compute.cuda.toolkit import Compiler, Gpu, Toolkit
from compute.measure.runner import Snapshot, Ticket
from tests.cuda.records import example, timed
from tests.pages.state import page

NO_GPU = Toolkit(None, None, "There is no NVIDIA GPU here. nvcc was not found.")
READY = Toolkit(Gpu("NVIDIA H200", "9.0", "580.95", ""), Compiler(Path("nvcc"), "13.0", (90,)), "")


class FakeRunner:
    """Stands for `compute.cuda.runs.RUNNER`: one run at most, whose log is there, and what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = Snapshot()
        self.asked: list[object] = []

    def snapshot(self, run_id: str | None = None) -> Snapshot:
        return self.now

    def runs(self) -> list[Snapshot]:
        return [self.now] if self.now.run_id else []

    def log_path(self, run_id: str) -> Path:
        return self.folder / f"{run_id}.jsonl"

    def start(self, spec: Kernels, owner: str) -> Ticket:
        self.asked.append(spec)
        self.now = Snapshot(run_id="1", state="running", suite="cuda", stage="compiling", case="Tiled fp32", total=7)
        return Ticket("1", "secret")

    def holds(self, ticket: Ticket) -> bool:
        return ticket == Ticket("1", "secret")

    def cancel(self, ticket: Ticket) -> bool:
        self.asked.append(ticket)
        self.now = replace(self.now, state="cancelled")
        return True

    def found(self, record_: Record, **snapshot: object) -> None:
        """A run whose log holds this record."""
        facts = {name: getattr(record_, name) for name in (*record.FACTS, "sources")}
        events = [{"event": "started", "machine": facts}]
        events += [{"event": "kernel", "row": asdict(row)} for row in record_.rows]
        self.log_path("1").write_text("".join(json.dumps(event) + "\n" for event in events))
        about = {"state": "finished", "suite": "cuda", **snapshot}
        self.now = Snapshot(run_id="1", **about)  # type: ignore[arg-type]


Stage = Callable[..., FakeRunner]


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """What there is here, and what is recorded: nothing, unless the test says so."""

    def set_(tools: Toolkit = NO_GPU, recorded: Record | None = None) -> FakeRunner:
        fake = FakeRunner(tmp_path)
        monkeypatch.setattr(runs, "RUNNER", fake)
        monkeypatch.setattr(toolkit, "look", lambda: tools)
        monkeypatch.setattr(record, "shipped", lambda: recorded)
        return fake

    return set_


def words(app: AppTest) -> str:
    kinds = ("markdown", "info", "error", "warning", "success")
    return " ".join(element.value for kind in kinds for element in getattr(app, kind)).replace("\\", "")


def bars(app: AppTest) -> list[str]:
    [chart] = app.get("plotly_chart")
    return [trace["name"] for trace in json.loads(chart.proto.spec)["data"]]


def test_empty_it_teaches_says_that_nothing_is_recorded_and_gives_the_cell(stage: Stage) -> None:
    stage()
    with page("cuda") as app:
        assert not app.exception
        assert "No run on a GPU is recorded yet" in words(app)
        assert "There is no NVIDIA GPU here. nvcc was not found." in words(app)
        assert "0.25 FLOP per byte" in words(app)
        assert not app.metric
        assert not app.get("plotly_chart")
        assert any(code.value.startswith("%%bash\ncat > vector_add.cu") for code in app.code)
        assert app.button(key="begin").label == "Run Pallas here, interpreted"


def test_the_recorded_run_is_shown_and_marked(stage: Stage) -> None:
    stage(recorded=example())
    with page("cuda") as app:
        assert not app.exception
        assert [figure.label for figure in app.metric] == ["Tiles", "The library", "Vector sum"]
        assert "Recorded on one NVIDIA H200, 2026-11-25: n = 4,096, nvcc 13.0, JAX 0.10.2." in words(app)
        assert bars(app)[:2] == ["Naive (fp32, recorded)", "Tiled (fp32, recorded)"]
        assert bars(app)[-1] == "Peak of the data sheet (TF32, tensor cores)"
        assert "Naive (fp32, recorded): 6.87 TFLOP/s" in app.get("plotly_chart")[0].proto.alt
        assert len(app.dataframe[0].value) == len(example().rows)


def test_a_run_of_this_machine_stands_before_the_recorded_one(stage: Stage) -> None:
    fake = stage(READY, recorded=example())
    fake.found(replace(example(timed("matmul_naive", 0.02)), note="This GPU is busy with something else (97 %)."))
    with page("cuda") as app:
        assert "Measured here on one NVIDIA H200" in words(app)
        assert "This GPU is busy with something else (97 %)." in words(app)
        assert bars(app) == ["Naive (fp32)", "Peak of the data sheet (fp32)"]
        assert app.button(key="begin").label == "Compile and run here"
        assert not any("%%bash" in code.value for code in app.code)


def test_a_click_starts_it_another_cancels_it(stage: Stage) -> None:
    fake = stage(READY)
    with page("cuda") as app:
        app.button(key="begin").click().run()
        assert not app.exception
        assert fake.asked == [Kernels()]
        [bar] = app.get("progress")
        assert "Compiling" in bar.proto.text
        assert "0 of 7 done" in bar.proto.text
        app.button(key="cancel").click().run()
        assert fake.asked[-1] == Ticket("1", "secret")
        assert app.warning[0].proto.title == "The run was cancelled"


def test_while_somebody_else_measures_one_may_wait_in_line(stage: Stage) -> None:
    fake = stage(READY)
    fake.now = Snapshot(run_id="9", state="running", suite="quick", owner="command line")
    with page("cuda") as app:
        assert "A quick run started from the command line" in words(app)
        app.button(key="wait").click().run()
        assert "You are in line: your cuda run starts when this one ends" in words(app)
        assert fake.asked == []
        fake.now = Snapshot(run_id="9", state="finished", suite="quick")
        app.run()
        assert fake.asked == [Kernels()]
        assert app.button(key="cancel")


def test_a_compilers_error_is_shown_as_text(stage: Stage) -> None:
    said = 'matmul_naive.cu(18): error: expected a ";" <script>'
    failed = Row("matmul_naive", 4096, "failed", "nvcc could not compile it.", said)
    wrong = replace(timed("matmul_tiled", 0.01), status="invalid", reason="Its answer is wrong.")
    stage(READY).found(example(failed, wrong))
    with page("cuda") as app:
        assert not app.exception
        assert [error.proto.title for error in app.error] == ["Naive (fp32)"]
        assert app.error[0].value.replace("\\", "") == "nvcc could not compile it."
        assert said in [code.value for code in app.code]
        assert app.warning[0].proto.title == "Tiled (fp32) does not count"


def test_pallas_alone_is_said_to_be_right_and_drawn_nowhere(stage: Stage) -> None:
    stage().found(example(timed("pallas", 0.01, interpreted=True), gpu=""))
    with page("cuda") as app:
        assert "Pallas, interpreted on the CPU" in words(app)
        assert not app.get("plotly_chart")


@pytest.mark.parametrize(
    ("state", "title"),
    [("failed", "The run failed"), ("interrupted", "The run was interrupted")],
)
def test_a_run_that_ended_badly_says_so(stage: Stage, state: str, title: str) -> None:
    stage(READY).now = Snapshot(run_id="1", state=state, suite="cuda", error="The system ended it.")  # type: ignore[arg-type]
    with page("cuda") as app:
        [told] = [element for element in (*app.error, *app.warning) if element.proto.title == title]
        assert "The system ended it." in told.value.replace("\\", "")


def test_a_damaged_record_is_a_sentence(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage()

    def broken() -> Record:
        raise record.RecordError("Row 1, n: expected a whole number above 0, found '0'.")

    monkeypatch.setattr(record, "shipped", broken)
    with page("cuda") as app:
        assert not app.exception
        assert app.error[0].proto.title == "The recorded run cannot be read"


def listing(app: AppTest) -> str:
    [html] = app.get("html")
    return html.proto.body


def test_one_walks_through_the_code_line_by_line(stage: Stage) -> None:
    stage()
    with page("cuda") as app:
        app.segmented_control(key="program").set_value("matmul_tiled").run()
        seen = []
        for _ in range(11):
            app.button(key="Next-matmul_tiled").click().run()
            seen.append(listing(app))
        assert not app.exception
        assert len(set(seen)) == 11
        assert any('class="now"><i>29</i>        __syncthreads();' in code for code in seen)
        app.button(key="Back-matmul_tiled").click().run()
        assert listing(app) == seen[-2]
        assert app.slider(key="step-matmul_tiled").value == 11
        app.slider(key="step-matmul_tiled").set_value(1).run()
        assert app.button(key="Back-matmul_tiled").disabled


@pytest.mark.parametrize("name", ["vector_add", "matmul_naive", "matmul_tiled", "pallas"])
def test_every_program_can_be_read_to_its_end(stage: Stage, name: str) -> None:
    stage()
    with page("cuda") as app:
        app.segmented_control(key="program").set_value(name).run()
        slider = app.slider(key=f"step-{name}")
        slider.set_value(slider.max).run()
        assert not app.exception
        assert app.button(key=f"Next-{name}").disabled
        assert 'class="now"' in listing(app)
