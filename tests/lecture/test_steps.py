"""Reading the lecture's files: what a step holds, and that every slip is named by file and line."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.lecture import steps

GOOD = """---
title: Switches that decide
minutes: 4.5
demo: gates
notes: Ask first: how many?
  A second line.

  A second paragraph.
picture: hands
---

A gate is **few** switches.

---
The line above is a rule, not a header.
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name.replace('_', '-').lstrip('n')}.md").write_text(text, encoding="utf-8")
    return folder


def test_a_step() -> None:
    step, at = steps.parse("gates", GOOD)
    assert step == steps.Step(
        name="gates",
        title="Switches that decide",
        minutes=4.5,
        demo="gates",
        notes="Ask first: how many?\nA second line.\n\nA second paragraph.",
        text="A gate is **few** switches.\n\n---\nThe line above is a rule, not a header.",
        options={"picture": "hands"},
    )
    assert at == {"title": 2, "minutes": 3, "demo": 4, "notes": 5, "picture": 9}


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", 1, "should begin with a line ---"),
        ("title: a\n", 1, "should begin with a line ---"),
        ("---\ntitle: a\nminutes: 1\ntext\n---\nx", 4, "Found “text”; expected a field like"),
        ("---\n  title: a\nminutes: 1\n---\nx", 2, "no field above"),
        ("---\ntitle: a\nminutes: 1", 3, "The header does not end"),
        ("---\ntitle: a\nminutes: 1\ntitle: b\n---\nx", 4, "title: stands here and on line 2"),
        ("---\ntitel: a\nminutes: 1\n---\nx", 2, "Found “titel:”; did you mean “title:”?"),
        ("---\ntitle: a\nminutes: 1\nnote: b\n---\nx", 4, "did you mean “notes:”?"),
        ("---\nminutes: 1\n---\nx", 1, "The title is missing"),
        ("---\nminutes: 1\ntitle:\n---\nx", 3, "The title is missing"),
        ("---\ntitle: a\n---\nx", 1, "The minutes are missing"),
        ("---\ntitle: a\nminutes: four\n---\nx", 3, "Found “four”; expected a number of minutes"),
        ("---\ntitle: a\nminutes: 0\n---\nx", 3, "Found “0”; expected a number of minutes above 0"),
        ("---\ntitle: a\nminutes: -1\n---\nx", 3, "Found “-1”"),
        ("---\ntitle: a\nminutes: 241\n---\nx", 3, "up to 240"),
        ("---\ntitle: a\nminutes: 1\ndemo: ../home\n---\nx", 4, "Found “../home”; expected the name of a demo"),
        ("---\ntitle: a\nminutes: 1\n---\n\n", 4, "Nothing stands below the header"),
    ],
)
def test_a_slip_is_named_with_its_line(text: str, line: int, words: str) -> None:
    with pytest.raises(steps.BrokenStep) as broken:
        steps.parse("x", text)
    assert broken.value.line == line
    assert words in str(broken.value)


def test_a_broken_file_is_named_and_the_others_still_show(tmp_path: Path) -> None:
    lecture = steps.read(write(tmp_path, n01_first=GOOD, n02_second="oh\n", n03_third=GOOD))
    assert [step.name for step in lecture.steps] == ["first", "third"]
    (problem,) = lecture.problems
    assert str(problem).startswith("02-second.md, line 1: The file should begin")
    assert lecture.minutes == 9


def test_names_of_files(tmp_path: Path) -> None:
    write(tmp_path, n01_first=GOOD, n02_first=GOOD, n01_other=GOOD, README="no step", gates=GOOD)
    lecture = steps.read(tmp_path)
    assert [step.name for step in lecture.steps] == ["first"]
    assert [str(problem) for problem in lecture.problems] == [
        "01-other.md, line 1: The number 1 is also that of 01-first.md. Give this file another one.",
        "02-first.md, line 1: The name first is also that of 01-first.md. Give this file another one.",
        "gates.md, line 1: The file's name should be two digits, a dash and small letters, like 07-gates.md.",
    ]


def test_bytes_that_are_no_text_and_files_that_are_too_large(tmp_path: Path) -> None:
    (tmp_path / "01-latin.md").write_bytes(GOOD.encode() + "Größe".encode("latin-1"))
    (tmp_path / "02-large.md").write_bytes(GOOD.encode() + b"x" * steps.LARGEST_BYTES)
    lecture = steps.read(tmp_path)
    assert not lecture.steps
    latin, large = map(str, lecture.problems)
    assert latin == "01-latin.md, line 16: A letter here is not in UTF-8. Save the file as UTF-8."
    assert large.startswith("02-large.md, line 1: The file has 64,")


def test_a_demo_that_is_not_there_is_named_and_its_text_still_shows(tmp_path: Path) -> None:
    write(tmp_path, n01_first=GOOD)
    lecture = steps.read(tmp_path, demos={"gate", "cloud"})
    assert [step.demo for step in lecture.steps] == ["gates"]
    assert [str(problem) for problem in lecture.problems] == [
        "01-first.md, line 4: There is no demo “gates” in pages/_lecture. Did you mean “gate”?"
    ]
    assert not steps.read(tmp_path, demos={"gates"}).problems


def test_an_empty_folder_says_what_belongs_there(tmp_path: Path) -> None:
    assert [problem.sentence for problem in steps.read(tmp_path).problems] == [
        "There is no step: put files like 01-welcome.md here."
    ]


LINES = st.sampled_from([*GOOD.splitlines(), "---", "minutes: x", "  more", "", "title:", "\u2028", "a: b", "\x00"])


@settings(max_examples=60, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(LINES, max_size=12).map("\n".join)))
def test_any_text_is_a_step_or_a_sentence(text: str) -> None:
    try:
        step, at = steps.parse("x", text)
    except steps.BrokenStep as problem:
        lines = [problem.line]
        outcome = str(problem)
    else:
        lines = list(at.values())
        outcome = f"{step.title} {step.text}." if 0 < step.minutes <= steps.LONGEST_MINUTES else ""
    assert all(1 <= line <= text.count("\n") + 1 for line in lines)
    assert outcome.endswith((".", "?"))
