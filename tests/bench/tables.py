"""Tables as they are printed: a column for each way, a row for each size, with ratios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    """``rows`` are texts; ``notes`` come below, what was to be reached among them."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(self.columns))]

        def row(cells: Sequence[str]) -> str:
            first, *rest = (
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            return "  ".join((first, *rest))

        ruler = "  ".join("-" * width for width in widths)
        body = [row(self.columns), ruler, *map(row, self.rows), *self.notes]
        return "\n".join((self.title, "=" * len(self.title), *body))


def seconds(value: float) -> str:
    """A time in the unit that suits it."""
    if value < 0.0995:
        return f"{value * 1000:.1f} ms" if value < 0.00995 else f"{value * 1000:.0f} ms"
    return f"{value:.2f} s" if value < 9.95 else f"{value:.1f} s"


def ratio(value: float, to: float) -> str:
    """How many times another value."""
    return f"{value / to:.2f}×" if to else "-"
