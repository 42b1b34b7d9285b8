"""The machine card: what machine this is, in two lines."""

from typing import Any

import streamlit as st

from compute import machine
from compute.measure import runner
from pages._shared.text import plain

# The card asks this often for the accelerators while they are being looked up.
POLL_S = 1.0


def card() -> None:
    """Processor and memory at once, the accelerators as soon as a child process has found them.

    Looking them up costs a second of processor time, so it begins only after the page has been painted: at the
    first beat of the fragment's timer, which runs in the browser.
    """
    here = machine.describe()
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.subheader(plain(here.cpu_model or "Unknown processor"), anchor=False, width="content")
            st.markdown(_facts(here), width="content")
        painted = st.session_state.setdefault("painted", False)
        known = runner.RUNNER.devices() if painted else None
        st.fragment(_accelerators, run_every=None if known else POLL_S)(known)
    st.session_state["painted"] = True


def _facts(here: machine.Machine) -> str:
    cores = "1 usable core" if here.cpu_count == 1 else f"{here.cpu_count:g} usable cores"
    facts = (cores, f"{here.memory_gib:.3g} GiB memory", here.platform, here.os, f"Python {here.python}")
    return " · ".join(plain(fact) for fact in facts if fact)


def _accelerators(known: dict[str, Any] | None) -> None:
    """One line: the devices that JAX can use here."""
    if known is None and st.session_state["painted"] and (known := runner.RUNNER.devices()):
        st.rerun()  # leaves the polling mode
    if known is None:
        st.caption("Looking for accelerators …")
        return
    st.markdown(_devices(known))
    if known.get("note"):
        st.caption(plain(known["note"]))


def _devices(known: dict[str, Any]) -> str:
    jax = known["machine"].get("jax")
    version = f" JAX {plain(jax)}" if jax else ""
    accelerators = [device for device in known["devices"] if device.get("platform") != "cpu"]
    if accelerators:
        first = plain(accelerators[0].get("kind") or "an accelerator that does not say its name")
        many = f"{len(accelerators)} × " if len(accelerators) > 1 else ""
        return f"{many}**{first}** is what gets measured, with{version or ' JAX'}."
    if known["devices"]:
        return f"No accelerator found: the processor is what gets measured, with{version or ' JAX'}."
    return "JAX does not run here, so nothing can be measured yet."
