"""The upload panel: bring results from elsewhere, see what is wrong with a file, decide what to keep."""

import streamlit as st

from pages._shared import data
from pages._shared.text import plain

# MB; the server refuses larger ones, too (.streamlit/config.toml).
LARGEST_MB = 5
# Keys of the page's two choices: the run that counts as 1, and the one beside it.
BASELINE, OTHER = "baseline", "other"
# Pixels. A file may have dozens of problems; they scroll, so that the rest of the page stays in reach.
PROBLEMS_HEIGHT = 260


def panel() -> None:
    """The uploader, and under it every file of this visitor."""
    key = f"upload {st.session_state.setdefault('upload round', 0)}"
    st.file_uploader(
        "Add results: one or more CSV files",
        type="csv",
        accept_multiple_files=True,
        max_upload_size=LARGEST_MB,
        key=key,
        on_change=_take,
        args=(key,),
    )
    for digest, file in list(data.uploads().items()):
        with st.container(border=True, key=f"file {digest[:8]}"):
            _file(digest, file)


def _take(key: str) -> None:
    """Read what was dropped and empty the uploader: the files are listed below it, with what was found in them."""
    for file in st.session_state[key]:
        rows = data.upload(file.name, file.getvalue()).rows
        # What was just brought is what one wants to see, unless it is the baseline: files come in any order.
        if rows and rows[0]["run_id"] != st.session_state.get(BASELINE):
            st.session_state[OTHER] = rows[0]["run_id"]
    st.session_state["upload round"] += 1


def _file(digest: str, file: data.Upload) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{plain(file.name)}**: {_found(file)}", width="stretch")
        st.button("Remove", key=f"remove {digest}", on_click=data.forget, args=(digest,))
    if not file.reading.problems:
        return
    with st.container(height=PROBLEMS_HEIGHT if len(file.reading.problems) > 4 else "content", border=False):
        # A problem quotes the file between backticks only, so that nothing in it comes alive.
        st.error("\n".join(f"- {problem}" for problem in file.reading.problems), icon=":material/error:")
    if file.reading.rows:
        keep = st.checkbox(
            f"Keep the {_rows(len(file.reading.rows))} that are good",
            value=file.keep_good_rows,
            key=f"keep {digest}",
        )
        if keep != file.keep_good_rows:
            data.keep_good_rows(digest, keep)
            st.rerun()


def _found(file: data.Upload) -> str:
    problems = len(file.reading.problems)
    good = _rows(len(file.reading.rows))
    if not problems:
        return f"{good}, all good."
    return f"{'1 problem' if problems == 1 else f'{problems} problems'}, {good} good."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"
