"""The run panel: choose a suite, start it, watch it, wait in line, cancel."""

from datetime import datetime, timedelta, timezone

import streamlit as st

from compute import units
from compute.cuda import runs as cuda
from compute.measure import runner
from pages._shared.kept import kept
from pages._shared.text import plain

# The page asks this often while something runs: rarely enough not to disturb what is being measured.
POLL_S = 1.0
# And this often while nothing runs, to notice that somebody else has started something.
IDLE_POLL_S = 5.0

# In the address of who started a run, so that a reload does not lose the right to cancel it.
TICKET = "ticket"

SUITES = {
    "quick": "Quick · 30 s",
    "standard": "Standard · 5 min",
    "full": "Full · no limit",
}

SUITES_HELP = """
Quick measures something of everything in about 30 seconds. Standard measures more sizes, each one longer, in about
5 minutes. Full measures all there is and takes as long as it needs: on a small machine an hour or more.
"""

STAGES = {
    "starting": "Starting the measuring process",
    "compiling": "Compiling",
    "checking": "Checking the answer",
    "measuring": "Measuring",
    "refining": "Measuring again for a narrower interval",
}


def controls(snapshot: runner.Snapshot) -> None:
    """The suite and the one button that fits the moment: measure, cancel, wait in line, or leave the line."""
    _recall_ticket(snapshot)
    with st.container(horizontal=True, vertical_alignment="center"):
        suite = st.segmented_control(
            "Suite",
            list(SUITES),
            default="quick",
            required=True,
            format_func=SUITES.__getitem__,
            key="suite",
            bind="query-params",
            label_visibility="collapsed",
        )
        if snapshot.state != "running":
            st.button(
                "Measure this machine",
                type="primary",
                key="measure",
                on_click=_start,
                args=(runner.Spec(suite=suite),),
                help=SUITES_HELP,
            )
        else:
            _meanwhile(snapshot, runner.Spec(suite=suite))
    not_started()


def button(
    snapshot: runner.Snapshot, label: str, wanted: runner.Wanted, *, disabled: bool = False, quiet: bool = False
) -> None:
    """Start something else than a suite; while a run goes on, what there is to do instead. `quiet`: it does not call
    for a click."""
    _recall_ticket(snapshot)
    if snapshot.state == "running":
        _meanwhile(snapshot, wanted, disabled=disabled)
    else:
        st.button(
            label, type="secondary" if quiet else "primary", key="begin", on_click=_start, args=(wanted,),
            disabled=disabled,
        )  # fmt: skip


def _meanwhile(snapshot: runner.Snapshot, wanted: runner.Wanted, *, disabled: bool = False) -> None:
    """The button while a run goes on: cancel it, wait in line, or leave the line."""
    if is_mine(snapshot):
        st.button("Cancel", key="cancel", on_click=_cancel)
    elif waiting_for():
        st.button("Leave the line", key="leave", on_click=_leave)
    else:
        st.button("Wait in line", key="wait", on_click=_wait, args=(wanted,), disabled=disabled)


def not_started() -> None:
    """Why the run that this visitor wanted could not be started."""
    if trouble := st.session_state.get("not_started"):
        st.error(plain(trouble), title="The run could not be started", icon=":material/error:")


def progress(snapshot: runner.Snapshot) -> None:
    """Who measures what, how far it is, and how long it still takes."""
    someone_else(snapshot)
    st.progress(_share(snapshot), text=_stage(snapshot))


def outcome(snapshot: runner.Snapshot) -> None:
    """How the newest run ended, in a plain sentence, and what to do next."""
    kept = f"{len(snapshot.rows)} results were kept." if snapshot.rows else "Nothing was measured before that."
    if snapshot.state == "failed":
        st.error(f"{plain(snapshot.error)} {kept} You can measure again.", title="The run failed")
    elif snapshot.state == "cancelled":
        st.warning(f"{kept} Measure again for the rest.", title="The run was cancelled")
    elif snapshot.state == "interrupted":
        st.warning(f"{plain(snapshot.error)} {kept} Measure again for the rest.", title="The run was interrupted")


def take_turn(snapshot: runner.Snapshot) -> None:
    """Start what this visitor waits in line for, as soon as nothing else runs."""
    wanted = waiting_for()
    if wanted and snapshot.state != "running":
        _start(wanted)


def waiting_for() -> runner.Wanted | None:
    """The run that this visitor waits in line for; None when they do not."""
    wanted: runner.Wanted | None = st.session_state.get("waiting_for")
    return wanted


def about(snapshot: runner.Snapshot) -> str:
    """Which run the figures belong to: its suite, and when it began on the visitor's clock."""
    zone = timezone(-timedelta(minutes=st.context.timezone_offset or 0))
    began = datetime.fromtimestamp(snapshot.started_at, zone)
    return f"Measured here: {snapshot.suite} suite, {began.day} {began:%B %Y, %H:%M}."


def _start(wanted: runner.Wanted) -> None:
    """Start a run. A second click, or a click while someone else was faster, starts nothing."""
    held = _held()  # before the run begins: its ticket must not be lost
    st.session_state.pop("not_started", None)
    try:
        held[TICKET] = _runner(wanted).start(wanted, owner="dashboard")
    except runner.Busy as busy:
        if not is_mine(busy.snapshot):
            st.toast(plain(busy), icon=":material/group:")
            return
    except runner.NotStarted as error:
        st.session_state["not_started"] = str(error)
    st.session_state.pop("waiting_for", None)
    if "not_started" not in st.session_state:
        st.query_params[TICKET] = f"{held[TICKET].run_id}.{held[TICKET].token}"


def _held() -> dict[str, runner.Ticket]:
    """Where this visitor's newest ticket is."""
    return kept("tickets")


def _runner(wanted: runner.Wanted) -> runner.Runner:
    """Who runs it: the CUDA programs have a worker of their own."""
    return cuda.RUNNER if isinstance(wanted, cuda.Kernels) else runner.RUNNER


def _cancel() -> None:
    for one in (runner.RUNNER, cuda.RUNNER):
        one.cancel(_held()[TICKET])


def _wait(wanted: runner.Wanted) -> None:
    st.session_state["waiting_for"] = wanted


def _leave() -> None:
    st.session_state.pop("waiting_for", None)


def is_mine(snapshot: runner.Snapshot) -> bool:
    """Whether this visitor started the run."""
    ticket = _held().get(TICKET)
    return ticket is not None and ticket.run_id == snapshot.run_id


def _recall_ticket(snapshot: runner.Snapshot) -> None:
    """After a reload, take the ticket back from the address; it leaves the address when its run is over."""
    if (told := st.query_params.get(TICKET)) is None:
        return
    ticket = runner.Ticket(*told.rpartition(".")[::2])
    if snapshot.state != "running" or ticket.run_id != snapshot.run_id:
        del st.query_params[TICKET]
    elif runner.RUNNER.holds(ticket) or cuda.RUNNER.holds(ticket):
        _held()[TICKET] = ticket


def someone_else(snapshot: runner.Snapshot) -> None:
    """One run at a time: if another visitor has the machine, who it is, and that this one waits in line."""
    if is_mine(snapshot):
        return
    who = plain(runner.Busy(snapshot))
    if wanted := waiting_for():
        who += f" You are in line: your {wanted.suite} run starts when this one ends. Keep this page open."
    st.info(who, icon=":material/group:")


def _share(snapshot: runner.Snapshot) -> float:
    """How much of the run is over, 0 to 1: of its time where the suite has one, of its cases otherwise."""
    if snapshot.left_s is not None:
        return snapshot.elapsed_s / max(snapshot.elapsed_s + snapshot.left_s, 1.0)
    return min(snapshot.done / snapshot.total, 1.0) if snapshot.total else 0.0


def _stage(snapshot: runner.Snapshot) -> str:
    words = [f"Process {snapshot.process} of {snapshot.processes}"] if snapshot.processes > 1 else []
    words.append(STAGES.get(snapshot.stage, plain(snapshot.stage)))
    if snapshot.case:
        words.append(plain(snapshot.case))
    if snapshot.total:
        words.append(f"{len(snapshot.rows)} of {snapshot.total // snapshot.processes} results")
    if snapshot.left_s is not None:
        words.append(f"about {units.duration(snapshot.left_s)} left")
    return " · ".join(words)
