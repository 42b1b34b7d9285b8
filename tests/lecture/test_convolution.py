"""The convolutional layer against SciPy and by hand."""

from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from compute.lecture import convolution
from compute.lecture.convolution import KERNELS, BadKernel, Kernel, feature_map, named, parse, slide
from compute.lecture.greys import PICTURES, Grid

SMALL = np.array([[1, 2, 3, 0], [4, 5, 6, 0], [7, 8, 9, 0]])
WEIGHTS = st.integers(-9, 9).map(float)


def scipys(picture: Grid, kernel: Kernel) -> Any:
    """SciPy's answer: it fills the edges up, so the places where the window would stick out are cut off."""
    whole = ndimage.correlate(picture.astype(float), np.array(kernel.weights), mode="constant")
    return whole[1:-1, 1:-1] / kernel.divisor


@given(
    st.integers(3, 12).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(3, 12))),
    st.lists(WEIGHTS, min_size=9, max_size=9),
    st.sampled_from([1.0, 9.0, -2.0]),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_it_agrees_with_scipy(shape: tuple[int, int], weights: list[float], divisor: float, seed: int) -> None:
    picture = np.random.default_rng(seed).integers(0, 10, shape)
    kernel = Kernel(tuple(tuple(weights[start : start + 3]) for start in (0, 3, 6)), divisor)
    expected = scipys(picture, kernel)
    np.testing.assert_allclose(feature_map(picture, kernel), expected, atol=1e-12)


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_agrees_with_scipy_on_every_picture(name: str) -> None:
    kernel = KERNELS[name]
    for draw in PICTURES.values():
        np.testing.assert_allclose(feature_map(draw(), kernel), scipys(draw(), kernel), atol=1e-12)


def test_by_hand() -> None:
    assert feature_map(SMALL, KERNELS["Identity"]).tolist() == [[5, 6]]
    assert feature_map(SMALL, KERNELS["Blur"]).tolist() == [[5, 33 / 9]]
    assert feature_map(SMALL, KERNELS["Edges |"]).tolist() == [[6, -15]]
    assert feature_map(SMALL, KERNELS["Edges —"]).tolist() == [[18, 12]]
    assert feature_map(SMALL, KERNELS["Sharpen"]).tolist() == [[5, 13]]


def test_a_picture_smaller_than_the_window_is_refused() -> None:
    with pytest.raises(ValueError, match="smaller than the window"):
        feature_map(SMALL[:2], KERNELS["Blur"])


def test_each_stop_is_written_out() -> None:
    seen = slide(SMALL, KERNELS["Edges |"])
    assert seen.sums[0] == "−1 + 0 + 3 − 4 + 0 + 6 − 7 + 0 + 9"
    assert seen.results == ("6", "−15")
    blurred = slide(SMALL, KERNELS["Blur"])
    assert blurred.sums[1] == "(2 + 3 + 0 + 5 + 6 + 0 + 8 + 9 + 0) ÷ 9"
    assert blurred.results == ("5", "3.67")


@pytest.mark.parametrize("name", KERNELS)
def test_the_sums_that_are_written_give_the_results(name: str) -> None:
    seen = slide(PICTURES["Hand"](), KERNELS[name])
    assert len(seen.sums) == len(seen.results) == 18 * 18
    for written, value in zip(seen.sums, seen.values.ravel(), strict=True):
        assert eval(written.replace("−", "-").replace("÷", "/")) == pytest.approx(value)


def test_fields_become_a_kernel_and_a_known_one_is_recognised() -> None:
    typed = ["-1", "0", "1", " -1", "0", "1", "−1", "0", "1,0", "1"]
    assert named(parse(typed)) == "Edges |"
    assert named(parse([*typed[:9], "2"])) == convolution.OWN
    assert parse(["0.5", *"00000000", "1"]).weights[0][0] == 0.5


@pytest.mark.parametrize(
    ("place", "text", "found"),
    [
        (4, "many", "Row 2, column 2: found “many”; expected a number"),
        (0, "", "Row 1, column 1: found “”"),
        (8, "100", "Row 3, column 3: found “100”"),
        (8, "nan", "Row 3, column 3: found “nan”"),
        (9, "inf", "The divisor: found “inf”"),
        (9, "0", "divided by 0"),
        (9, "0.001", "divided by 0"),
    ],
)
def test_a_bad_field_is_named(place: int, text: str, found: str) -> None:
    fields = ["0"] * 9 + ["1"]
    fields[place] = text
    with pytest.raises(BadKernel, match=found):
        parse(fields)


@given(st.lists(st.one_of(st.text(max_size=6), st.none(), st.floats()), max_size=12))
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_typed_breaks_it(fields: list[object]) -> None:
    with suppress(BadKernel):
        assert np.isfinite(feature_map(SMALL, parse(fields))).all()
