"""ZIPs from outside: whatever is in one, the good files come out and the others get a sentence."""

import io
import os
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute.results import to_csv
from compute.share import archive
from tests.samples import sample_row

GOOD = to_csv([sample_row()]).encode()


def zipped(*members: tuple[str | zipfile.ZipInfo, bytes], **options: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", options.get("compression", zipfile.ZIP_DEFLATED)) as packed:
        for name, content in members:
            packed.writestr(name, content)
    return out.getvalue()


def link(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


def encrypted() -> bytes:
    """A ZIP whose member says that it has a password."""
    content = bytearray(zipped(("secret.csv", GOOD)))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + place
        content[at : at + 2] = struct.pack("<H", struct.unpack("<H", content[at : at + 2])[0] | 1)
    return bytes(content)


def test_files_come_out_by_their_last_name_whatever_the_folder() -> None:
    data = zipped(("class/anna.csv", GOOD), ("class/", b""), ("ben.CSV", GOOD + b"\n"))
    unpacked = archive.unpack(data, "room.zip")
    assert unpacked.files == [("anna.csv", GOOD), ("ben.CSV", GOOD + b"\n")]
    assert unpacked.problems == []


def test_what_a_mac_adds_is_passed_over() -> None:
    unpacked = archive.unpack(zipped(("a.csv", GOOD), ("__MACOSX/._a.csv", b"x"), (".DS_Store", b"x")), "room.zip")
    assert [name for name, _ in unpacked.files] == ["a.csv"]
    assert unpacked.problems == []


@pytest.mark.parametrize(
    ("member", "sentence"),
    [
        (("../../etc/cron.csv", GOOD), "a path that leads out of the ZIP: `../../etc/cron.csv`"),
        (("/etc/passwd.csv", GOOD), "a path that leads out"),
        (("C:\\Windows\\a.csv", GOOD), "a path that leads out"),
        (("inner.zip", zipped(("a.csv", GOOD))), "a ZIP inside the ZIP: `inner.zip`"),
        (("disguised.csv", zipped(("a.csv", GOOD))), "a ZIP inside the ZIP: `disguised.csv`"),
        (("holiday.png", b"\x89PNG"), "something else than CSV: `holiday.png`"),
        ((link("link.csv"), b"/etc/passwd"), "a link instead of a file"),
        (("bomb.csv", b"0" * 4_000_000), "content that grows"),
        (("large.csv", os.urandom(5_000_001)), "more than 5 MB in `large.csv`"),
        (("evil\u202egnp.csv.exe", b""), "`evil\\u202egnp.csv.exe`"),
    ],
)
def test_a_bad_member_gets_a_sentence_and_the_good_one_is_kept(member: tuple[Any, bytes], sentence: str) -> None:
    unpacked = archive.unpack(zipped(member, ("good.csv", GOOD)), "room.zip")
    assert unpacked.files == [("good.csv", GOOD)]
    [problem] = unpacked.problems
    assert sentence in str(problem)
    assert "expected" in str(problem)


def test_nothing_is_ever_written_to_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    archive.unpack(zipped(("../escaped.csv", GOOD), ("a.csv", GOOD)), "room.zip")
    assert list(tmp_path.iterdir()) == []
    assert not (tmp_path.parent / "escaped.csv").exists()


def test_of_ten_thousand_tiny_files_the_first_are_read() -> None:
    unpacked = archive.unpack(zipped(*((f"{number}.csv", b"x") for number in range(10_000))), "many.zip")
    assert len(unpacked.files) == archive.MAX_FILES
    assert "10,000 files in the ZIP `many.zip`, expected at most 200" in str(unpacked.problems[0])


def test_all_files_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 3 * len(GOOD))
    unpacked = archive.unpack(zipped(*((f"{number}.csv", GOOD) for number in range(9))), "room.zip")
    assert [name for name, _ in unpacked.files] == ["0.csv", "1.csv", "2.csv"]
    assert "once it is unpacked" in str(unpacked.problems[0])


def test_sizes_are_counted_and_not_believed() -> None:
    """A directory that says 1 byte for a member of many: what comes out is refused by its checksum."""
    data = bytearray(zipped(("a.csv", GOOD), ("liar.csv", b"x" * 100)))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = struct.pack("<I", 1)
    unpacked = archive.unpack(bytes(data), "room.zip")
    assert [name for name, _ in unpacked.files] == ["a.csv"]
    assert "broken content of `liar.csv`" in str(unpacked.problems[0])


def test_a_password_is_a_sentence() -> None:
    assert "a password on `secret.csv`" in str(archive.unpack(encrypted(), "room.zip").problems[0])


def test_another_compression_is_a_sentence() -> None:
    data = zipped(("a.csv", GOOD), compression=zipfile.ZIP_LZMA)
    assert "an unusual compression of `a.csv`" in str(archive.unpack(data, "room.zip").problems[0])


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (zipped(), "no file in the ZIP"),
        (zipped(("[Content_Types].xml", b""), ("xl/a.xml", b"")), "an Office document"),
        (zipped(("a.csv", GOOD))[:200], "a broken ZIP"),
        (b"PK\x03\x04", "a broken ZIP"),
    ],
)
def test_a_zip_without_results_is_a_sentence(data: bytes, sentence: str) -> None:
    assert archive.is_archive(data)
    unpacked = archive.unpack(data, "x.zip")
    assert unpacked.files == []
    assert sentence in str(unpacked.problems[0])


@given(
    st.one_of(
        st.binary(max_size=300),
        st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), max_size=12).map(lambda cuts: damaged(cuts)),
    )
)
def test_no_bytes_make_it_raise(data: bytes) -> None:
    unpacked = archive.unpack(b"PK\x03\x04" + data if not archive.is_archive(data) else data, "x.zip")
    assert sum(len(content) for _, content in unpacked.files) <= archive.MAX_UNPACKED
    assert all(str(problem).isprintable() for problem in unpacked.problems)


def damaged(cuts: list[tuple[int, int]]) -> bytes:
    data = bytearray(zipped(("a.csv", b"schema,run_id\n" * 9), ("b/c.csv", b"x")))
    for place, value in cuts:
        data[place % len(data)] = value
    return bytes(data)


@given(st.dictionaries(st.from_regex(r"[a-z0-9]{1,8}\.csv", fullmatch=True), st.text(max_size=200), max_size=5))
def test_what_is_packed_comes_out_and_the_same_texts_give_the_same_bytes(files: dict[str, str]) -> None:
    data = archive.pack(files)
    assert data == archive.pack(dict(reversed(files.items())))
    found = {name: content.decode() for name, content in archive.unpack(data, "x.zip").files}
    assert found == {name: text for name, text in files.items() if not text.startswith("PK")}
