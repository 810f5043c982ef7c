"""Which revision a ledger's schema has, and which this program writes. Knows Alembic's table, but does not load Alembic."""

from __future__ import annotations

from functools import cache
from pkgutil import iter_modules

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.ledger.migrations import versions

VERSION_TABLE = "alembic_version"
version = sa.Table(VERSION_TABLE, sa.MetaData(), sa.Column("version_num", sa.String(32), primary_key=True))
version.primary_key.name = "alembic_version_pkc"


@cache
def revisions() -> tuple[str, ...]:
    """Every revision that this program knows, the first first: the digits in the names of the modules in `versions`."""
    return tuple(sorted(module.name.split("_")[0].removeprefix("r") for module in iter_modules(versions.__path__)))


def latest() -> str:
    """The revision that this program writes."""
    return revisions()[-1]


def revision_of(connection: Connection) -> str | None:
    """The revision of the tables in this database; None where it has not been noted."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found: str | None = connection.execute(sa.select(version.c.version_num)).scalar()
    return found


def stamp(connection: Connection) -> None:
    """Note that the tables, just made, have the latest revision."""
    version.create(connection, checkfirst=True)
    if revision_of(connection) is None:
        connection.execute(sa.insert(version).values(version_num=latest()))


def check_revision(found: str | None, place: str) -> None:
    """Raises UsageError for tables that are older or newer than this program."""
    if found == latest():
        return
    if found in revisions():
        older = f"{place} 是旧版账本（{found}，现在是 {latest()}）：运行 caixue ledger migrate，它先做备份"
        raise UsageError(tr(older, f"{place} is an older ledger ({found}, now {latest()}): run caixue ledger migrate, which makes a backup first"))
    newer = f"{place} 是更新的程序写的账本（{found}，这里只到 {latest()}）：请升级 caixue"
    raise UsageError(tr(newer, f"{place} was written by a newer program ({found}; known here up to {latest()}): upgrade caixue"))
