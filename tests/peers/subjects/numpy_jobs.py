"""Rendering and k-means in NumPy: the same arithmetic on the same arrays, as the checks do it, in fp32."""

from __future__ import annotations

from typing import Any

import numpy as np

from compute.workloads import Case, kmeans, rendering
from tests.peers.child import Subject, repeated


def prepare(case: Case, how: dict[str, Any]) -> Subject:
    """One frame, or one step from the centres that were drawn."""
    if case.workload == "rendering":
        camera = rendering.camera_at(1.2)
        return repeated(lambda: rendering.render(camera, case.size, dtype=np.float32))
    points = kmeans.draw(case.size)
    centres = points[:, : kmeans.CLUSTERS].T.copy()
    return repeated(lambda: kmeans.lloyd(points, centres, np.float32))
