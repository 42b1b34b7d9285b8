"""What a reason may say of the machine that gave it: nothing that leads to a person."""

import getpass
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.measure import privacy
from compute.measure.privacy import without

NAMES = ("annas-laptop", "anna")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("No such file: /home/anna/thesis/x.so: cannot open", "No such file: (a path): cannot open"),
        ("dlopen('/usr/lib/libcuda.so.1') failed", "dlopen('(a path)') failed"),
        (r"Could not load C:\Users\Anna\jax\lib.dll.", "Could not load (a path)"),
        (r"on \\fileserver\anna today", "on (a path) today"),
        ("cache in ~/.cache/xla is full", "cache in (a path) is full"),
        ("see https://anna.example/x?y=1 or file:///tmp/a", "see (an address) or (an address)"),
        ("failed to connect to ipv4:10.0.0.7:8470 (refused)", "failed to connect to ipv4:(an address) (refused)"),
        ("peer 192.168.1.20 left", "peer (an address) left"),
        ("peer fe80::1ff:fe23:4567:890a left", "peer (an address) left"),
        ("[::1]:50051 is gone", "[(an address)]:50051 is gone"),
        ("Worker annas-laptop died, user ANNA.", "Worker (a name) died, user (a name)."),
        ("write to anna@uni.example", "write to (an address)"),
    ],
)
def test_what_leads_to_a_person_is_gone(text: str, left: str) -> None:
    assert without(text, NAMES) == left


@pytest.mark.parametrize(
    "text",
    [
        "Skipped: it needs 12.00 GiB of memory and 3.50 GiB are free beside the process itself.",
        "171.8 TFLOP/s is above 1.02 times the peak of 134 TFLOP/s.",
        "RESOURCE_EXHAUSTED: Out of memory allocating 17179869184 bytes. [op=jit(step)/jit(main)/dot_general]",
        "CUDA 12.4, cuDNN 9.1.0, driver 570.86.15 at 12:30:05",
        "xla::cpu::Executable: std::bad_alloc",
        "Only 2 batches fitted into the time: the interval is their range.",
        "T(2K)/T(K) is 1.2, outside 1.8…2.2.",
        "The hannah is no anna2 and no susanna.",
        "and/or, 3 / 4, 50 % of 1/2",
    ],
)
def test_what_does_not_stays(text: str) -> None:
    assert without(text, NAMES) == text


def test_the_names_are_those_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    privacy._names.cache_clear()
    monkeypatch.setattr(socket, "gethostname", lambda: "annas-laptop.uni.example")
    monkeypatch.setattr(getpass, "getuser", lambda: "anna")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/anna.b"))
    try:
        assert privacy._names() == ("annas-laptop.uni.example", "annas-laptop", "anna.b", "anna")
        assert privacy.anonymous("anna at annas-laptop") == "(a name) at (a name)"
    finally:
        privacy._names.cache_clear()


def test_a_user_without_a_name_and_a_common_one_are_no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody() -> str:
        raise KeyError("getpwuid(): uid not found: 1234")

    privacy._names.cache_clear()
    monkeypatch.setattr(socket, "gethostname", lambda: "localhost")
    monkeypatch.setattr(getpass, "getuser", nobody)
    monkeypatch.setattr(Path, "home", lambda: Path("/root"))
    try:
        assert privacy._names() == ()
    finally:
        privacy._names.cache_clear()


@given(
    before=st.text(max_size=20),
    folder=st.text(alphabet="abcdefgh0123456789_-.", min_size=1, max_size=12).filter(lambda name: name.strip(".")),
)
def test_no_home_folder_survives(before: str, folder: str) -> None:
    assert f"/home/{folder}/x" not in without(f"{before} /home/{folder}/x", ())
