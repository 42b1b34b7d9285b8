"""The shelf: what is kept comes back exactly, for a while, and nothing else does."""

import errno
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compute import results
from compute.share import shelf as shelves
from compute.share.shelf import DIGITS, KEPT_DAYS, Shelf, ShelfError
from tests.samples import sample_row, sample_rows

DAY_S = 86_400
START = 1_764_000_000.0


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shelf(tmp_path: Path, clock: Clock) -> Shelf:
    return Shelf(tmp_path / "shared", clock)


def rows_of(shelf: Shelf, hash: str) -> list[results.Row]:
    return [row for name, content in shelf.find(hash)[1] for row in results.read(content, name).rows]


def test_what_is_kept_comes_back_exactly(shelf: Shelf, tmp_path: Path) -> None:
    kept = shelf.keep(sample_rows())
    assert rows_of(shelf, kept.hash) == sample_rows()
    assert kept.day == "24 December 2025"
    assert [path.name for path in (tmp_path / "shared").iterdir()] == [f"{kept.hash}.zip"]


def test_the_same_rows_are_stored_once_and_live_longer(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    first = shelf.keep(sample_rows())
    clock.now += 10 * DAY_S
    again = shelf.keep(iter(sample_rows()))
    assert again.hash == first.hash
    assert (again.until - first.until).days == 10
    assert len(list((tmp_path / "shared").iterdir())) == 1


def test_after_its_days_it_is_gone_from_the_disk(shelf: Shelf, clock: Clock, tmp_path: Path) -> None:
    kept = shelf.keep([sample_row()])
    clock.now += KEPT_DAYS * DAY_S - 60
    assert rows_of(shelf, kept.hash) == [sample_row()]
    clock.now += 61
    with pytest.raises(ShelfError, match="No comparison is stored under this link"):
        shelf.find(kept.hash)
    assert list((tmp_path / "shared").iterdir()) == []


@pytest.mark.parametrize("hash", ["", "../../etc/passwd", "0" * (DIGITS - 1), "G" * DIGITS, "0" * DIGITS + "\n"])
def test_a_hash_that_is_none_is_a_sentence(shelf: Shelf, hash: str) -> None:
    with pytest.raises(ShelfError, match="Copy the whole link"):
        shelf.find(hash)


@given(st.text(max_size=80))
def test_no_hash_leads_out_of_the_folder(tmp_path_factory: pytest.TempPathFactory, hash: str) -> None:
    shelf = Shelf(tmp_path_factory.getbasetemp() / "shared-nothing")
    with pytest.raises(ShelfError):
        shelf.find(hash)


def test_an_unknown_hash_is_a_sentence(shelf: Shelf) -> None:
    with pytest.raises(ShelfError, match="ask whoever sent it"):
        shelf.find("0" * DIGITS)


def test_what_was_changed_on_the_disk_is_not_shown(shelf: Shelf, tmp_path: Path) -> None:
    kept = shelf.keep([sample_row()])
    path = tmp_path / "shared" / f"{kept.hash}.zip"
    path.write_bytes(path.read_bytes() + b"x")
    os.utime(path, (START, START))
    with pytest.raises(ShelfError, match="damaged"):
        shelf.find(kept.hash)


def test_a_full_disk_is_a_sentence_and_leaves_nothing(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ShelfError, match=r"\(No space left on device\). Nothing was kept"):
        shelf.keep([sample_row()])
    assert list((tmp_path / "shared").iterdir()) == []


def test_a_full_shelf_says_when_there_is_room(shelf: Shelf, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "MOST_COMPARISONS", 2)
    for number in range(2):
        shelf.keep([sample_row(run_id=f"20250131-12000{number}-a")])
    with pytest.raises(ShelfError, match="The next place is free on 24 December 2025"):
        shelf.keep([sample_row(run_id="20250131-120009-a")])
    clock.now += KEPT_DAYS * DAY_S
    shelf.keep([sample_row(run_id="20250131-120009-a")])


def test_bytes_on_the_shelf_are_bounded(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.keep([sample_row()])
    monkeypatch.setattr(shelves, "MOST_BYTES", 1000)
    with pytest.raises(ShelfError, match="The shelf is full"):
        shelf.keep(sample_rows())


def test_a_comparison_that_could_not_be_read_again_is_not_kept(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelves, "LARGEST_BYTES", 100)
    with pytest.raises(ShelfError, match="too large to be stored"):
        shelf.keep(sample_rows())
    monkeypatch.undo()
    with pytest.raises(ShelfError, match="and 200 runs"):
        shelf.keep(sample_row(run_id=f"20250131-{number:06d}-a") for number in range(201))


def test_the_servers_shelf_stands_where_its_state_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_HANDS_STATE", str(tmp_path))
    kept = shelves.shelf().keep([sample_row()])
    assert (tmp_path / "shared" / f"{kept.hash}.zip").is_file()
