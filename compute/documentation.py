"""Keeps the part of `data/README.md` that describes results equal to the code that reads and writes them."""

from pathlib import Path

from compute import results

README = Path(__file__).resolve().parent.parent / "data" / "README.md"
BEGIN = "<!-- results columns: begin -->"
END = "<!-- results columns: end -->"


def with_current_columns(text: str) -> str:
    """The text with everything between the two markers replaced by the table of `results.COLUMNS`.

    Raises ValueError if a marker is missing, stands twice or in the wrong order.
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"expected {BEGIN} once and after it {END} once")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{results.documentation().strip()}\n{END}{after}"


def write_data_readme(path: Path = README) -> None:
    """Bring the file up to date. Raises ValueError as `with_current_columns`."""
    path.write_text(with_current_columns(path.read_text(encoding="utf-8")), encoding="utf-8")
