"""NumPy's matrix product, which is OpenBLAS in its wheels."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, _random
from tests.peers.child import Subject, repeated


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """``a @ b`` in fp32 into an array that is there already."""
    n = case.size
    left, right, product = _random.normal((n, n), n + 1), _random.orthogonal(n, n).host(), np.empty((n, n), np.float32)

    return repeated(lambda: np.matmul(left, right, out=product))
