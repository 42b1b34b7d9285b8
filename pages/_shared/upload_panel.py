"""The upload panel: bring results from elsewhere, see what is wrong with a file, decide what to keep."""

import streamlit as st

from pages._shared import data
from pages._shared.text import plain

# MB; the server refuses larger ones, too (.streamlit/config.toml). One CSV may have 5 MB (`compute.results`).
LARGEST_MB = 20
# Keys of the page's two choices: the run that counts as 1, and the one beside it.
BASELINE, OTHER = "baseline", "other"
# Pixels. A file may have dozens of problems; they scroll, so that the rest of the page stays in reach.
PROBLEMS_HEIGHT = 260
# So many files have a box each; a room's files are summed up in one line.
FEW = 4


def panel() -> None:
    """The uploader, and under it what this visitor brought: files with problems first, many good ones in one line."""
    key = f"upload {st.session_state.setdefault('upload round', 0)}"
    st.file_uploader(
        "Add results: CSV files, as many as you like, or a ZIP of them",
        type=["csv", "zip"],
        accept_multiple_files=True,
        max_upload_size=LARGEST_MB,
        key=key,
        on_change=_take,
        args=(key,),
    )
    files = data.uploads()
    bad = [digest for digest, file in files.items() if file.found.problems]
    good = [digest for digest in files if digest not in bad]
    boxes = bad[:FEW] + (good if len(good) <= FEW else [])
    if boxes:
        with st.container(border=True, key="files", gap="xsmall"):
            for digest in boxes:
                _file(digest, files[digest])
    if others := {digest: file for digest, file in files.items() if digest not in boxes}:
        _many(others)


def _take(key: str) -> None:
    """Read what was dropped and empty the uploader: the files are listed below it, with what was found in them."""
    for file in st.session_state[key]:
        for brought in data.upload(file.name, file.getvalue()):
            # What was just brought is what one wants to see, unless it is the baseline: files come in any order.
            if brought.run_id and brought.run_id != st.session_state.get(BASELINE):
                st.session_state[OTHER] = brought.run_id
    st.session_state["upload round"] += 1


def _file(digest: str, file: data.Upload) -> None:
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        st.markdown(f"**{plain(file.name)}**: {_found(file)}", width="stretch")
        st.button("Remove", key=f"remove {digest}", on_click=data.forget, args=(digest,))
    if not file.found.problems:
        return
    with st.container(height=PROBLEMS_HEIGHT if len(file.found.problems) > 4 else "content", border=False):
        # A problem quotes the file between backticks only, so that nothing in it comes alive.
        st.error("\n".join(f"- {problem}" for problem in file.found.problems), icon=":material/error:")
    if len(file.found):
        keep = st.checkbox(
            f"Keep the {_rows(len(file.found))} that are good",
            value=file.keep_good_rows,
            key=f"keep {digest}",
        )
        if keep != file.keep_good_rows:
            data.keep_good_rows(digest, keep)
            st.rerun()


def _many(files: dict[str, data.Upload]) -> None:
    """A room's files in one line; each of them can be looked up and taken out again."""
    good = sum(len(file.found) for file in files.values())
    problems = sum(bool(file.found.problems) for file in files.values())
    verdict = f"{problems} of them with problems" if problems else "all good"
    with (
        st.container(border=True, key="many-files"),
        st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"),
    ):
        st.markdown(f"**{len(files)} files**: {_rows(good)}, {verdict}.", width="stretch")
        with st.popover("Which files"):
            _list(files)
        st.button("Remove all", key="remove-all", on_click=_forget, args=(list(files),))


def _list(files: dict[str, data.Upload]) -> None:
    lines = [
        {"File": file.name, "Rows": len(file.found), "First problem": _first_problem(file)} for file in files.values()
    ]
    table = st.dataframe(
        lines, hide_index=True, on_select="rerun", selection_mode="multi-row", key=f"files {len(files)}"
    )
    chosen = [list(files)[place] for place in table.selection.rows if place < len(files)]
    st.button("Remove the selected", key="remove-selected", disabled=not chosen, on_click=_forget, args=(chosen,))


def _forget(digests: list[str]) -> None:
    for digest in digests:
        data.forget(digest)


def _first_problem(file: data.Upload) -> str:
    return str(file.found.problems[0]) if file.found.problems else ""


def _found(file: data.Upload) -> str:
    problems = len(file.found.problems)
    good = _rows(len(file.found))
    if not problems:
        return f"{good}, all good."
    return f"{'1 problem' if problems == 1 else f'{problems} problems'}, {good} good."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
