"""A tiny machine: four registers, sixteen places of memory, a program counter, a dozen instructions.

A program is text, one instruction a line; `#` begins a remark, `name:` marks a line to jump to. Numbers have 8 bits:
after 255 comes 0, as in the 8-bit adder. A place of memory is written `[12]`, `[D]` or `[D+4]`.

The whole run is calculated at once, as a list of moments, so that one can step forwards and backwards through it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace

REGISTERS = ("A", "B", "C", "D")
CELLS = 16
NUMBERS = 256
LONGEST_PROGRAM = 40
MOST_INSTRUCTIONS = 500
PHASES = ("fetch", "decode", "execute")

# Instruction -> what it takes, and what it does in words. R a register, V a register or number, M memory, L a label.
INSTRUCTIONS = {
    "SET": ("RN", "put a number into a register"),
    "COPY": ("RR", "copy the second register into the first"),
    "LOAD": ("RM", "fetch from memory into a register"),
    "STORE": ("RM", "write a register into memory"),
    "ADD": ("RV", "add a register or number to a register"),
    "SUB": ("RV", "subtract it"),
    "MUL": ("RV", "multiply by it"),
    "AND": ("RV", "keep the bits that both have"),
    "JUMP": ("L", "go on at a label"),
    "JZERO": ("RL", "go there if the register is 0"),
    "JNZERO": ("RL", "go there if the register is not 0"),
    "HALT": ("", "stop"),
}
EXAMPLES = {"R": "A", "N": "7", "V": "B or 7", "M": "[12], [D] or [D+4]", "L": "loop"}
NAMES = {
    "R": "a register: A, B, C or D",
    "N": "a number from 0 to 255",
    "V": "a register or a number from 0 to 255",
    "M": "a place in memory, like [12], [D] or [D+4]",
    "L": "a label, like loop",
}

VECTOR_SUM = """\
      SET D 0
loop: LOAD A [D]
      LOAD B [D+4]
      ADD A B
      STORE A [D+8]
      ADD D 1
      COPY C D
      SUB C 4
      JNZERO C loop
      HALT
"""
VECTORS = (3, 1, 4, 1, 5, 9, 2, 6)
"""Two vectors of four numbers, one behind the other."""

_LINE = re.compile(r"(?:(?P<label>[A-Za-z_]\w*)\s*:)?\s*(?P<words>.*)", re.ASCII)
_MEMORY = re.compile(r"\[(?:(\d{1,3})|([A-D])(?:\+(\d{1,3}))?)\]", re.ASCII)
_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
_LABEL = re.compile(r"[A-Za-z_]\w*", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """What is wrong on a line of the program (the first is 1), and what to do about it."""

    line: int
    sentence: str

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}"


class BadProgram(Exception):
    """A text that is no program: all its problems, in order of their lines."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


@dataclass(frozen=True)
class Place:
    """A place in memory: a number, added to a register's value if one is named."""

    offset: int
    register: str = ""

    def __str__(self) -> str:
        if not self.register:
            return f"[{self.offset}]"
        return f"[{self.register}+{self.offset}]" if self.offset else f"[{self.register}]"


Operand = str | int | Place


@dataclass(frozen=True)
class Instruction:
    """One line of a program. A register or label is a str, a number an int, a place in memory a `Place`."""

    line: int
    name: str
    operands: tuple[Operand, ...]

    def __str__(self) -> str:
        return " ".join([self.name, *map(str, self.operands)])


@dataclass(frozen=True)
class Program:
    """Instructions in order, and for each label the index of the instruction that it marks."""

    text: str
    instructions: tuple[Instruction, ...]
    labels: dict[str, int]


@dataclass(frozen=True)
class Moment:
    """The machine after one phase of one instruction.

    `counter` is the index of the instruction to fetch next, `line` that of the one in work, 0 before the first.
    `instructions`, `additions` and `touches` count what was done so far: instructions executed, those among them that
    were ADD of two registers, and times that memory was read or written, the program included. `changed` are the
    registers ("A") and places in memory (12) that this phase wrote, `read` the places that it read.
    """

    phase: str
    line: int
    counter: int
    registers: tuple[int, ...]
    memory: tuple[int, ...]
    words: str
    instructions: int = 0
    additions: int = 0
    touches: int = 0
    changed: frozenset[str | int] = frozenset()
    read: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Run:
    """All moments of a program, and the sentence that says how it ended; `halted` if it did so by itself."""

    program: Program
    moments: tuple[Moment, ...]
    ending: str
    halted: bool


# --- reading -------------------------------------------------------------------------------------------------


def parse(text: str) -> Program:
    """The program in a text. Raises BadProgram, naming every line that is wrong."""
    lines = text.splitlines()
    if len(lines) > LONGEST_PROGRAM:
        raise BadProgram([Problem(LONGEST_PROGRAM + 1, f"A program has at most {LONGEST_PROGRAM} lines; shorten it.")])
    labels: dict[str, int] = {}
    found: list[Instruction] = []
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=1):
        parts = _LINE.fullmatch(line.partition("#")[0].strip())
        assert parts is not None  # the pattern takes any line
        try:
            if label := parts["label"]:
                _mark(label.lower(), len(found), labels)
            if words := parts["words"].split():
                found.append(_instruction(number, words))
        except ValueError as wrong:
            problems.append(Problem(number, str(wrong)))
    problems += [Problem(*slip) for slip in _dangling(found, labels)]
    if not found and not problems:
        problems.append(Problem(1, "There is no instruction. Begin with one, like SET A 7."))
    if problems:
        raise BadProgram(sorted(problems, key=lambda problem: problem.line))
    return Program(text, tuple(found), labels)


def parse_memory(text: str) -> tuple[int, ...]:
    """All places of memory from numbers with blanks or commas between; the rest is 0. Raises ValueError, a sentence."""
    words = text.replace(",", " ").split()
    if len(words) > CELLS:
        raise ValueError(f"Memory has {CELLS} places, but there are {len(words)} numbers. Leave some out.")
    for word in words:
        if not _NUMBER.fullmatch(word) or int(word) >= NUMBERS:
            raise ValueError(f"Found “{_short(word)}” for the memory; expected numbers from 0 to 255, like 3 1 4 1.")
    return tuple(map(int, words)) + (0,) * (CELLS - len(words))


def _mark(label: str, index: int, labels: dict[str, int]) -> None:
    if label.upper() in INSTRUCTIONS or label.upper() in REGISTERS:
        raise ValueError(f"“{label}” is an instruction or a register; choose another name for the label.")
    if label in labels:
        raise ValueError(f"The label “{label}” stands on two lines. Rename one.")
    labels[label] = index


def _instruction(line: int, words: list[str]) -> Instruction:
    name = words[0].upper()
    if name not in INSTRUCTIONS:
        close = difflib.get_close_matches(name, INSTRUCTIONS, 1)
        advice = f"Did you mean {close[0]}?" if close else f"There are: {', '.join(INSTRUCTIONS)}."
        raise ValueError(f"“{_short(words[0])}” is no instruction. {advice}")
    kinds = INSTRUCTIONS[name][0]
    operands = " ".join(words[1:]).replace(",", " ")
    # A place in memory may be written with blanks: [D + 4].
    given = re.sub(r"\s*([\[\]+])\s*", r"\1", operands).replace("[", " [").replace("]", "] ").split()
    if len(given) != len(kinds):
        pattern = " ".join([name, *(EXAMPLES[kind] for kind in kinds)])
        raise ValueError(f"{name} takes {_how_many(len(kinds))}, found {len(given)}. Write it like: {pattern}.")
    return Instruction(line, name, tuple(_operand(*pair) for pair in zip(kinds, given, strict=True)))


def _operand(kind: str, word: str) -> Operand:
    register = word.upper() if word.upper() in REGISTERS else ""
    if register and kind in "RV":
        return register
    if kind in "NV" and _NUMBER.fullmatch(word) and int(word) < NUMBERS:
        return int(word)
    if kind == "M" and (parts := _MEMORY.fullmatch(word.upper())):
        return Place(int(parts[1] or parts[3] or 0), parts[2] or "")
    if kind == "L" and not register and _LABEL.fullmatch(word):
        return word.lower()
    raise ValueError(f"Found “{_short(word)}”; expected {NAMES[kind]}.")


def _dangling(instructions: list[Instruction], labels: dict[str, int]) -> list[tuple[int, str]]:
    """Jumps to labels that no line has."""
    there = f"There are: {', '.join(labels)}." if labels else "Put “loop:” before an instruction to make one."
    return [
        (instruction.line, f"No line has the label “{_short(target)}”. {there}")
        for instruction in instructions
        if (target := _target(instruction)) and target not in labels
    ]


def _target(instruction: Instruction) -> str:
    """The label that an instruction jumps to, or ""."""
    if "L" not in INSTRUCTIONS[instruction.name][0]:
        return ""
    return str(instruction.operands[-1])


def _how_many(count: int) -> str:
    return {0: "nothing behind it", 1: "one thing behind it"}.get(count, f"{count} things behind it")


def _short(word: str) -> str:
    return word if len(word) <= 20 else f"{word[:19]}…"


# --- running -------------------------------------------------------------------------------------------------


class _Stop(Exception):
    """The machine cannot go on; the sentence says why."""


def run(program: Program, memory: tuple[int, ...], most: int = MOST_INSTRUCTIONS) -> Run:
    """Every moment of a program, three an instruction, until it halts, breaks or has done `most` instructions."""
    now = Moment("", 0, 0, (0,) * len(REGISTERS), memory, "Ready. Press Step: the machine fetches its first line.")
    moments = [now]
    for _ in range(most):
        if now.counter >= len(program.instructions):
            ending = "The program ran past its last line. Put HALT where it should stop."
            return Run(program, tuple(moments), ending, False)
        instruction = program.instructions[now.counter]
        fetched = replace(
            now, phase="fetch", line=instruction.line, counter=now.counter + 1, touches=now.touches + 1,
            words=f"Fetch line {instruction.line} from memory.", changed=frozenset(), read=frozenset(),
        )  # fmt: skip
        decoded = replace(fetched, phase="decode", words=f"{instruction.name}: {INSTRUCTIONS[instruction.name][1]}.")
        moments += [fetched, decoded]
        try:
            now = _execute(instruction, decoded, program.labels)
        except _Stop as stop:
            return Run(program, tuple(moments), f"Line {instruction.line}: {stop}", False)
        moments.append(now)
        if instruction.name == "HALT":
            return Run(program, tuple(moments), f"Done after {_count(now.instructions, 'instruction')}.", True)
    ending = (
        f"Still not done after {most} instructions: an endless loop? Line {now.line} was the last. Check its jumps."
    )
    return Run(program, tuple(moments), ending, False)


def _execute(instruction: Instruction, now: Moment, labels: dict[str, int]) -> Moment:
    now = replace(now, phase="execute", instructions=now.instructions + 1)
    match instruction.name, instruction.operands:
        case "HALT", ():
            return replace(now, words="Stop.")
        case "JUMP", (str(label),):
            return _jump(now, label, labels, "Go on at", True)
        case (("JZERO" | "JNZERO"), (str(register), str(label))):
            value = _value(now, register)
            go = (value == 0) == (instruction.name == "JZERO")
            return _jump(now, label, labels, f"{register} is {value}: " + ("go to" if go else "no jump."), go)
        case "LOAD", (str(register), Place() as place):
            cell = _cell(now, place)
            value = now.memory[cell]
            loaded = _put(now, register, value, f"{register} = {value}, from memory {cell}.")
            return replace(loaded, touches=now.touches + 1, read=frozenset({cell}))
        case "STORE", (str(register), Place() as place):
            cell, value = _cell(now, place), _value(now, register)
            memory = (*now.memory[:cell], value, *now.memory[cell + 1 :])
            return replace(
                now, memory=memory, touches=now.touches + 1, changed=frozenset({cell}),
                words=f"Memory {cell} = {value}, from {register}.",
            )  # fmt: skip
        case _, (str(register), (str() | int()) as operand):
            value = _value(now, operand)
            result, formula = _calculate(instruction.name, _value(now, register), value)
            both = instruction.name == "ADD" and isinstance(operand, str)
            return replace(_put(now, register, result, f"{register} = {formula}."), additions=now.additions + both)
    raise AssertionError(f"{instruction} was parsed, but cannot be executed")


def _calculate(name: str, a: int, b: int) -> tuple[int, str]:
    """The result of an instruction for the values of both its operands, and how to write it."""
    sign, exact = {
        "SET": ("", b),
        "COPY": ("", b),
        "ADD": ("+", a + b),
        "SUB": ("−", a - b),
        "MUL": ("×", a * b),
        "AND": ("and", a & b),
    }[name]
    result = exact % NUMBERS
    if not sign:
        return result, str(result)
    wraps = "" if result == exact else f", after {'255 comes 0' if exact > 0 else '0 comes 255'}"
    return result, f"{a} {sign} {b} = {result}{wraps}"


def _jump(now: Moment, label: str, labels: dict[str, int], words: str, go: bool) -> Moment:
    if not go:
        return replace(now, words=words)
    return replace(now, counter=labels[label], words=f"{words} {label}.")


def _put(now: Moment, register: str, value: int, words: str) -> Moment:
    place = REGISTERS.index(register)
    registers = (*now.registers[:place], value, *now.registers[place + 1 :])
    return replace(now, registers=registers, changed=frozenset({register}), words=words)


def _value(now: Moment, operand: str | int) -> int:
    return operand if isinstance(operand, int) else now.registers[REGISTERS.index(operand)]


def _cell(now: Moment, place: Place) -> int:
    cell = place.offset + (_value(now, place.register) if place.register else 0)
    if cell >= CELLS:
        raise _Stop(f"There is no memory {cell}; the places are 0 to {CELLS - 1}. Change {place}.")
    return cell


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


def next_line(place: int) -> int:
    """The place among a run's moments where the instruction after the one in work has been executed."""
    return (place // len(PHASES) + 1) * len(PHASES)
