"""The files of a sweep in its folder: first those of numbers, then the pictures."""

from __future__ import annotations

from pathlib import Path

from twin.experiments.picture import FORMATS, has_matplotlib, pictures
from twin.experiments.sweep import Swept
from twin.experiments.tables import PAGE, PARQUET, POINTS, columns, csv_text, has_parquet, page, parquet_bytes, tidy, write_bytes
from twin.experiments.unfinished import DAYS
from twin.output import RESULT, as_bytes, json_text

PICTURE = "sweep"


def write_sweep(swept: Swept, folder: Path, drawn: str, *, days: bool = False) -> list[Path]:
    """Write the results of a sweep and return their paths; a partial one has no picture, a whole one no diary. Raises UsageError."""
    data = swept.data
    contents = {RESULT: as_bytes(json_text(data)), POINTS: as_bytes(csv_text(tidy(data), columns(data)))}
    if has_parquet():
        contents[PARQUET] = parquet_bytes(data)
    for name, content in contents.items():
        write_bytes(folder / name, content)
    for name, content in (_shown(swept, drawn) if swept.complete else {}).items():
        write_bytes(folder / name, content)
        contents[name] = content
    if swept.complete and swept.diary is not None:
        swept.diary.finish()
    return [folder / name for name in (*contents, *([DAYS] if days else []))]


def _shown(swept: Swept, drawn: str) -> dict[str, bytes]:
    """The picture where matplotlib is installed, else the table as a page."""
    if not has_matplotlib():
        return {PAGE: as_bytes(page(swept.data))}
    found = pictures(swept.data, drawn)
    return {f"{PICTURE}.{ending}": found[ending] for ending in FORMATS}
