"""The demos of the warm-up without a browser: convolution, pooling, networks."""

import io
import json
from typing import Any

import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest


def script(demo: str, options: dict[str, str]) -> None:
    """What the stage does with a demo."""
    import importlib

    from compute.lecture.steps import Step

    importlib.import_module(f"pages._lecture.{demo}").draw(Step(demo, "A step", 3, "Text.", demo, "", options))


def opened(demo: str, **options: str) -> AppTest:
    app = AppTest.from_function(script, kwargs={"demo": demo, "options": options}, default_timeout=30).run()
    assert not app.exception, app.exception
    return app


def film(app: AppTest) -> dict[str, Any]:
    """What the browser gets to play."""
    [component] = app.get("bidi_component")
    found: dict[str, Any] = json.loads(component.proto.json)
    return found


def choose(app: AppTest, key: str, value: Any) -> AppTest:
    app.segmented_control(key=key).set_value(value).run()
    assert not app.exception, app.exception
    return app


def picture(kind: str = "PNG") -> bytes:
    raw = io.BytesIO()
    Image.linear_gradient("L").save(raw, kind)
    return raw.getvalue()


def test_a_convolution_begins_with_a_hand_and_an_edge_filter() -> None:
    seen = film(opened("convolution"))
    assert seen["weights"] == ["-1", "0", "1"] * 3 + ["1"]
    assert seen["pixels"]["words"] == "Hand, 20 × 20"
    assert seen["map"]["words"] == "Feature map, 18 × 18"
    assert len(seen["sums"]) == len(seen["results"]) == 18 * 18
    assert seen["sums"][166 - 1] == "0 + 0 + 9 + 0 + 0 + 9 + 0 + 0 + 9"
    assert seen["results"][166 - 1] == "27"
    assert round(seen["start"] * 323) == 165
    assert not seen["problem"]


def test_another_kernel_and_another_picture_give_another_map() -> None:
    app = choose(opened("convolution"), "convolution-kernel", "Blur")
    assert film(app)["weights"] == ["1"] * 9 + ["9"]
    assert film(app)["sums"][0].endswith("÷ 9")
    before = film(app)["map"]["colours"]
    app.selectbox(key="convolution-picture").select("Stripes").run()
    assert film(app)["pixels"]["words"] == "Stripes, 20 × 20"
    assert film(app)["map"]["colours"] != before


def test_own_weights_begin_with_one_that_changes_nothing() -> None:
    assert film(choose(opened("convolution"), "convolution-kernel", "Own"))["weights"][4] == "1"


def test_a_picture_that_someone_brings_is_shown_and_a_bad_one_gets_a_sentence() -> None:
    app = opened("convolution")
    app.file_uploader(key="convolution-file").set_value(("mine.png", picture(), "image/png")).run()
    assert app.selectbox(key="convolution-picture").value == "Yours"
    assert film(app)["pixels"]["words"] == "Yours, 20 × 20"
    app.file_uploader(key="convolution-file").set_value(("mine.png", b"no picture", "image/png")).run()
    assert "not a picture that can be read here" in app.warning[0].value
    assert not app.exception


@pytest.mark.parametrize("window", [2, 3, 4])
def test_pooling_takes_the_largest_of_each_window(window: int) -> None:
    app = choose(opened("pooling", picture="house"), "pooling-window", window)
    seen = film(choose(app, "pooling-stride", 3))
    side = (20 - window) // 3 + 1
    assert (seen["window"], seen["stride"], seen["across"]) == (window, 3, side)
    assert seen["pixels"]["words"] == "House, 20 × 20"
    assert len(seen["results"]) == side * side
    assert all(int(place) < window * window for place in seen["best"])
    assert seen["lost"].startswith(f"400 numbers become {side * side}.")


def test_a_step_that_asks_for_an_unknown_picture_or_model_is_told_so() -> None:
    assert "asks for the picture “Cat”" in opened("pooling", picture="cat").warning[0].value
    assert "asks for the model “zlexnet”" in opened("networks", model="zlexnet").warning[0].value


def test_both_networks_are_drawn() -> None:
    app = opened("networks")
    assert film(app)["title"] == "Baseline model"
    assert len(film(app)["columns"]) == 1 + 6
    seen = film(choose(app, "networks-model", "alexnet"))
    assert seen["title"] == "AlexNet"
    assert [text for text, kind in seen["statement"] if kind] == ["92 % of the work", "96 % of the parameters"]
    assert film(opened("networks", model="alexnet"))["title"] == "AlexNet"
