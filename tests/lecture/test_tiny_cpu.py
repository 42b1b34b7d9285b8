"""The tiny machine against an interpreter of its own, written another way, and against hand-made programs."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compute.lecture import tiny_cpu
from compute.lecture.tiny_cpu import BadProgram, Run

EMPTY = (0,) * 16


def finished(text: str, memory: tuple[int, ...] = EMPTY, **more: int) -> Run:
    return tiny_cpu.run(tiny_cpu.parse(text), memory, **more)


# --- the program of the lecture -------------------------------------------------------------------------------


def test_the_program_of_the_lecture_adds_two_vectors() -> None:
    run = finished(tiny_cpu.VECTOR_SUM, tiny_cpu.parse_memory("3 1 4 1 5 9 2 6"))
    last = run.moments[-1]
    assert last.memory == (3, 1, 4, 1, 5, 9, 2, 6, 8, 10, 6, 7, 0, 0, 0, 0)
    # SET, four rounds of eight lines, HALT; each fetched, and each round touches the data three times.
    assert (last.instructions, last.additions, last.touches) == (34, 4, 34 + 4 * 3)
    assert run.halted
    assert run.ending == "Done after 34 instructions."


def test_every_instruction_is_fetched_then_decoded_then_executed() -> None:
    run = finished("SET A 7\nSTORE A [3]\nHALT")
    ready, *moments = run.moments
    assert [moment.phase for moment in moments] == [*tiny_cpu.PHASES] * 3
    assert [moment.line for moment in (ready, *moments)] == [0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert [moment.words for moment in moments[:6]] == [
        "Fetch line 1 from memory.", "SET: put a number into a register.", "A = 7.",
        "Fetch line 2 from memory.", "STORE: write a register into memory.", "Memory 3 = 7, from A.",
    ]  # fmt: skip
    # Only to execute changes a register or the memory.
    assert [set(moment.changed) for moment in moments] == [set(), set(), {"A"}, set(), set(), {3}, set(), set(), set()]


@pytest.mark.parametrize(
    ("lines", "answer", "words"),
    [
        ("SET A 250\nADD A 10", 4, "A = 250 + 10 = 4, after 255 comes 0."),
        ("SET A 3\nSUB A 5", 254, "A = 3 − 5 = 254, after 0 comes 255."),
        ("SET A 12\nSET B 10\nMUL A B", 120, "A = 12 × 10 = 120."),
        ("SET A 12\nAND A 10", 8, "A = 12 and 10 = 8."),
        ("SET B 9\nCOPY A B", 9, "A = 9."),
        ("SET D 2\nLOAD A [ D + 1 ]", 4, "A = 4, from memory 3."),
        ("set a, 5  # small letters, a comma and a remark", 5, "A = 5."),
    ],
)
def test_instructions_calculate(lines: str, answer: int, words: str) -> None:
    last = finished(f"{lines}\nHALT", tiny_cpu.parse_memory("1 2 3 4")).moments[-4]
    assert last.registers[0] == answer
    assert last.words == words


def test_there_are_a_dozen_instructions() -> None:
    assert len(tiny_cpu.INSTRUCTIONS) == 12


# --- what goes wrong -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", ["Line 1: There is no instruction. Begin with one, like SET A 7."]),
        ("SET A 1\nLAOD B [2]", ["Line 2: “LAOD” is no instruction. Did you mean LOAD?"]),
        ("ADD A", ["Line 1: ADD takes 2 things behind it, found 1. Write it like: ADD A B or 7."]),
        ("HALT A", ["Line 1: HALT takes nothing behind it, found 1. Write it like: HALT."]),
        ("SET E 1", ["Line 1: Found “E”; expected a register: A, B, C or D."]),
        ("SET A 256", ["Line 1: Found “256”; expected a number from 0 to 255."]),
        ("LOAD A 3", ["Line 1: Found “3”; expected a place in memory, like [12], [D] or [D+4]."]),
        ("JUMP end", ["Line 1: No line has the label “end”. Put “loop:” before an instruction to make one."]),
        ("JUMP A", ["Line 1: Found “A”; expected a label, like loop."]),
        ("x: HALT\nx: HALT", ["Line 2: The label “x” stands on two lines. Rename one."]),
        ("set: HALT", ["Line 1: “set” is an instruction or a register; choose another name for the label."]),
        (
            "JUMP y\nSET A -1\nx: HALT",
            ["Line 1: No line has the label “y”. There are: x.",
             "Line 2: Found “-1”; expected a number from 0 to 255."],
        ),
        ("HALT\n" * 41, ["Line 41: A program has at most 40 lines; shorten it."]),
    ],
)  # fmt: skip
def test_a_bad_program_gets_a_sentence_for_every_bad_line(text: str, sentences: list[str]) -> None:
    with pytest.raises(BadProgram) as caught:
        tiny_cpu.parse(text)
    assert [str(problem) for problem in caught.value.problems] == sentences


def test_an_endless_loop_ends_with_a_sentence() -> None:
    run = finished("loop: ADD A 1\nJUMP loop", most=100)
    assert not run.halted
    assert run.ending.startswith("Still not done after 100 instructions: an endless loop? Line 2 was the last. ")
    assert len(run.moments) == 1 + 3 * 100


def test_a_place_outside_of_memory_stops_the_machine_at_its_line() -> None:
    run = finished("SET D 9\n\nLOAD A [D+9]")
    assert run.ending == "Line 3: There is no memory 18; the places are 0 to 15. Change [D+9]."
    assert run.moments[-1].phase == "decode"


def test_a_program_without_halt_ends_with_a_sentence() -> None:
    run = finished("SET A 1")
    assert (run.halted, run.ending) == (False, "The program ran past its last line. Put HALT where it should stop.")


@pytest.mark.parametrize(
    ("text", "beginning"),
    [("1 2 x", "Found “x”"), ("300", "Found “300”"), ("-1", "Found “-1”"), ("1 " * 17, "Memory has 16 places")],
)
def test_bad_memory_gets_a_sentence(text: str, beginning: str) -> None:
    with pytest.raises(ValueError, match=beginning):
        tiny_cpu.parse_memory(text)


@given(st.text(max_size=80))
@settings(max_examples=100)
def test_any_text_is_a_program_or_a_bad_program(text: str) -> None:
    try:
        program = tiny_cpu.parse(text)
    except BadProgram as caught:
        bad = caught
    else:
        assert tiny_cpu.run(program, EMPTY, most=20).ending
        return
    assert bad.problems
    assert all(1 <= problem.line <= max(1, len(text.splitlines())) for problem in bad.problems)


# --- an independent machine ------------------------------------------------------------------------------------

registers, numbers = st.sampled_from("ABCD"), st.integers(0, 255).map(str)
values = registers | numbers
places = st.integers(0, 17).map("[{}]".format) | st.builds("[{}+{}]".format, registers, st.integers(0, 12))
labels = st.integers(0, 11).map("L{}".format)
lines = st.one_of(
    st.builds("SET {} {}".format, registers, st.integers(0, 20)),
    st.builds("COPY {} {}".format, registers, registers),
    st.builds("{} {} {}".format, st.sampled_from(["LOAD", "STORE"]), registers, places),
    st.builds("{} {} {}".format, st.sampled_from(["ADD", "SUB", "MUL", "AND"]), registers, values),
    st.builds("JUMP {}".format, labels),
    st.builds("{} {} {}".format, st.sampled_from(["JZERO", "JNZERO"]), registers, labels),
    st.just("HALT"),
)


def reference(program: list[str], memory: list[int], most: int) -> tuple[str, dict[str, int], list[int], int]:
    """The same machine as a dictionary and regular expressions: why it ended, registers, memory, instructions."""
    state = dict.fromkeys("ABCD", 0)
    cells, at, done = list(memory), 0, 0

    def value(word: str) -> int:
        return state[word] if word in state else int(word)

    while True:
        if done == most:
            return "loop", state, cells, done
        if at == len(program):
            return "past", state, cells, done
        words = program[at].split()
        at += 1
        if words[0] in ("LOAD", "STORE"):
            cell = sum(value(word) for word in re.findall(r"\w+", words[2]))
            if cell > 15:
                return "memory", state, cells, done
            if words[0] == "LOAD":
                state[words[1]] = cells[cell]
            else:
                cells[cell] = state[words[1]]
        elif words[0] == "JUMP" or (words[0][0] == "J" and (state[words[1]] == 0) == (words[0] == "JZERO")):
            at = int(words[-1][1:])
        elif words[0] in ("SET", "COPY"):
            state[words[1]] = value(words[2])
        elif words[0] in ("ADD", "SUB", "MUL", "AND"):
            a, b = state[words[1]], value(words[2])
            state[words[1]] = {"ADD": a + b, "SUB": a - b, "MUL": a * b, "AND": a & b}[words[0]] & 255
        done += 1
        if words[0] == "HALT":
            return "halt", state, cells, done


@given(st.lists(lines, min_size=12, max_size=12), st.lists(st.integers(0, 255), min_size=16, max_size=16))
@settings(max_examples=200)
def test_the_machine_does_what_an_independent_one_does(program: list[str], memory: list[int]) -> None:
    text = "\n".join(f"L{number}: {line}" for number, line in enumerate(program))
    run = finished(text, tuple(memory), most=60)
    why, state, cells, done = reference(program, memory, 60)
    last: Any = run.moments[-1]
    beginning = {"halt": "Done after", "loop": "Still not", "past": "The program ran past", "memory": "Line "}[why]
    assert run.ending.startswith(beginning)
    assert (last.registers, list(last.memory), last.instructions) == (tuple(state.values()), cells, done)
