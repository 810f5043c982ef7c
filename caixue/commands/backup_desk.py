"""What the commands of `caixue backup` share (contract C2.2.1, C2.2.3): the services at a desk, progress, sizes and times in words."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import site_source
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.common import Desk
    from caixue.ops.backup.service import Backups
    from caixue.ops.backup.terms import Copy
    from caixue.ops.purging import Caches

Medium = Annotated[str, typer.Argument(metavar="MEDIUM", help=tr("现场文件里 [[medium]] 的名字", "A [[medium]] of the site file"))]
SHOWN_EVERY = 16_000_000  # bytes, or as many rows


def base(site: str | None) -> Path:
    """The folder to which the site file's paths are relative: its own, or this one for a built-in site."""
    source = site_source(site)
    return Path(source).parent if source.endswith(".toml") else Path()


def backups(desk: Desk, site: str | None) -> Backups:
    """The backups of the desk's site."""
    from caixue.ops.backup.service import Backups

    return Backups(desk.recorder, desk.site, desk.ledger, base=base(site))


def caches(desk: Desk, site: str | None) -> Caches:
    """The caches of the desk's site."""
    from caixue.ops.purging import Caches

    return Caches(desk.recorder, desk.site, desk.ledger, base=base(site))


@contextmanager
def progress(*, quiet: bool) -> Iterator[Callable[[int], None]]:
    """How much is done, on one line of a terminal's stderr; nothing for programs."""
    quiet = quiet or not sys.stderr.isatty()
    done, shown = 0, 0

    def told(more: int) -> None:
        nonlocal done, shown
        done += more
        if not quiet and done - shown >= SHOWN_EVERY:
            shown = done
            print("\r" + tr(f"已处理 {done / 1e6:,.0f} M", f"{done / 1e6:,.0f} M done"), end="", file=sys.stderr, flush=True)

    try:
        yield told
    finally:
        if shown:
            print(file=sys.stderr)


def megabytes(size: int) -> str:
    """A size for people."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def since(start: datetime, at_us: int | None) -> datetime | None:
    """The instant of the record's time line; None for never."""
    return None if at_us is None else start + timedelta(microseconds=at_us)


def day(start: datetime, at_us: int | None) -> str:
    """The day of it, for people."""
    moment = since(start, at_us)
    return "" if moment is None else f"{moment:%Y-%m-%d}"


def plain_copy(copy: Copy, start: datetime) -> dict[str, Any]:
    """A backup for programs."""
    from dataclasses import asdict

    row = asdict(copy)
    made, drilled = since(start, row.pop("made_us")), since(start, row.pop("drilled_us"))
    return {**row, "made": made, "drilled": drilled}
