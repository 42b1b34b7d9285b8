"""What a part of the bench found, and how it is printed."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One line of the table: a figure with its unit, and the limit that it has to keep, where there is one."""

    what: str
    figure: float
    unit: str
    limit: float | None = None

    @property
    def words(self) -> tuple[str, str, str, str]:
        """The cells of the line; the last one says whether the limit is kept."""
        if self.limit is None:
            return self.what, f"{self.figure:.3g}", self.unit, ""
        verdict = "reached" if self.figure <= self.limit else "MISSED"
        return self.what, f"{self.figure:.3g}", self.unit, f"at most {self.limit:g}: {verdict}"


def table(findings: Sequence[Finding]) -> str:
    """The lines, with their columns under each other."""
    rows = [finding.words for finding in findings]
    wide, figure, unit = (max(len(row[column]) for row in rows) for column in range(3))
    return "\n".join(f"  {a:<{wide}}  {b:>{figure}} {c:<{unit}}  {d}".rstrip() for a, b, c, d in rows)
