"""A site with software, media and caches in a folder of its own, its services on a journal in memory, and folders with contents by seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.backup.service import Backups
from caixue.ops.purging import Caches
from caixue.site import CacheSpec, MediumSpec, Site, SoftwareSpec, load_site
from tests.caixue.scripted import FakeClock

ENGINEER, NURSE = "engineer-1", "nurse-1"
DAY_US = 86_400_000_000
SOFTWARE = (
    SoftwareSpec("collection-system", "3.2.0", "system", folder="collection-system"),
    SoftwareSpec("driver-service", "2.4.1", "driver", folder="driver-service"),
    SoftwareSpec("label-templates", "2026.10", "template", folder="label-templates"),
)
MEDIA = (MediumSpec("disk-a", "media/a"), MediumSpec("disk-b", "media/b"))
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None
URL = "CACHE_URL"
TABLE = CacheSpec("orders", url_env=URL, table="order_cache", key="id", time="taken", keep_us=7 * DAY_US, batch=3)
FOLDER = CacheSpec("images", folder="images", keep_us=7 * DAY_US)


@cache
def the_site() -> Site:
    return replace(load_site("eight-window"), software=SOFTWARE, media=MEDIA, caches=(TABLE, FOLDER))


class Room:
    """A base folder with all the site's folders, and the services over one journal."""

    def __init__(self, base: Path, *, site: Site | None = None, journal: Any = None, environ: Mapping[str, str] | None = None) -> None:
        self.base, self.site = base, site or the_site()
        self.clock = FakeClock()
        self.journal = MemoryJournal() if journal is None else journal
        self.recorder = Recorder(self.journal, self.clock)
        self.environ = {URL: f"sqlite:///{base / 'cache.db'}"} if environ is None else environ
        for folder in ("media/a", "media/b", "scratch", "images", *(one.folder for one in self.site.software)):
            (base / folder).mkdir(parents=True, exist_ok=True)
        self.backups, self.caches = self.services()

    def services(self) -> tuple[Backups, Caches]:
        """New services that know the journal so far."""
        there = {"base": self.base, "scratch": self.base / "scratch"}
        backups = Backups(self.recorder, self.site, self.journal, **there)
        return backups, Caches(self.recorder, self.site, self.journal, environ=self.environ, **there)

    def prepared(self) -> Room:
        for medium in self.site.media:
            self.backups.prepare(medium.name, by=ENGINEER)
        return self

    def folder(self, software: str) -> Path:
        return self.base / software

    def kinds(self) -> list[str]:
        return [event.kind for event in self.journal.events]

    def on(self, medium: str) -> list[str]:
        """The files on a medium beside its marker."""
        return sorted(file.name for file in (self.base / "media" / medium[-1]).iterdir() if file.name != "caixue-medium.json")

    def days(self, number: float) -> None:
        self.clock.now_us += int(number * DAY_US)


def fill(folder: Path, seed: int, files: int = 4) -> None:
    """Files by seed: text and bytes, Chinese names, folders in folders, an empty file, an empty folder."""
    chance = Random(seed)
    (folder / "空的").mkdir(parents=True, exist_ok=True)
    for number in range(files):
        path = folder / chance.choice(("", "模板", "模板/旧", "bin")) / f"文件-{number}.dat"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(chance.choice((b"", chance.randbytes(chance.randrange(400)), b"^XA^FD{name}^FS^XZ\n" * chance.randrange(40))))
        os.utime(path, ns=(chance.randrange(10**18) + 10**18,) * 2)


def content(folder: Path) -> dict[str, bytes | None]:
    """All files of a folder with their bytes, and its folders."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in sorted(folder.rglob("*"))}


ROWS = sa.Table(
    "order_cache",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("taken", sa.String(32)),
    sa.Column("body", sa.Text),
    sa.Column("image", sa.LargeBinary),
    sa.Column("weight", sa.Float),
)


def make_table(url: str, rows: int, seed: int = 0) -> list[tuple[Any, ...]]:
    """The cache's table with so many rows, a day apart, the last of yesterday; what it holds."""
    chance = Random(seed)
    texts = ("采血单", "a'b\"c\\", "", None, "第一行\n第二行\u2028", '{"key": 1}')
    made = [
        (
            number,
            f"2026-{11 - (rows - number) // 22:02d}-{22 - (rows - number) % 22:02d} 08:00:00",
            chance.choice(texts),
            chance.choice((None, b"", chance.randbytes(9))),
            chance.choice((None, 0.1, -1e300, 3.0)),
        )
        for number in range(rows)
    ]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        ROWS.metadata.create_all(connection)
        connection.execute(sa.insert(ROWS), [dict(zip(ROWS.columns.keys(), row, strict=True)) for row in made])
    engine.dispose()
    return made


def rows_of(url: str) -> list[tuple[Any, ...]]:
    """What the table holds now."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.select(ROWS).order_by(ROWS.c.id))]
    engine.dispose()
    return found
