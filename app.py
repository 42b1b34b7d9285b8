"""The door: one app with its routes and its start and stop.

`streamlit run app.py` finds `app` and serves it; `python app.py` and `uvicorn app:app` do the same. A host that
executes this file as a plain Streamlit script gets the same pages, without the board's HTTP door.
"""

import runpy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from compute.share import door

FRAME = Path(__file__).resolve().parent / "pages" / "_frame.py"


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[None]:
    """The first visitor does not wait for imports; a closed server leaves no measuring process behind."""
    from compute.lecture import live
    from pages._shared import board_secret, warm_up

    board_secret.configure_board()
    warm_up.warm_up()
    async with door.sweeping():
        yield
    live.stop()


app = st.App(FRAME, routes=door.routes(st.get_option("server.baseUrlPath")), lifespan=lifespan)

if __name__ == "__main__":
    if get_script_run_ctx(suppress_warning=True):
        runpy.run_path(str(FRAME), run_name="__main__")
    else:
        app.run()
