"""The steps of the lecture, read from `data/lecture/NN-name.md`.

A file is a small header between two lines `---`, then the text in Markdown:

    ---
    title: Switches that decide
    minutes: 4
    demo: gates
    notes: Ask first: how many switches are in your phone?
      Further lines of a value are indented.
    ---
    A gate is a few switches that **decide**.

`title` and `minutes` must be there. `demo` names the file in `pages/_lecture/` that draws beside the text, `notes` are
for the speaker's eyes. Any other line is an option of the demo. The number in the file's name is the step's place, the
rest is its address. A broken file is a `Problem`, the others still show.
"""

import difflib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "data" / "lecture"
FENCE = "---"
KNOWN = ("title", "minutes", "demo", "notes")
# A step is one screen. A larger file is something else.
LARGEST_BYTES = 64_000
LONGEST_MINUTES = 240

_FILE = re.compile(r"(\d{2,3})-([a-z0-9]+(?:-[a-z0-9]+)*)\.md")
_FIELD = re.compile(r"([a-z][a-z_-]*):(?:\s+(.*))?")
_DEMO = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Step:
    """One screen of the lecture.

    `name` is its address, `minutes` how long it is planned to take, `demo` the name of what is drawn beside the text
    (or ""), `notes` what only the speaker sees, `options` the further lines of the header.
    """

    name: str
    title: str
    minutes: float
    text: str
    demo: str = ""
    notes: str = ""
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """What is wrong in a file, at which line, and what to do about it."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.sentence}"


@dataclass(frozen=True)
class Lecture:
    """All steps in order, and what is wrong in the files."""

    steps: tuple[Step, ...]
    problems: tuple[Problem, ...]

    @property
    def minutes(self) -> float:
        """How long the whole lecture is planned to take."""
        return sum(step.minutes for step in self.steps)

    def find(self, name: str) -> Step | None:
        """The step with this name, or None."""
        return next((step for step in self.steps if step.name == name), None)

    def number(self, step: Step) -> int:
        """Its place, from 1."""
        return self.steps.index(step) + 1

    def until(self, step: Step) -> float:
        """After how many minutes the step is planned to end."""
        return sum(one.minutes for one in self.steps[: self.number(step)])

    def beside(self, step: Step, by: int) -> Step | None:
        """The step so many places further, or None where the lecture begins or ends."""
        place = self.number(step) + by
        return self.steps[place - 1] if 1 <= place <= len(self.steps) else None


class BrokenStep(Exception):
    """A file that is no step: the line, and the sentence that says what was found and what was expected."""

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(sentence)
        self.line = line


def read(folder: Path = FOLDER, demos: Collection[str] | None = None) -> Lecture:
    """All steps of a folder. With `demos`, the names of the demos that there are, a step that asks for another is named
    among the problems, too; its text still shows."""
    steps: list[Step] = []
    problems: list[Problem] = []
    taken: dict[str, str] = {}
    for path in _files(folder):
        try:
            number, name = _place(path.name)
            _once(path.name, taken, number=number, name=name)
            step, lines = parse(name, _decode(path))
        except BrokenStep as broken:
            problems.append(Problem(path.name, broken.line, str(broken)))
            continue
        steps.append(step)
        if step.demo and demos is not None and step.demo not in demos:
            problems.append(Problem(path.name, lines["demo"], _no_demo(step.demo, demos)))
    if not steps and not problems:
        problems.append(Problem(folder.name, 1, "There is no step: put files like 01-welcome.md here."))
    return Lecture(tuple(steps), tuple(problems))


def parse(name: str, text: str) -> tuple[Step, dict[str, int]]:
    """The step in a file's text, and the line of each field of its header (the first line is 1).

    Raises BrokenStep.
    """
    # Not splitlines(): it also splits where an editor counts no line.
    lines = text.replace("\r\n", "\n").split("\n")
    values, at, end = _header(lines)
    step = Step(
        name=name,
        title=_title(values, at),
        minutes=_minutes(values, at),
        demo=_demo(values, at),
        notes=values.get("notes", ""),
        text="\n".join(lines[end:]).strip(),
        options={key: value for key, value in values.items() if key not in KNOWN},
    )
    if not step.text:
        raise BrokenStep(end, "Nothing stands below the header. Write there what the screen says.")
    return step, at


def _files(folder: Path) -> list[Path]:
    """The Markdown files in order of their names; README.md is not one of them."""
    return sorted(path for path in folder.glob("*.md") if path.name != "README.md")


def _place(file: str) -> tuple[str, str]:
    """The number and the name in a file's name."""
    if not (parts := _FILE.fullmatch(file)):
        raise BrokenStep(1, "The file's name should be two digits, a dash and small letters, like 07-gates.md.")
    return str(int(parts[1])), parts[2]


def _once(file: str, taken: dict[str, str], **parts: str) -> None:
    """No two files share a number or a name."""
    for kind, value in parts.items():
        if other := taken.get(f"{kind} {value}"):
            raise BrokenStep(1, f"The {kind} {value} is also that of {other}. Give this file another one.")
    taken.update({f"{kind} {value}": file for kind, value in parts.items()})


def _decode(path: Path) -> str:
    raw = path.read_bytes()
    if len(raw) > LARGEST_BYTES:
        raise BrokenStep(
            1, f"The file has {len(raw):,} bytes; a step has at most {LARGEST_BYTES:,}. Make several steps of it."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as bad:
        line = raw[: bad.start].count(b"\n") + 1
        raise BrokenStep(line, "A letter here is not in UTF-8. Save the file as UTF-8.") from bad


def _header(lines: list[str]) -> tuple[dict[str, str], dict[str, int], int]:
    """The fields, the line of each, and how many lines the header takes."""
    if lines[0].rstrip() != FENCE:
        raise BrokenStep(1, f"The file should begin with a line {FENCE}, then title: and minutes:, then {FENCE} again.")
    values: dict[str, list[str]] = {}
    at: dict[str, int] = {}
    key = ""
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == FENCE:
            return {key: "\n".join(value).strip() for key, value in values.items()}, at, number
        if not line.strip() or line[0].isspace():
            if line.strip() and not key:
                raise BrokenStep(number, "The line is indented, but there is no field above that it could belong to.")
            if key:
                values[key].append(line.strip())
            continue
        if not (parts := _FIELD.fullmatch(line.rstrip())):
            raise BrokenStep(
                number, f"Found “{_short(line)}”; expected a field like “minutes: 4”, or {FENCE} where the header ends."
            )
        key = parts[1]
        if key in values:
            raise BrokenStep(number, f"{key}: stands here and on line {at[key]}. Keep one.")
        values[key], at[key] = [parts[2] or ""], number
        _spelled(key, number)
    raise BrokenStep(len(lines), f"The header does not end. Put a line {FENCE} between it and the text.")


def _spelled(key: str, line: int) -> None:
    """An option whose name is nearly that of a known field is a slip."""
    if key not in KNOWN and (meant := difflib.get_close_matches(key, KNOWN, 1, 0.75)):
        raise BrokenStep(line, f"Found “{key}:”; did you mean “{meant[0]}:”?")


def _title(values: Mapping[str, str], at: Mapping[str, int]) -> str:
    if not (title := values.get("title", "")):
        raise BrokenStep(at.get("title", 1), "The title is missing. Add a line like “title: Switches that decide”.")
    return " ".join(title.split())


def _minutes(values: Mapping[str, str], at: Mapping[str, int]) -> float:
    expected = f"a number of minutes above 0 and up to {LONGEST_MINUTES}, like “minutes: 4”"
    if "minutes" not in values:
        raise BrokenStep(1, f"The minutes are missing; expected {expected}.")
    written = values["minutes"]
    # No exponents, signs or underscores, which float() would take.
    if not re.fullmatch(r"\d{1,3}(\.\d+)?", written, re.ASCII) or not 0 < float(written) <= LONGEST_MINUTES:
        raise BrokenStep(at["minutes"], f"Found “{_short(written)}”; expected {expected}.")
    return float(written)


def _demo(values: Mapping[str, str], at: Mapping[str, int]) -> str:
    demo = values.get("demo", "")
    if demo and not _DEMO.fullmatch(demo):
        raise BrokenStep(
            at["demo"], f"Found “{_short(demo)}”; expected the name of a demo in small letters, like “demo: tiny_cpu”."
        )
    return demo


def _no_demo(demo: str, demos: Iterable[str]) -> str:
    close = difflib.get_close_matches(demo, list(demos), 1)
    advice = f"Did you mean “{close[0]}”?" if close else f"There are: {', '.join(sorted(demos)) or 'none'}."
    return f"There is no demo “{demo}” in pages/_lecture. {advice}"


def _short(words: str) -> str:
    return words.strip()[:40]
