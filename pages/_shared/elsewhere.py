"""Three ways to measure another machine: one file, one notebook, or a CSV that is brought here."""

from collections.abc import Callable

import streamlit as st

from compute.share import bundle, notebook

FILE = """
**One file.** It needs Python 3.11 or newer, NumPy and JAX (`pip install jax`) on the other machine:
"""
COMMAND = f"python {bundle.NAME} run --out results.csv"
NOTEBOOK = """
**One notebook.** Open it in Colab or on Kaggle, choose CPU, GPU or TPU, and **Run all**. It uses the JAX that is there,
and hands you the CSV.
"""
UPLOAD = """
**Then bring it here.** Drop the CSV on the page **Compare**. It holds no name of a person, a machine or a folder, and
nothing is sent anywhere unless somebody asks for it.
"""


def ways() -> None:
    """The expander with both downloads, each made when somebody asks for it."""
    with st.expander("Measure another machine", icon=":material/devices_other:"):
        first, second, third = st.columns(3, gap="medium")
        with first:
            st.markdown(FILE)
            st.code(COMMAND, language=None, wrap_lines=True)
            _download(bundle.NAME, bundle.build, "application/zip", "bundle")
        with second:
            st.markdown(NOTEBOOK)
            _download(notebook.NAME, notebook.build, "application/x-ipynb+json", "notebook")
        third.markdown(UPLOAD)


def _download(name: str, make: Callable[[], bytes | str], mime: str, key: str) -> None:
    st.download_button(
        f"Download {name}",
        make,
        file_name=name,
        mime=mime,
        on_click="ignore",
        icon=":material/download:",
        key=key,
    )
