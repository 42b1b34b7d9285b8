"""The results that pages look at: this machine's runs, this visitor's uploads, and the recorded runs."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from compute import results
from compute.measure import runner
from compute.share import archive, sheet
from compute.share.shelf import Kept, shelf

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from compute.compare.baselines import Merged

HERE, UPLOADED, SHIPPED = "measured here", "uploaded", "shipped"

# Older runs stay on disk; more than this many would slow every page and crowd every chart.
RECENT_RUNS = 8

# A visitor's files stay in the server's memory, about 1 KB a row, until they leave.
MOST_ROWS = 100_000
MOST_FILES = 300
# Stands for all files for which there was no place.
FULL = "full"

# source, version, what gives the rows as a table
Part = tuple[str, str, "Callable[[], pa.Table]"]


@dataclass(frozen=True)
class Upload:
    """A file that this visitor brought: its rows count when it has no problem, or when they said so."""

    name: str
    found: sheet.Sheet
    keep_good_rows: bool = False

    @property
    def table(self) -> "pa.Table":
        """The rows that take part."""
        part = self.keep_good_rows or not self.found.problems
        return self.found.table if part else self.found.table.slice(0, 0)

    @property
    def run_id(self) -> str:
        """The run of the first row that takes part; "" without one."""
        return str(self.table["run_id"][0]) if len(self.table) else ""


def uploads() -> dict[str, Upload]:
    """This visitor's files by the digest of their content: the same file twice is one file."""
    found: dict[str, Upload] = st.session_state.setdefault("uploads", {})
    return found


def upload(name: str, content: bytes) -> list[Upload]:
    """Read a file, or each file in a ZIP, and remember what was found for this visitor."""
    if not archive.is_archive(content):
        return [_take(name, content)]
    unpacked = archive.unpack(content, name)
    if unpacked.problems:
        uploads()[_digest(content)] = Upload(name, sheet.of_rows([], unpacked.problems))
    return [_take(*file) for file in unpacked.files]


def _take(name: str, content: bytes) -> Upload:
    digest = _digest(content)
    if digest not in uploads():
        held = sum(len(file.found) for file in uploads().values())
        if held >= MOST_ROWS or len(uploads()) >= MOST_FILES:
            digest = FULL
        uploads()[digest] = Upload(name, sheet.read(content, name) if digest != FULL else _full(name))
    return uploads()[digest]


def bring(name: str, version: str, rows: list[results.Row]) -> None:
    """Put rows that are valid already into this visitor's view, in place of an earlier version of the same name."""
    for digest in [digest for digest, file in uploads().items() if file.name == name]:
        forget(digest)
    uploads()[_digest(f"{name} {version}".encode())] = Upload(name, sheet.of_rows(rows))


def _full(name: str) -> sheet.Sheet:
    """Said once, of the last file that found no place."""
    found = f"{results.shown(name)} and perhaps others after {MOST_FILES} files or {MOST_ROWS:,} rows"
    advice = (
        "They were not read. Remove files that you do not need, or put many runs into one CSV, then add them again."
    )
    return sheet.of_rows([], [results.Problem(None, None, found, "no more than that of one visitor", advice)])


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def open_shared(hash: str) -> Kept:
    """Take the results of a stored comparison into this visitor's view, once. Raises ShelfError."""
    from compute.compare.baselines import machine_name

    kept, sheets = _stored(hash)
    opened: set[str] = st.session_state.setdefault("opened", set())
    if hash not in opened:
        opened.add(hash)
        for name, found in sheets:
            first = found.table.slice(0, 1).to_pylist()
            label = f"{machine_name(first[0])} (shared)" if first else name
            uploads()[f"{hash} {name}"] = Upload(label, found)
    return kept


# Whoever opens the same link looks at the same rows, which are only ever read from.
@st.cache_resource(max_entries=4, ttl=600, show_spinner=False)
def _stored(hash: str) -> tuple[Kept, list[tuple[str, sheet.Sheet]]]:
    kept, files = shelf().find(hash)
    return kept, [(name, sheet.read(content, name)) for name, content in files]


def to_share(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The results that a link would have to carry: every server has the recorded ones."""
    recorded = {row["run_id"] for row in shipped()}
    return frame[~frame["run_id"].isin(recorded)]


def forget(digest: str) -> None:
    """Take a file out of view again."""
    uploads().pop(digest, None)


def keep_good_rows(digest: str, keep: bool) -> None:
    """Say whether the good rows of a file with problems take part."""
    uploads()[digest] = replace(uploads()[digest], keep_good_rows=keep)


def results_in_view() -> "pd.DataFrame":
    """All results this visitor can look at: this machine's newest runs, their uploads, the recorded runs.

    The columns of `compute.results.frame` and two more: `source` ("measured here", "uploaded" or "shipped")
    and `machine`, the name people read.
    """
    return _frame_of(_parts_in_view())


def view_version() -> str:
    """Changes when `results_in_view` does."""
    return "; ".join(_versions(_parts_in_view()))


def _parts_in_view() -> list[Part]:
    return [*map(_of_run, recent_runs()), *_uploaded(), _shipped()]


def of_run(run: runner.Snapshot, *, recorded: bool = False) -> "pd.DataFrame":
    """The results of one run of this machine, and the recorded ones beside it if wanted."""
    return _frame_of([_of_run(run), _shipped()] if recorded else [_of_run(run)])


def recent_runs() -> list[runner.Snapshot]:
    """This machine's runs that have results, newest first."""
    return [run for run in runner.RUNNER.runs() if run.rows][:RECENT_RUNS]


def newest_run_of(rows: "pd.DataFrame") -> runner.Snapshot | None:
    """The newest run of this machine that has any of these rows; None when they are all from elsewhere."""
    ids = set(rows["run_id"])
    return next((run for run in recent_runs() if run.run_id in ids), None)


def files_in_view() -> list[tuple[str, Sequence[results.Row]]]:
    """The same results as `results_in_view`, as (name of the file or run, rows)."""
    return _files(list(uploads().values()))


def _files(uploaded: Sequence[Upload]) -> list[tuple[str, Sequence[results.Row]]]:
    here = [(run.run_id, run.rows) for run in recent_runs()]
    brought = [(file.name, sheet.rows(file.table)) for file in uploaded]
    return [*here, *brought, ("the recorded runs", shipped())]


def merged() -> "Merged":
    """The files in view as one: each result once, and which contradict each other."""
    return merging()()


def merging() -> Callable[[], "Merged"]:
    """The same for later: a download is made when it is asked for, outside of the visitor's session and its uploads."""
    version, uploaded = view_version(), list(uploads().values())
    return lambda: _merged(version, lambda: _files(uploaded))


def conflicts() -> list[results.Problem]:
    """Where two files in view contradict each other. Most have no result in common, which a look at the keys tells."""
    common = results_in_view().duplicated(["run_id", "case", "mode"]).any()
    return merged().conflicts if common else []


@st.cache_resource(max_entries=2, show_spinner=False)
def _merged(version: str, _files: Callable[[], list[tuple[str, Sequence[results.Row]]]]) -> "Merged":
    from compute.compare.baselines import merge

    return merge(_files())


@st.cache_resource(max_entries=1, show_spinner=False)
def shipped() -> list[results.Row]:
    """The recorded runs that come with the project. Read once; only ever read from."""
    return results.shipped()


def example() -> bytes:
    """A results file to look at: a recorded one, or the bare header while none is recorded."""
    for path in sorted(results.SHIPPED.glob("*.csv")):
        return path.read_bytes()
    return results.to_csv([]).encode()


def version(run: runner.Snapshot) -> str:
    """Changes when the run has a new or refined row, and only then."""
    return f"{run.run_id} {len(run.rows)} {sum(row.get('batches') or 0 for row in run.rows)}"


def _of_run(run: runner.Snapshot) -> Part:
    return HERE, version(run), partial(_table_of, run.rows)


def _uploaded() -> list[Part]:
    return [
        (UPLOADED, f"{digest} {file.keep_good_rows}", partial(getattr, file, "table"))
        for digest, file in uploads().items()
    ]


def _shipped() -> Part:
    return SHIPPED, "", lambda: _table_of(shipped())


def _table_of(rows: Sequence[results.Row]) -> "pa.Table":
    return sheet.of_rows(rows).table


def _frame_of(parts: list[Part]) -> "pd.DataFrame":
    """One frame of all parts, made once for the same parts."""
    return _frame(_versions(parts), parts)


def _versions(parts: list[Part]) -> tuple[str, ...]:
    return tuple(f"{source} {part_version}" for source, part_version, _ in parts)


# Not cache_data: a copy of 50,000 rows for each rerun takes longer than all else. Nobody writes into it.
@st.cache_resource(max_entries=4, show_spinner=False)
def _frame(versions: tuple[str, ...], _parts: list[Part]) -> "pd.DataFrame":
    """Cached by what the parts are (`versions`), not by a look at every cell."""
    from compute.compare.headlines import named

    tables = [(source, make()) for source, _, make in _parts]
    sources = [source for source, table in tables for _ in range(len(table))]
    return named(sheet.frame(table for _, table in tables)).assign(source=sources)
