"""What people are shown on a console: tables and sentences within its width, with names that can be typed again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from caixue.lang import tr

WORD = re.compile(r"[\w.*@-]+|[^\s]", re.ASCII)  # what is not broken in a table: a name, or one sign
GAP, SHORT = 3, 8  # columns between two cells of a table; and of a column that is broken last


def show(title: str, heads: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "") -> None:
    """A table for people, within the console's width, in characters that a GBK console has."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    if not rows:
        print(empty or tr("没有", "none"))
        return
    console = Console(highlight=False, markup=False, emoji=False)
    columns = [[head, *(row[place] for row in rows if place < len(row))] for place, head in enumerate(heads)]
    widths = _widths(columns, console.width)
    table = Table(title=title or None, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    for head, width in zip(heads, widths, strict=True):
        table.add_column(head, overflow="fold", width=width)
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def _widths(columns: Sequence[Sequence[Any]], width: int) -> list[int | None]:
    """How wide each column is made so that no name in the table is broken, for names are typed again; None: as the table finds it.

    What is left beyond the longest names goes to the columns that need the most lines. Where even these do not fit, something is broken.
    """
    from rich.cells import cell_len

    cells = [[str(cell) for cell in column if cell is not None] for column in columns]
    wide = [max(map(cell_len, column)) for column in cells]
    words = [max((cell_len(word) for cell in column for word in WORD.findall(cell)), default=0) for column in cells]
    room = width + 1 - GAP * len(columns)
    for least in ([size if size <= SHORT else word for size, word in zip(wide, words, strict=True)], words):
        if sum(wide) > room >= sum(least):
            for _ in range(room - sum(least)):
                least[max(range(len(least)), key=lambda number: wide[number] / max(least[number], 1))] += 1
            return list(least)
    return [None] * len(columns)


def tell(text: str, indent: int = 0) -> None:
    """Sentences for people, broken within the console's width."""
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False, markup=False, emoji=False)
    for line in Text(text).wrap(console, console.width - indent):
        print(" " * indent + line.plain.rstrip())
