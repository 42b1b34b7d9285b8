"""SHA-256: the standard's constants, hashlib beside it, the first block of Bitcoin, and the count."""

import hashlib
import struct
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from compute.workloads import Case, _sha256, _tuning, _versions, sha256
from tests.measure import engine

CASE = Case("sha256", "headers", "uint32", 256)


def test_the_constants_are_the_standards() -> None:
    assert [hex(word) for word in (_sha256.START[0], _sha256.START[7])] == ["0x6a09e667", "0x5be0cd19"]
    assert [hex(word) for word in (_sha256.CONSTANTS[0], _sha256.CONSTANTS[63])] == ["0x428a2f98", "0xc67178f2"]


@pytest.mark.parametrize("message", [b"", b"abc", b"x" * 55])
def test_a_block_is_hashed_as_by_hashlib(message: bytes) -> None:
    block = message + b"\x80" + bytes(55 - len(message)) + struct.pack(">Q", 8 * len(message))
    words = np.array(struct.unpack(">16I", block), np.uint32)[:, None]
    found = _sha256.compress(_sha256.START[:, None], words)
    assert struct.pack(">8I", *(int(word[0]) for word in found)) == hashlib.sha256(message).digest()


class Counted:
    """A word that counts what is done with it."""

    done = 0

    def _count(self, other: Any) -> "Counted":
        Counted.done += 1
        return self

    __add__ = __radd__ = __and__ = __or__ = __xor__ = __rshift__ = __lshift__ = _count


def test_operations_are_counted_as_they_are_written() -> None:
    words = [Counted() for _ in range(16)]
    Counted.done = 0
    _sha256.round_(words[:8], words[8], words[9])
    # a rotation is written as two shifts and an or, and counts as one: six in a round, four in the schedule
    assert Counted.done - 2 * 6 == _sha256.ROUND_OPS == 24
    Counted.done = 0
    _sha256.next_word(words)
    assert Counted.done - 2 * 4 == _sha256.SCHEDULE_OPS == 13
    Counted.done = 0
    sha256.swapped(Counted())
    assert Counted.done == sha256._SWAP_OPS


def test_amounts() -> None:
    # two blocks of 64 rounds, 48 words and 8 last sums; the nonce counted up; two words turned around; one comparison
    assert sha256.operations(CASE) == 256 * (2 * (64 * 24 + 48 * 13 + 8) + 1 + 2 * 9 + 1)
    assert sha256.moved_bytes(CASE) == 256 * 4 * 2
    assert sha256.WORKLOAD.items(CASE) == 256


def test_the_first_block_of_bitcoin() -> None:
    assert len(sha256.GENESIS) == 80
    assert struct.unpack("<I", sha256.GENESIS[76:])[0] == sha256.NONCE == 2083236893
    assert sha256.block_hash(sha256.NONCE) == sha256.GENESIS_HASH


def test_the_sweep_finds_the_published_nonce_and_looks_through_it_in_the_next_step() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    header = program.fixed()
    first, least, found = compiled(header, program.state(header))
    words = np.array(found)
    assert int(least) == 0xFFFFFFFF
    assert np.flatnonzero(words == 0).tolist() == [128]
    assert int(first) - 256 + 128 == sha256.NONCE
    assert int(compiled(header, (first, least, found))[1]) == 0


def test_every_hash_of_a_sweep_is_hashlibs() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    header = program.fixed()
    found = compiled(header, program.state(header))[2]
    expected = [int(sha256.block_hash(sha256.NONCE - 128 + place)[:8], 16) for place in range(256)]
    assert np.asarray(found).tolist() == expected


def test_the_check_passes_and_finds_one_wrong_hash() -> None:
    program, compiled = engine.program(CASE), engine.compiled_loop(CASE, 1)
    header = program.fixed()
    check, _ = program.check(compiled, header, program.state(header))
    assert check.error == check.limit == 0

    def wrong(header: Any, state: Any) -> Any:
        first, least, found = compiled(header, state)
        return first, least, found.at[255].add(1)

    check, _ = program.check(wrong, header, program.state(header))
    assert not check.error <= check.limit


def test_more_rounds_written_out_give_the_same_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    entry = replace(_tuning.find(CASE, "cpu"), formulation={"rounds": "16"})
    monkeypatch.setattr(_tuning, "find", lambda case, backend: entry)
    program = engine.program(CASE)
    step = jax.jit(program.step, compiler_options=engine.LITTLE_EFFORT)
    check, _ = program.check(step, program.fixed(), program.state(None))
    assert check.error == 0


def test_the_kernel_gives_the_same_hashes() -> None:
    import jax

    hashed = sha256._in_kernel(128, 16, 64, interpret=True)
    nonces = jax.numpy.arange(sha256.NONCE - 64, sha256.NONCE + 64, dtype=jax.numpy.uint32)
    found = jax.jit(hashed, compiler_options=engine.LITTLE_EFFORT)(nonces, sha256._prepared())
    expected = [int(sha256.block_hash(sha256.NONCE - 64 + place)[:8], 16) for place in range(128)]
    assert np.asarray(found).tolist() == expected


def test_a_gpu_of_the_right_kind_gets_the_kernel_by_triton(monkeypatch: pytest.MonkeyPatch) -> None:
    import jax

    monkeypatch.setattr(_versions, "compiles_kernels", lambda: True)
    program = sha256.build(replace(CASE, size=2**18), "gpu")
    assert program.formulation == {"kernel": "pallas"}
    traced = jax.jit(program.step).trace(program.fixed(), program.state(None))
    assert "triton" in traced.lower(lowering_platforms=("cuda",)).as_text()


def test_another_gpu_goes_without_and_the_row_says_so() -> None:
    program = sha256.build(CASE, "gpu")
    assert program.formulation == {"rounds": "16"}


def test_it_says_that_it_mines_nothing() -> None:
    assert sha256.__doc__
    assert "It mines nothing" in sha256.__doc__
