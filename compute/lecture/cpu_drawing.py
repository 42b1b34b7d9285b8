"""The tiny machine in one moment: its program, its hands and registers, its memory."""

from __future__ import annotations

from compute.lecture import svg
from compute.lecture.svg import Colours
from compute.lecture.tiny_cpu import CELLS, PHASES, REGISTERS, Moment, Run

SHOWN_LINES = 10
HEIGHT = 372


def machine(run: Run, place: int, dark: bool) -> str:
    """Program, processor and memory at one of a run's moments, and a sentence on what happens in it."""
    colour = svg.colours(dark)
    now = run.moments[place]
    last = place == len(run.moments) - 1
    words = f"{now.words} {run.ending}" if last and place else now.words
    drawn = svg.side_by_side(
        _program(run.program.text, now, colour), _processor(run, now, colour), _memory(now, colour)
    )
    return drawn + svg.said(words)


def _program(text: str, now: Moment, colour: Colours) -> str:
    """The lines around the one in work, which stands out."""
    lines = text.splitlines() or [""]
    first = max(0, min(now.line - 1 - SHOWN_LINES // 2, len(lines) - SHOWN_LINES))
    parts = [_title("Program", 220)]
    for row, line in enumerate(lines[first : first + SHOWN_LINES]):
        number, y = first + row + 1, 52 + 32 * row
        here = number == now.line
        if here:
            parts.append(svg.rect(0, y - 1, 440, 32, fill=colour.on, r=6))
        ink = colour.on_ink if here else "currentColor"
        parts.append(svg.text(40, y + 24, number, 25, anchor="end", fill=ink, weight=700 if here else 400))
        parts.append(svg.text(54, y + 24, _cut(line), 26, mono=True, fill=ink, weight=700 if here else 400))
    alt = f"Program of {len(lines)} lines"
    if now.line:
        alt += f", line {now.line} in work: {lines[now.line - 1].strip()}"
    return svg.picture(440, HEIGHT, alt, parts)


def _processor(run: Run, now: Moment, colour: Colours) -> str:
    """The phase, the registers, and what was done so far."""
    parts = [_title("Processor", 190)]
    for place, phase in enumerate(PHASES):
        here = phase == now.phase
        x = 4 + 126 * place
        parts += [
            svg.rect(x, 52, 118, 48, fill=colour.on if here else "none", stroke=colour.cpu if here else colour.faint,
                     stroke_width=3, r=24),
            svg.text(x + 59, 85, phase, svg.LABEL, anchor="middle", weight=700 if here else 400,
                     fill=colour.on_ink if here else "currentColor"),
        ]  # fmt: skip
    for place, register in enumerate(REGISTERS):
        x = 4 + 95 * place
        parts.append(svg.text(x + 43, 146, register, svg.BODY, anchor="middle", weight=700))
        parts.append(_number(x, 156, 86, 66, now.registers[place], register in now.changed, False, colour))
    facts = (
        ("program counter", _counter(run, now)),
        ("pairs added", now.additions),
        ("instructions done", now.instructions),
        ("trips to memory", now.touches),
    )
    for row, (words, value) in enumerate(facts):
        y = 262 + 34 * row
        parts += [svg.text(4, y, words), svg.text(376, y, value, 30, anchor="end", weight=700)]
    registers = ", ".join(f"{name} {value}" for name, value in zip(REGISTERS, now.registers, strict=True))
    alt = f"Processor: {now.phase or 'ready'}. Registers {registers}. " + ", ".join(
        f"{words}: {value}" for words, value in facts
    )
    return svg.picture(380, HEIGHT, alt, parts)


def _counter(run: Run, now: Moment) -> str:
    """The line that is fetched next."""
    instructions = run.program.instructions
    return f"line {instructions[now.counter].line}" if now.counter < len(instructions) else "the end"


def _memory(now: Moment, colour: Colours) -> str:
    """All places, four in a row; those read or written in this moment stand out."""
    parts = [_title("Memory", 170)]
    for cell in range(CELLS):
        x, y = 2 + 85 * (cell % 4), 52 + 80 * (cell // 4)
        parts.append(_number(x, y, 80, 74, now.memory[cell], cell in now.changed, cell in now.read, colour))
        ink = colour.on_ink if cell in now.changed else "currentColor"
        parts.append(svg.text(x + 7, y + 25, cell, 25, fill=ink))
    alt = "Memory: " + " ".join(map(str, now.memory)) + "."
    return svg.picture(342, HEIGHT, alt, parts)


def _number(
    x: float, y: float, width: float, height: float, value: int, changed: bool, read: bool, colour: Colours
) -> str:
    """A box with a number: full when it was just written, with a thick edge when it was just read."""
    box = svg.rect(
        x, y, width, height, fill=colour.on if changed else "none",
        stroke=colour.cpu if changed or read else colour.faint, stroke_width=6 if read else 3,
    )  # fmt: skip
    ink = colour.on_ink if changed else "currentColor"
    return box + svg.text(x + width / 2, y + height - 12, value, 34, anchor="middle", weight=700, fill=ink)


def _title(words: str, x: float) -> str:
    return svg.text(x, 30, words, 28, anchor="middle", weight=600)


def _cut(line: str, most: int = 25) -> str:
    return line if len(line) <= most else f"{line[: most - 1]}…"
