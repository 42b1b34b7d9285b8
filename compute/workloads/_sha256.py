"""SHA-256 on many messages at once, written once for NumPy and JAX: a word is an array of uint32, an entry a message.

National Institute of Standards and Technology 2015, "Secure Hash Standard", FIPS 180-4. The names are the standard's.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Words = Any  # several words: a tuple, a list, or an array whose first axis they are

ROUNDS = 64


def _primes(count: int) -> list[int]:
    found: list[int] = []
    number = 2
    while len(found) < count:
        if all(number % prime for prime in found):
            found.append(number)
        number += 1
    return found


def _cube_root(number: int) -> int:
    root = round(number ** (1 / 3))
    while root**3 > number:
        root -= 1
    while (root + 1) ** 3 <= number:
        root += 1
    return root


# The first 32 bits behind the point of the square roots of 8 primes and of the cube roots of 64 (5.3.3 and 4.2.2).
START = np.array([math.isqrt(prime << 64) & 0xFFFFFFFF for prime in _primes(8)], np.uint32)
CONSTANTS = np.array([_cube_root(prime << 96) & 0xFFFFFFFF for prime in _primes(ROUNDS)], np.uint32)

ROUND_OPS = (5 + 3 + 4) + (5 + 4 + 1) + 2  # T1: Σ1, Ch and four sums; T2: Σ0, Maj and a sum; the new e and a
SCHEDULE_OPS = 5 + 5 + 3  # σ0, σ1 and three sums


def round_(state: Words, word: Any, constant: Any) -> Words:
    """One round: eight working variables to the next eight. ROUND_OPS, where a rotation is one operation."""
    a, b, c, d, e, f, g, h = state
    t1 = h + (_turned(e, 6) ^ _turned(e, 11) ^ _turned(e, 25)) + (g ^ (e & (f ^ g))) + constant + word
    t2 = (_turned(a, 2) ^ _turned(a, 13) ^ _turned(a, 22)) + ((a & b) | (c & (a | b)))
    return t1 + t2, a, b, c, d + t1, e, f, g


def next_word(window: Words) -> Any:
    """The word of the message schedule behind the last 16. SCHEDULE_OPS."""
    near, far = window[1], window[14]
    mixed = _turned(near, 7) ^ _turned(near, 18) ^ (near >> 3)
    return window[0] + mixed + window[9] + (_turned(far, 17) ^ _turned(far, 19) ^ (far >> 10))


def compress(start: Words, block: Words) -> list[Any]:
    """Eight words of a hash and a block of 16 to the next eight, in NumPy."""
    state, window = start, list(block)
    for constant in CONSTANTS:
        state = round_(state, window[0], constant)
        window = [*window[1:], next_word(window)]
    return [before + after for before, after in zip(start, state, strict=True)]


def _turned(word: Any, bits: int) -> Any:
    return (word >> bits) | (word << (32 - bits))
