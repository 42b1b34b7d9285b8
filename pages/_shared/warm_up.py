"""What takes long only the first time, done while the server starts: the first visitor does not wait for it."""

import inspect
from importlib import import_module

# Pandas and what else the first page needs: half a second.
SLOW_TO_IMPORT = (
    "compute.charts.cnn_throughput",
    "compute.charts.matmul_curve",
    "compute.compare.baselines",
    "compute.money.answers",
    "pandas.io.formats.style",
    "PIL.Image",
)


def warm_up() -> None:
    """Import it, and let Python look up where each module came from, which Streamlit asks for on its first page."""
    for module in SLOW_TO_IMPORT:
        import_module(module)
    inspect.stack()
