"""The moderator's PIN: kept as a salted scrypt hash (RFC 7914), compared in constant time."""

import hashlib
import hmac
import secrets

SHORTEST, LONGEST = 6, 64
_COST, _BLOCK, _PARALLEL = 2**14, 8, 1
"""16 MiB and some 50 ms for each guess."""


def hashed(pin: str) -> str:
    """The salt and the hash in hexadecimal, to be stored instead of the PIN."""
    salt = secrets.token_bytes(16)
    return f"{salt.hex()}${_scrypt(pin, salt).hex()}"


def matches(pin: str, stored: str) -> bool:
    """Whether this is the PIN that was hashed. Takes as long for a nearly right one as for any other."""
    salt, _, digest = stored.partition("$")
    return hmac.compare_digest(_scrypt(pin, bytes.fromhex(salt)), bytes.fromhex(digest))


def _scrypt(pin: str, salt: bytes) -> bytes:
    return hashlib.scrypt(pin.strip().encode("utf-8", "surrogatepass"), salt=salt, n=_COST, r=_BLOCK, p=_PARALLEL)
