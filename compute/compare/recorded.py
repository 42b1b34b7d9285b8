"""The crossovers that come with the project, as `python -m compute crossover --out` wrote them."""

import json
from pathlib import Path

from compute.measure.crossover import Record, from_json

FOLDER = Path(__file__).resolve().parents[2] / "data" / "crossover"


def crossovers(folder: Path = FOLDER) -> list[Record]:
    """All of them, in the order of the file names.

    Raises:
        ValueError: a file is none, in a sentence that names it.
    """
    found = []
    for path in sorted(folder.glob("*.json")):
        try:
            found.append(from_json(json.loads(path.read_text(encoding="utf-8"))))
        except ValueError as error:
            raise ValueError(f"{path.name}: {error}") from error
    return found
