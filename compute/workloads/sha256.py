"""Crypto mining: double SHA-256 of block headers, one for each nonce of a sweep. It mines nothing.

The header is that of the first block of Bitcoin, which anybody can check: its nonce 2,083,236,893 was found in January
2009. Nothing is sent to anybody, and a processor of today would not find another block with it in a lifetime.

How far it can go on a GPU that the data sheet gives F FLOP/s in fp32: such a chip has half as many 32-bit integer units
as fp32 units, and a multiply-add counts as two FLOP, so at most F / 4 integer instructions a second. An H100 or H200
(66.9 TFLOP/s) does 16.7 T/s, which is 3.84 GH/s if each of the 4,356 operations counted here for a header is one. Most
of them come in pairs: LOP3 combines three words, IADD3 adds three. So the limit lies between that and 7.68 GH/s.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from compute.workloads import Case, Check, Program, Workload, _sha256, _tuning, _versions

# Version, previous block (none), Merkle root, time, bits, nonce; as it travels, bytes in reading order.
GENESIS = bytes.fromhex(
    "01000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "3ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a"
    "29ab5f49"
    "ffff001d"
    "1dac2b7c"
)
NONCE = 2_083_236_893
GENESIS_HASH = "000000000019d6689c085ae165831e934ff763ae46a2a6c172b3f1b60a8ce26f"

_ROUNDS_WRITTEN_OUT = 8  # of the 64, in one turn of the loop; another number is a formulation, rounds=64
_NONCES_IN_KERNEL = 512  # of one block of threads; another number is a formulation, nonces=128
_WITHOUT_KERNEL = {"rounds": "16"}  # on a GPU that Triton does not know
_PADDING = (0x80000000, *[0] * 10, 640), (0x80000000, *[0] * 6, 256)  # behind 80 bytes, behind 32: see 5.1.1
_SWAP_OPS = 1 + 2 + 2 + 1 + 3
_LOOKED_AT = 64

SIZES = tuple(2**k for k in range(12, 19, 2))
SIZES_ON_ACCELERATOR = tuple(2**k for k in range(18, 25, 2))


def cases(suite: str, backend: str) -> list[Case]:
    """The widest sweeps first."""
    sizes = SIZES if backend == "cpu" else SIZES_ON_ACCELERATOR
    chosen = {"quick": sizes[-3:-2], "standard": sizes[-2::-1], "full": sizes[::-1]}[suite]
    return [Case("sha256", "headers", "uint32", size) for size in chosen]


def operations(case: Case) -> int:
    """32-bit integer operations: sums, bitwise ones, shifts, and rotations, which are one each.

    A header is two blocks of 64 bytes, and its hash is one more. The first block holds no nonce and is hashed once for
    the whole sweep, as every miner does; two are hashed for each nonce. It is counted up and turned around, and so is
    the word of the hash, which is then compared with the least so far.
    """
    block = _sha256.ROUNDS * (_sha256.ROUND_OPS + _sha256.SCHEDULE_OPS) - 16 * _sha256.SCHEDULE_OPS + 8
    return case.size * (2 * block + 1 + 2 * _SWAP_OPS + 1)


def moved_bytes(case: Case) -> int:
    """The first word of every hash, written, and read by the step after."""
    return 2 * 4 * case.size


def need_bytes(case: Case, backend: str) -> int:
    """Eight working variables and 16 words of a block, as many again for the next ones, and what hashes begin with."""
    return 4 * case.size * 2 * (8 + 16 + 8 + 2)


def build(case: Case, backend: str) -> Program:
    """A step hashes the next nonces, and looks through what the step before it found.

    XLA writes what the loop over the rounds carries, 24 words a nonce, to memory after every turn. As a Pallas kernel
    (formulation ``kernel=pallas``) the same lines keep it in registers.
    """
    import jax
    import jax.numpy as jnp

    tuned = _tuning.find(case, backend)
    formulation = tuned.formulation
    if formulation.get("kernel") == "pallas" and not _versions.compiles_kernels():
        formulation = _WITHOUT_KERNEL
    written_out = int(formulation.get("rounds", _ROUNDS_WRITTEN_OUT))
    if formulation.get("kernel") == "pallas":
        hashed = _in_kernel(case.size, written_out, int(formulation.get("nonces", _NONCES_IN_KERNEL)))
    else:
        constants = jnp.asarray(_sha256.CONSTANTS)

        def hashed(nonces: Any, header: Any) -> Any:
            return _hashed(nonces, header, constants, written_out)

    def step(header: Any, state: Any) -> Any:
        first, least, found = state
        least = jnp.minimum(least, found.min())
        return first + case.size, least, hashed(first + jnp.arange(case.size, dtype=jnp.uint32), header)

    def state(_: Any) -> Any:
        first = np.uint32(NONCE - case.size // 2)
        return jax.device_put((first, np.uint32(0xFFFFFFFF), np.full(case.size, 0xFFFFFFFF, np.uint32)))

    def check(compiled: Any, header: Any, state: Any) -> tuple[Check, Any]:
        first = int(state[0])
        found = compiled(header, state)
        words = np.asarray(found[2]).copy()
        after = compiled(header, found)
        at = np.unique(np.append(np.linspace(0, case.size - 1, _LOOKED_AT).astype(int), case.size // 2))
        right = [words[place] == int(block_hash(first + int(place))[:8], 16) for place in at]
        right += [words[case.size // 2] == 0, int(after[1]) == words.min()]
        return Check(1 - float(np.mean(right)), 0.0, what="share of wrong hashes"), after

    return Program(
        step=step,
        fixed=lambda: jax.device_put(_prepared()),
        state=state,
        check=check,
        donate=True,
        options=tuned.options,
        formulation=formulation,
    )


def _hashed(nonces: Any, header: Any, constants: Any, written_out: int) -> Any:
    """The first words of the hashes of these nonces, as they are compared; so many rounds are one turn of the loop.

    ``header`` and ``constants`` may be arrays or a kernel's references to them: single words of them are read.
    """
    import jax
    import jax.numpy as jnp

    def turn(number: Any, carried: Any) -> Any:
        state, window = carried
        for place in range(written_out):
            state = _sha256.round_(state, window[0], constants[number * written_out + place])
            window = (*window[1:], _sha256.next_word(window))
        return state, window

    def compress(_: Any, carried: Any) -> Any:
        """A block into its hash; the next one is that hash, padded, and begins as every message does."""
        start, block = carried
        state, _ = jax.lax.fori_loop(0, _sha256.ROUNDS // written_out, turn, (start, block))
        digest = [before + after for before, after in zip(start, state, strict=True)]
        return everywhere(_sha256.START), (*digest, *everywhere(_PADDING[1]))

    def everywhere(words: Any) -> Any:
        return tuple(jnp.full(nonces.shape, word, jnp.uint32) for word in words)

    prepared = [header[place] for place in range(8 + 3)]
    block = (*everywhere(prepared[8:]), swapped(nonces), *everywhere(_PADDING[0]))
    _, digest = jax.lax.fori_loop(0, 2, compress, (everywhere(prepared[:8]), block))
    return swapped(digest[7])


def _in_kernel(size: int, written_out: int, at_once: int, interpret: bool = False) -> Callable[[Any, Any], Any]:
    """The same as a Pallas kernel, which Triton compiles for a GPU; a block of threads takes so many nonces at once."""
    import jax
    import jax.numpy as jnp
    from jax.experimental import pallas as pl

    def kernel(nonces: Any, header: Any, constants: Any, found: Any) -> None:
        found[...] = _hashed(nonces[...], header, constants, written_out)

    def hashed(nonces: Any, header: Any) -> Any:
        some, all_ = pl.BlockSpec((at_once,), lambda block: (block,)), pl.BlockSpec()
        return pl.pallas_call(
            kernel,
            out_shape=jax.ShapeDtypeStruct((size,), jnp.uint32),
            grid=(size // at_once,),
            in_specs=[some, all_, all_],
            out_specs=some,
            compiler_params=_versions.kernel_params(),
            interpret=interpret,
        )(nonces, header, jnp.asarray(_sha256.CONSTANTS))

    return hashed


def swapped(word: Any) -> Any:
    """The bytes of a 32-bit word in the other order: a nonce is stored so, and a hash is compared so."""
    return (word << 24) | ((word & 0xFF00) << 8) | ((word >> 8) & 0xFF00) | (word >> 24)


def _prepared() -> Any:
    """The hash of the header's first block, and the words of the second one before the nonce: (11,) words."""
    words = np.array(struct.unpack(">20I", GENESIS), np.uint32)
    first = _sha256.compress(_sha256.START[:, None], words[:16, None])
    return np.concatenate([*first, words[16:19]])


def block_hash(nonce: int) -> str:
    """The hash of the header with a nonce, by hashlib, as people write it: the last byte first."""
    header = GENESIS[:76] + struct.pack("<I", nonce % 2**32)
    return hashlib.sha256(hashlib.sha256(header).digest()).digest()[::-1].hex()


def zero_bits(nonces: int) -> dict[int, int]:
    """How many hashes of a sweep around the published nonce begin with at least so many zero bits, by hashlib."""
    first = NONCE - nonces // 2
    leading = [256 - int(block_hash(nonce), 16).bit_length() for nonce in range(first, first + nonces)]
    return {bits: sum(found >= bits for found in leading) for bits in range(max(leading) + 1)}


WORKLOAD = Workload(
    name="sha256",
    title="Crypto mining",
    why="Every nonce is a ticket of its own: the same few thousand integer operations on each and nothing to share, "
    "which is what thousands of simple hands do best.",
    size_name="nonces",
    item_name="header",
    variants={"headers": "Crypto mining: double SHA-256 of block headers"},
    dtypes=("uint32",),
    cases=cases,
    flops=operations,
    bytes=moved_bytes,
    items=lambda case: case.size,
    need_bytes=need_bytes,
    build=build,
)
