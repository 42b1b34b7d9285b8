"""k-means: two clusters by hand, scikit-learn beside it, both ways to add up, and what its check notices."""

from dataclasses import replace

import numpy as np
import pytest

from compute.workloads import Case, _tuning, kmeans
from tests.measure import engine
from tests.workloads import counting

CASE = Case("kmeans", "lloyd", "fp32", 1000)


def test_amounts() -> None:
    # 8 centres x 4 products and differences; 4 sums and a count; 8 halves of 4 squares, 8 x 4 divisions
    assert kmeans.flops(CASE) == 1000 * (8 * 8 + 5) + 8 * (4 + 3 + 1 + 4)
    assert kmeans.moved_bytes(CASE) == 1000 * 4 * 4
    assert kmeans.WORKLOAD.items(CASE) == 1000


def test_the_distances_are_counted_as_they_are_traced() -> None:
    import jax

    points, centres = kmeans.draw(1000), kmeans.draw(1000)[:, :8].T
    traced = jax.make_jaxpr(lambda p, c: kmeans.nearest(jax.numpy, p, c))(points, centres).jaxpr
    assert counting.flop(traced, 1000) == 8 * 8


def test_points_join_the_nearest_centre_and_centres_move_to_their_middle() -> None:
    points = np.array([[0.0, 2.0, 10.0, 14.0], [0, 0, 0, 0], [0, 0, 0, 0], [1, 1, 1, 1]])
    centres = np.array([[1.0, 0, 0, 1], [11.0, 0, 0, 1], [100.0, 0, 0, 1]])
    after = kmeans.lloyd(points, centres)
    assert after.tolist() == [[1, 0, 0, 1], [12, 0, 0, 1], [100, 0, 0, 1]]  # the last one has no points and stays


def test_of_equally_near_centres_the_first_is_taken() -> None:
    centres = np.zeros((8, 4))
    centres[:, 0] = [9, 1, -1, 9, 9, 9, 9, 9]
    assert kmeans.nearest(np, np.zeros((4, 1)), centres).tolist() == [1]


@pytest.mark.parametrize("sums", ["scatter", "columns", "product"])
def test_one_step_and_many_agree_with_scikit_learn(sums: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import jax
    from sklearn.cluster import KMeans

    entry = replace(_tuning.find(CASE, "cpu"), formulation={"sums": sums})
    monkeypatch.setattr(_tuning, "find", lambda case, backend: entry)
    program = engine.program(CASE)
    step = jax.jit(program.step)
    points = program.fixed()
    begin = centres = program.state(points)
    for steps in range(1, 9):
        centres = step(points, centres)
        if steps in (1, 8):
            theirs = KMeans(8, init=np.asarray(begin), n_init=1, max_iter=steps, tol=0, algorithm="lloyd")
            theirs.fit(kmeans.draw(1000).T)
            np.testing.assert_allclose(centres, theirs.cluster_centers_, rtol=1e-4, atol=1e-4)


def test_the_check_passes_and_finds_a_centre_that_did_not_move() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    points = program.fixed()
    check, _ = program.check(compiled, points, program.state(points))
    assert check.error <= check.limit
    check, _ = program.check(lambda points, centres: centres, points, program.state(points))
    assert not check.error <= check.limit


def test_pieces_add_up_to_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    points = kmeans.draw(1000)
    whole = kmeans.lloyd(points, points[:, :8].T)
    monkeypatch.setattr(kmeans, "_AT_ONCE", 300)
    np.testing.assert_allclose(kmeans.lloyd(points, points[:, :8].T), whole, rtol=1e-12)


def test_numpy_takes_the_step_that_the_program_takes() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    points = program.fixed()
    begin = program.state(points)
    after = kmeans.in_numpy(CASE)(np.asarray(points), np.asarray(begin))
    assert after.dtype == np.float32
    np.testing.assert_allclose(after, compiled(points, begin), rtol=1e-4, atol=1e-4)
