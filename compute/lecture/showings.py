"""A showing: the lecture as it is presented in a room, and the step it is at.

The stage, the speaker's notes and the phones in the room may be on different machines, so the step is kept by the
server: one small file a showing, `showings/CODE.json` in the folder named by $MANY_HANDS_STATE, or else in `data/`.
A showing has two codes. The room's (`K7M4X2`) lets one follow. The speaker's is that and as much again
(`K7M4X29TWD3F`): it lets one turn the steps, too.
"""

import hmac
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from compute.share.board.codes import LENGTH, new_code, read_code

_DATA = Path(__file__).resolve().parents[2] / "data"
LONGEST_S = 24 * 3600
"""A showing that nobody has turned for so long is over."""
MOST = 500


class NoShowing(Exception):
    """There is no showing with this code; a sentence for people."""


@dataclass(frozen=True)
class Showing:
    """Where a room is: the step's name, and when the clock was started (seconds since 1970, UTC)."""

    code: str
    secret: str
    step: str
    started_at: float

    @property
    def speaker(self) -> str:
        """The code with which one turns the steps."""
        return self.code + self.secret

    @property
    def elapsed_s(self) -> float:
        """Seconds since the clock was started."""
        return max(time.time() - self.started_at, 0.0)


def begin(step: str) -> Showing:
    """A new showing at this step; those that are over are forgotten."""
    _forget()
    showing = Showing(new_code(), new_code(), step, time.time())
    _write(showing)
    return showing


def find(code: str) -> Showing:
    """The showing with the room's or the speaker's code. Raises NoShowing."""
    room, secret = _read(code)
    try:
        showing = Showing(**json.loads(_file(room).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as gone:
        raise NoShowing(f"There is no lecture with the code “{code[: 3 * LENGTH]}”, or it is over.") from gone
    if secret and not hmac.compare_digest(secret, showing.secret):
        raise NoShowing("The first half of this code is right, the second is not. Open the notes from the stage.")
    return showing


def spoken_for(speaker: str) -> Showing:
    """The showing with the speaker's code. Raises NoShowing, also for the room's code."""
    if not is_speaker(speaker):
        raise NoShowing("With the code of the room one follows; the speaker's code is longer.")
    return find(speaker)


def is_speaker(code: str) -> bool:
    """Whether a code is a speaker's, and not the room's; whether it is right, `find` says."""
    return bool(_read(code)[1])


def turn(speaker: str, step: str) -> None:
    """Go to a step. Raises NoShowing, also for the room's code."""
    _write(replace(spoken_for(speaker), step=step))


def restart(speaker: str) -> None:
    """Start the clock again. Raises NoShowing, also for the room's code."""
    _write(replace(spoken_for(speaker), started_at=time.time()))


def _read(code: str) -> tuple[str, str]:
    """The room's code, and the secret behind it or "". Raises NoShowing."""
    if room := read_code(code):
        return room, ""
    # What people type is forgiven in a code of one length only: the long one is never typed, but linked.
    room, secret = read_code(code[:LENGTH]), read_code(code[LENGTH:])
    if not (room and secret and len(code) == 2 * LENGTH):
        raise NoShowing(f"“{code[: 3 * LENGTH]}” is no code of a lecture: it has {LENGTH} letters and digits.")
    return room, secret


def _folder() -> Path:
    return Path(os.environ.get("MANY_HANDS_STATE") or _DATA) / "showings"


def _file(room: str) -> Path:
    return _folder() / f"{room}.json"


def _write(showing: Showing) -> None:
    """All of it or nothing: others read while this writes."""
    _folder().mkdir(parents=True, exist_ok=True)
    fresh = _file(showing.code).with_suffix(f".{new_code()}")
    fresh.write_text(json.dumps(asdict(showing)), encoding="utf-8")
    fresh.replace(_file(showing.code))


def _forget() -> None:
    """Delete what is over, and the oldest of too many."""
    changed = sorted(((path.stat().st_mtime, path) for path in _folder().glob("*.json")), reverse=True)
    for place, (at, path) in enumerate(changed, start=1):
        if place >= MOST or time.time() - at > LONGEST_S:
            path.unlink(missing_ok=True)
