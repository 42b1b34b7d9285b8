"""The wrong-way gallery: eight mistakes, made here and now, all on one wall or one at a time with its code."""

from html import escape

import streamlit as st

from compute.charts import gallery as pictures
from compute.lecture import gallery, gallery_wall, on_stage
from compute.lecture.gallery import MISTAKES, Mistake, Record, Row
from compute.lecture.steps import Step
from compute.measure import runner
from pages._lecture import _label, _share
from pages._lecture._demo import fragment
from pages._shared import chart, run_panel
from pages._shared.kept import kept
from pages._shared.text import plain

ALL = "All"
VIEWS = [ALL, *map(str, range(1, len(MISTAKES) + 1))]
TICKET, NOT_STARTED = "gallery-ticket", "gallery-not-started"
CHART_PX = 250

_STYLE = """
<style>
.gallery-title{font-size:clamp(28px,2.3vw,46px);line-height:1.2;margin:0;font-weight:600}
.gallery-why{font-size:clamp(28px,2.2vw,42px);line-height:1.25;margin:0}
.gallery-said{font-size:clamp(22px,1.75vw,34px);line-height:1.3;margin:0}
.st-key-gallery-code code{font-size:clamp(20px,1.6vw,30px) !important;line-height:1.35}
@media (max-width:900px){.gallery-title{font-size:24px}.gallery-why,.gallery-said{font-size:20px}
.st-key-gallery-code code{font-size:16px !important}}
</style>
"""


def draw(step: Step) -> None:
    """The wall or one mistake, and the button; while something runs it is looked at every second."""
    running = gallery.RUNNER.snapshot().state == "running"
    fragment(_gallery, run_every=run_panel.POLL_S if running else None)(running)


def _gallery(watched: bool) -> None:
    now = gallery.RUNNER.snapshot()
    if (now.state == "running") != watched:
        st.rerun()  # to be looked at every second from now on, or no longer
    try:
        (shown, record), damaged = gallery.shown(), ""
    except gallery.RecordError as error:
        shown, record, damaged = runner.Snapshot(), None, str(error)
    view = _controls(now)
    st.html(_STYLE)
    if view == ALL:
        st.html(gallery_wall.draw(record, dark=chart.dark()))
        _origin(record, shown)
    else:
        _exhibit(MISTAKES[VIEWS.index(view) - 1], record, shown)
    _progress(now)
    for sentence in (damaged, st.session_state.get(NOT_STARTED), gallery.ending(gallery.newest())):
        if sentence:
            _say("said", f"⚠ {sentence}")


def _controls(now: runner.Snapshot) -> str:
    """Which view, and the button that fits the moment."""
    with st.container(horizontal=True, vertical_alignment="center"):
        view: str = st.pills(
            "Which mistake", VIEWS, default=ALL, required=True, key="gallery-view", label_visibility="collapsed"
        )
        if now.state == "running" and _is_mine(now):
            st.button("Cancel", key="gallery-cancel", on_click=_cancel)
        elif not _share.following():
            st.button(
                "Make all eight now", key="gallery-run", type="primary", icon=":material/play_arrow:",
                on_click=_start, disabled=now.state == "running",
            )  # fmt: skip
    return view


def _exhibit(mistake: Mistake, record: Record | None, shown: runner.Snapshot) -> None:
    """Why it is a mistake and the lines that make it, beside what they said."""
    words, picture = st.columns([6, 5], gap="medium")
    with words, st.container(gap="xsmall"):
        _say("title", f"{MISTAKES.index(mistake) + 1} {mistake.title}")
        _say("why", mistake.why)
        with st.container(key="gallery-code"):
            st.code(gallery.code(mistake.id), language="python", wrap_lines=True)
        _say("why", f"Instead: {mistake.instead}")
    with picture, st.container(gap="xsmall"):
        if record and (row := record.row(mistake.id)):
            _figures(record, row)
            _origin(record, shown)
        else:
            _say("said", f"{pictures.NOTHING}.")


def _figures(record: Record, row: Row) -> None:
    """What the mistake did, what proves it, and its bars."""
    _say("title", gallery.verdict(record, row))
    if said := gallery.evidence(record, row):
        _say("said", said)
    if row.wrong:
        figure = on_stage.enlarged(pictures.build(record, row.mistake, dark=chart.dark()), CHART_PX)
        chart.show(figure, pictures.describe(record, row.mistake), f"gallery-{row.mistake}")


def _say(how: str, words: str) -> None:
    st.html(f'<p class="gallery-{how}">{escape(words)}</p>')


def _origin(record: Record | None, shown: runner.Snapshot) -> None:
    """Which machine the figures are of, when, and what is unusual about it."""
    if record and shown.state != "running":
        _label.label(gallery.badge(record, shown))
        if note := record.machine.get("note"):
            st.caption(plain(note))


def _progress(now: runner.Snapshot) -> None:
    """How far it is, or who else measures."""
    if now.state == "running" and now.suite == "gallery":
        doing = gallery.BY_ID[now.case].title if now.case in gallery.BY_ID else "Starting JAX"
        st.progress(gallery.share(now), text=plain(f"{doing}, {now.done} of {len(MISTAKES)} done"))
    elif now.state == "running":
        _say("said", str(runner.Busy(now)))


def _start() -> None:
    held = _held()  # before it begins: its ticket must not be lost
    st.session_state.pop(NOT_STARTED, None)
    try:
        held[TICKET] = gallery.RUNNER.start(gallery.Gallery(), owner="lecture")
    except runner.Busy as busy:
        st.toast(plain(busy), icon=":material/group:")
    except runner.NotStarted as refused:
        st.session_state[NOT_STARTED] = str(refused)


def _cancel() -> None:
    gallery.RUNNER.cancel(_held()[TICKET])


def _held() -> dict[str, runner.Ticket]:
    """Where this visitor's newest ticket is."""
    return kept("gallery-tickets")


def _is_mine(now: runner.Snapshot) -> bool:
    ticket = _held().get(TICKET)
    return ticket is not None and ticket.run_id == now.run_id
