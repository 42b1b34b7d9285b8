"""Many files of results in one ZIP: taken apart within bounds, put together byte for byte alike.

A ZIP from outside is not believed: its names are only shown, never used as paths, nothing is written to a disk, and
sizes are counted while they are unpacked instead of read from its directory. Only the standard library is needed.
"""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from compute.results import MAX_BYTES, Problem, shown

MAX_FILES = 200
MAX_UNPACKED = 80_000_000
"""Bytes of all files together; 100 files with 50,000 rows take about 40 MB."""

MAX_RATIO = 200
"""Bytes out of one byte in. A file of results packs to a fourth; a bomb of zeros to a thousandth."""

_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_ADVICE = "Pack the CSV files that Many Hands wrote into a ZIP, nothing else."
# What a Mac and Windows add to a ZIP by themselves.
_ADDED = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class Unpacked:
    """The files that were taken out, by the names to show, and what is wrong with the others."""

    files: list[tuple[str, bytes]]
    problems: list[Problem]


def is_archive(data: bytes) -> bool:
    """Whether it begins as a ZIP does, whatever its name says."""
    return data.startswith(_STARTS)


def unpack(data: bytes, name: str) -> Unpacked:
    """Takes the CSV files out of a ZIP. Never raises because of what is in it.

    At most MAX_FILES files and MAX_UNPACKED bytes come out; each problem names the member of the ZIP. Files that a
    Mac or Windows adds by itself are passed over.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            return _unpack(packed, name)
    except _BROKEN as error:
        problem = Problem(None, None, f"a broken ZIP {shown(name)} ({_words(error)})", "a whole ZIP", "Pack it again.")
        return Unpacked([], [problem])


# What zipfile raises on broken, encrypted or unknown content.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def pack(files: Mapping[str, str]) -> bytes:
    """A ZIP of texts by name; the same texts give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, text in sorted(files.items()):
            packed.writestr(zipfile.ZipInfo(name, _LONG_AGO), text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _unpack(packed: zipfile.ZipFile, name: str) -> Unpacked:
    members = packed.infolist()
    if any(member.filename == "[Content_Types].xml" for member in members):
        advice = "In the spreadsheet, save as “CSV UTF-8 (comma delimited)”, then upload that."
        return Unpacked([], [Problem(None, None, f"an Office document {shown(name)}", "a ZIP of CSV files", advice)])
    members = [member for member in members if not _is_passed_over(member)]
    if not members:
        return Unpacked([], [Problem(None, None, f"no file in the ZIP {shown(name)}", "CSV files", _ADVICE)])
    files: list[tuple[str, bytes]] = []
    problems = [*_too_many(len(members), name)]
    left = MAX_UNPACKED
    for member in members[:MAX_FILES]:
        where = f"{shown(member.filename)} in the ZIP {shown(name)}"
        if refusal := _refusal(member, where):
            problems.append(refusal)
            continue
        if left <= 0:
            problems.append(_too_much(name))
            break
        try:
            content = _content(packed, member, min(left, MAX_BYTES))
        except _BROKEN as error:
            problems.append(
                Problem(None, None, f"broken content of {where} ({_words(error)})", "a whole file", "Pack it again.")
            )
            continue
        left -= len(content)
        if len(content) > MAX_BYTES:
            found, advice = f"more than {MAX_BYTES / 1e6:.0f} MB in {where}", "Split the file, one file per run."
            problems.append(Problem(None, None, found, f"at most {MAX_BYTES / 1e6:.0f} MB", advice))
        elif left < 0:
            problems.append(_too_much(name))
            break
        elif is_archive(content):
            found = f"a ZIP inside the ZIP: {where}"
            problems.append(Problem(None, None, found, "CSV files only", "Unpack the inner one first."))
        else:
            files.append((_short(member.filename), content))
    return Unpacked(files, problems)


def _content(packed: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    """The content, or a little more than `limit` bytes of it where it is larger."""
    with packed.open(member) as file:
        return file.read(limit + 1)


def _is_passed_over(member: zipfile.ZipInfo) -> bool:
    """Folders, too; not `is_dir`, which a member without a name makes raise."""
    return member.filename.startswith(_ADDED[0]) or member.filename.endswith(("/", *_ADDED[1:]))


def _too_many(count: int, name: str) -> Iterator[Problem]:
    if count > MAX_FILES:
        found = f"{count:,} files in the ZIP {shown(name)}"
        advice = f"The first {MAX_FILES} were read. Split it, or put the results of many runs into one CSV."
        yield Problem(None, None, found, f"at most {MAX_FILES}", advice)


def _too_much(name: str) -> Problem:
    found = f"more than {MAX_UNPACKED / 1e6:.0f} MB in the ZIP {shown(name)} once it is unpacked"
    advice = "What came before was read. Split the ZIP."
    return Problem(None, None, found, f"at most {MAX_UNPACKED / 1e6:.0f} MB", advice)


def _refusal(member: zipfile.ZipInfo, where: str) -> Problem | None:
    """Why a member is not even unpacked, from what the directory of the ZIP says of it."""
    if _leads_out(member.filename):
        return Problem(None, None, f"a path that leads out of the ZIP: {where}", "plain names of files", _ADVICE)
    if stat.S_ISLNK(member.external_attr >> 16):
        return Problem(None, None, f"a link instead of a file: {where}", "CSV files only", _ADVICE)
    if member.flag_bits & _ENCRYPTED:
        return Problem(None, None, f"a password on {where}", "no password", "Pack it again without one.")
    if member.compress_type not in _PLAIN:
        return Problem(
            None, None, f"an unusual compression of {where}", "Deflate, which every ZIP program has", "Pack it again."
        )
    if member.filename.lower().endswith(".zip"):
        return Problem(None, None, f"a ZIP inside the ZIP: {where}", "CSV files only", "Unpack the inner one first.")
    if not member.filename.lower().endswith(".csv"):
        return Problem(None, None, f"something else than CSV: {where}", "CSV files only", _ADVICE)
    if member.file_size > MAX_RATIO * max(member.compress_size, 1):
        found = f"content that grows {member.file_size // max(member.compress_size, 1):,} times: {where}"
        return Problem(None, None, found, f"at most {MAX_RATIO} times, as text of results does", _ADVICE)
    return None


def _leads_out(path: str) -> bool:
    """Whether a path is absolute, of another drive, or climbs."""
    parts = path.replace("\\", "/").split("/")
    return path.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]


def _short(path: str) -> str:
    """The last part of a path, for people."""
    return path.replace("\\", "/").rpartition("/")[2]


def _words(error: Exception) -> str:
    """What zipfile says, short; its words may quote the file."""
    return shown(str(error) or type(error).__name__)
