"""Five jobs: what a GPU is good for, each shown and measured, and one job that it is not good for."""

from typing import TYPE_CHECKING, Any

import streamlit as st

from compute.charts import bodies, clusters, job_places, job_rates, job_speed_ups, zero_bits
from compute.compare import jobs, tables
from compute.compare.jobs import JOBS
from compute.workloads import kmeans, particles, rendering, sha256
from pages._shared import answers as figures
from pages._shared import chart, data, links, results_table, watch

if TYPE_CHECKING:
    import plotly.graph_objects as go

NOTHING = """
A GPU is not faster at everything. It is thousands of simple hands, and good for work that can be dealt out to all of
them. Five kinds of work made it famous. Measure this machine, and its speed in each of them appears here.
"""
NO_CORE = """
How much faster than **one core** this is, is known as soon as a run on one core is in view:
`taskset -c 0 python -m compute run --suite standard`, and bring the CSV on the page *This machine*.
"""
WHAT = {
    "rendering": """
Every pixel sends a ray into a scene of four mirroring spheres, looks whether the place it meets lies in the **shadow**,
and follows one **reflection**. The camera moves on with every frame, so that each is computed anew.
""",
    "cnn": """
AlexNet, the network that started it all in 2012, classifies pictures. Its layers, and those of two other networks, are
on the page *CNN*.
""",
    "kmeans": """
**k-means** sorts points into eight groups: each point joins the nearest of eight centres, each centre moves to the
middle of its points, and again. The picture shows 600 points after ten such steps.
""",
    "sha256": """
A miner changes the **nonce** of a block's header until the double **SHA-256** of the header is small enough, which
means that it begins with enough zeros. There is no way but to try. The picture sweeps over 4,096 nonces around the
published one of Bitcoin's first block, 2,083,236,893: its hash alone begins with 43 zero bits.

**This mines nothing**: it hashes the header of a block that was found in January 2009, and sends nothing to anybody.
""",
    "particles": """
In a game's **world** every body moves a little between two frames. Here all of them attract each other, so that each
step looks at every pair. The picture shows 300 bodies and how far they came in 150 steps.
""",
    "serial": """
The **counter-example**: x becomes x (2x + 1), its bits are turned by five, and the next number needs this one. A second
hand has nothing to do, so all but one of a GPU's thousands of hands are idle, and that one is slower than a CPU's core.
""",
}
HOW = f"""
- **Each job is a step whose result the next step needs**, compiled by XLA and timed as everywhere here. Nothing can be
  left out or computed beforehand.
- **Checked**: the picture against NumPy in float64 (pixels from all over it), the centres against NumPy, hashes against
  Python's `hashlib` and the published block, the bodies' speeds against NumPy and the energy of their world after 16
  steps, the serial chain against Python's own integers.
- **Operations** are counted by hand beside the code that does them, and by tests in the traced program. An addition,
  multiplication, division or root counts as one. In crypto mining and in the serial chain they are on 32-bit integers:
  OP, not FLOP.
- **Rendering** is compared in full HD ({rendering.HD} lines). **Bodies at {particles.FRAMES_PER_S} frames a second**
  are computed from the world whose step comes nearest to the time of a frame: the time grows with the square of the
  bodies.
- **Times as fast as one core** compares operations per second with a run that had one core, the same job each time.
"""


def pictured(name: str) -> None:
    """The picture that a job makes itself."""
    if name == "rendering":
        st.image(_photograph(), caption="Computed by the job's own code, in NumPy.", width="stretch")
    else:
        figure, alt = _picture(name, chart.dark())
        chart.show(figure, alt, f"picture-{name}")


def rated(job: jobs.Job) -> None:
    """The job on every machine in view."""
    if owners:
        chart.show(
            job_rates.build(frame, job, dark=chart.dark()), job_rates.describe(frame, job), f"rates-{job.workload}"
        )


def _clusters(dark: bool) -> "tuple[go.Figure, str]":
    points, labels, centres = kmeans.found(600, 10)
    return clusters.build(points, labels, centres, dark=dark), clusters.describe(labels, centres)


def _bodies(dark: bool) -> "tuple[go.Figure, str]":
    before, after = particles.later(300, 150)
    return bodies.build(before, after, dark=dark), bodies.describe(before, after)


def _zero_bits(dark: bool) -> "tuple[go.Figure, str]":
    counts = sha256.zero_bits(4096)
    return zero_bits.build(counts, dark=dark), zero_bits.describe(counts)


PICTURES = {"kmeans": _clusters, "sha256": _zero_bits, "particles": _bodies}
PICTURED = ("rendering", *PICTURES)


@st.cache_resource(show_spinner=False)
def _picture(name: str, dark: bool) -> "tuple[go.Figure, str]":
    return PICTURES[name](dark)


@st.cache_data(show_spinner=False)
def _photograph() -> Any:
    return rendering.photograph(270)


frame = data.results_in_view()
owners = jobs.owners(frame)
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
if owners:
    owner = owners[st.selectbox("Machine", list(owners), key="machine", bind="query-params")]
    standings = {own.job.workload: own for own in jobs.standings(frame, owner)}
    figures.show([jobs.answer(standings.get(name), job) for name, job in JOBS.items() if name != "cnn"])
    roof, points = jobs.under_the_roof(frame, owner)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Faster than one core", anchor=False)
        if any(jobs.speed_up(frame, own) for own in standings.values()):
            chart.show(
                job_speed_ups.build(frame, owner, dark=chart.dark()), job_speed_ups.describe(frame, owner), "speed-ups"
            )
        else:
            st.info(NO_CORE, icon=":material/front_hand:")
    with right:
        st.subheader("Under the roof", anchor=False)
        chart.show(job_places.build(frame, owner, dark=chart.dark()), job_places.describe(frame, owner), "places")
else:
    st.info(NOTHING, title="No job measured yet", icon=":material/sports_esports:")

for name, job in JOBS.items():
    st.subheader(job.title, anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**{job.why}**")
        st.markdown(WHAT[name])
        if owners and name in points:
            st.markdown(f"Place under the roof: {jobs.place_words(points[name], roof)}")
        if name == "cnn":
            st.page_link(links.CNN, label="The networks, layer by layer", icon=":material/photo_library:")
        if name in PICTURED:
            rated(job)
    with right:
        if name in PICTURED:
            pictured(name)
        else:
            rated(job)

if owners:
    st.subheader("The numbers", anchor=False)
    st.dataframe(jobs.table(frame, owner), hide_index=True)
    results_table.explained([own.row for own in standings.values()])
    for name in (*JOBS, "transfer"):
        results_table.left_out(tables.not_measured(tables.of(frame, name, owner)))
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
