"""Many devices: what more of them bring, and how fast they talk to each other."""

import streamlit as st

from compute.charts import collectives
from compute.charts import scaling as scaling_chart
from compute.compare import scaling
from compute.workloads import workloads
from pages._shared import answers as figures
from pages._shared import chart, data, results_table, watch

NOTHING = """
A job that is too large or too slow for one device is cut up: **sharding**. Each device holds a part of the arrays
and computes with it; where it needs what the others hold, they exchange it: **collectives**. How much of each device
is left over for the work is the **efficiency**.

With more than one GPU or TPU core, *Measure this machine* on the first page measures this by itself.
"""
SIMULATE = """
Without: JAX can cut one CPU into devices. That shows *how* it works, not that it gets faster: **they share the same
cores**, so expect more devices to be no faster, or slower.
"""
COMMAND = (
    "XLA_FLAGS=--xla_force_host_platform_device_count=8 python -m compute run "
    "--workload matmul_sharded --workload cnn_parallel --workload collectives"
)
HOSTS = """
The same suite runs on many machines at once: each starts the same command, they measure the same cases in step, and
the first one writes the results, which you bring to the page **Compare**. Under Slurm, Open MPI, Kubernetes and on
Cloud TPU JAX finds the others by itself; elsewhere say where they meet. `data/launch/` holds a Slurm script, a
Kubernetes job and a SkyPilot task that do it.
"""
TOGETHER = """\
# on the first machine, 10.0.0.1
python -m compute run --distributed --coordinator 10.0.0.1:1234 --processes 2 --process-id 0 --out results.csv
# on the second
python -m compute run --distributed --coordinator 10.0.0.1:1234 --processes 2 --process-id 1
"""
SHARED = """
These devices are **simulated**: parts of one CPU that share its cores and its memory. The answers are right and the
exchange is real, but there is nothing here to become faster with.
"""
SCALING_MEANS = """
**Strong** scaling gives one job to more devices: it shall be done sooner. **Weak** scaling gives each device as much
as one had: more shall be done in the same time. Efficiency is the rate on *d* devices over *d* times the rate on one;
the dashed line is the ideal.
"""
BANDWIDTH_MEANS = """
For a message of *S* bytes and a time *t* the **algorithm bandwidth** is *S / t*. The **bus bandwidth** counts what each
of *n* devices has to send at least: *2 (n − 1) / n × S / t* for an all-reduce, *(n − 1) / n × S / t* for the others. So
it can be held against the speed of one device's link, whatever *n* is. These are the definitions of
[NVIDIA's NCCL tests](https://github.com/NVIDIA/nccl-tests/blob/master/doc/PERFORMANCE.md). Small messages cost the time
to begin, large ones the bandwidth.
"""
HOW = """
- **Product.** Each device holds a band of rows of both factors. Before it multiplies it gathers the bands of the right
  factor that the others hold (*all-gather*).
- **Training.** Each device holds all weights and a part of the batch; the gradients are added up over all devices
  (*all-reduce*), so that all take the same step.
- **Collectives.** One collective alone, again and again; one number of the message is what the last one brought, so
  that none can be left out.
- **Checked.** Every device's part of each answer is compared with one computed independently, and the compiled program
  must hold the collective: without it, nobody shared anything.
- **A size that does not divide** over the devices is a row that says so.
"""


def many_hosts() -> None:
    """How to measure on several machines at once."""
    with st.expander("Many hosts", icon=":material/dns:"):
        st.markdown(HOSTS)
        st.code(TOGETHER, language="shell", wrap_lines=True)


frame = data.results_in_view()
owners = scaling.owners(frame)
watch.notice(measured_here=any(owner.source == data.HERE for owner in owners.values()))
if not owners:
    st.info(NOTHING, title="Nothing measured on several devices yet", icon=":material/hub:")
    st.markdown(SIMULATE)
    st.code(COMMAND, language="shell", wrap_lines=True)
    many_hosts()
    st.stop()

name = st.selectbox("Machine", list(owners), key="machine", bind="query-params")
owner = owners[name]
rows = scaling.rows_of(frame, owner)
if scaling.simulated(rows):
    st.warning(SHARED, icon=":material/memory:")
figures.show(scaling.figures(rows))

st.subheader("Efficiency", anchor=False)
for column, kind in zip(st.columns(2, gap="medium"), scaling.SCALING, strict=True):
    with column:
        chart.show(
            scaling_chart.build(frame, owner, kind, dark=chart.dark()),
            scaling_chart.describe(frame, owner, kind),
            f"scaling-{kind}",
        )
st.markdown(SCALING_MEANS)
if not (table := scaling.table(rows)).empty:
    st.dataframe(table, hide_index=True, placeholder="")

if counts := scaling.counts(rows):
    st.subheader("Between the devices", anchor=False)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        devices = st.segmented_control(
            "Devices", counts, default=counts[-1], required=True, key="devices", bind="query-params"
        )
        bandwidth = st.segmented_control(
            "Bandwidth", list(scaling.BANDWIDTHS), default="bus", required=True, key="bandwidth", bind="query-params"
        )
    chart.show(
        collectives.build(frame, owner, devices, bandwidth, dark=chart.dark()),
        collectives.describe(frame, owner, devices, bandwidth),
        "collectives",
    )
    st.markdown(BANDWIDTH_MEANS)
if not (links := scaling.links(rows)).empty:
    st.dataframe(links, hide_index=True, placeholder="")

results_table.explained(rows)
many_hosts()
with st.expander("How it was measured", icon=":material/timer:"):
    st.markdown(HOW)
    st.markdown("\n".join(f"- {workloads()[workload].why}" for workload in (*scaling.JOBS, scaling.LINKS)))
