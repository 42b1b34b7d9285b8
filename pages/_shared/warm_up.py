"""What takes long only the first time, done while the server starts: the first visitor does not wait for it."""

import gc
import inspect
import os
from importlib import import_module

# What else the first page needs: with Pandas, half a second.
SLOW_TO_IMPORT = (
    "compute.compare.baselines",
    "compute.money.answers",
    "pandas.io.formats.style",
    "PIL.Image",
)


def warm_up() -> None:
    """Import it, draw what is drawn first, and let Python look up where each module came from.

    Plotly loads the parts of a figure when the first one is made, and Streamlit asks for the modules' files on its
    first page.
    """
    # Arrow reads this when it is imported; the pool of its own keeps 10 MiB more.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from compute import results
    from compute.charts import cnn_throughput, matmul_curve

    for module in SLOW_TO_IMPORT:
        import_module(module)
    recorded = results.frame(results.shipped()).assign(source="shipped", machine="")
    matmul_curve.build(recorded)
    cnn_throughput.build(recorded, model="alexnet")
    inspect.stack()
    # All of this stays: Python need not look through it each time that it collects garbage. Fifty open walls feel it.
    gc.collect()
    gc.freeze()
