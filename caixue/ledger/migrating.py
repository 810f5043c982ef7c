"""Bringing a ledger's tables to another revision: on a connection, or as an SQL script for whoever may make tables in the database."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from caixue.clock import Clock, SystemClock
from caixue.errors import LedgerDamaged, UsageError
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ledger import migrations
from caixue.ledger.backup import NOTED as BACKED_UP
from caixue.ledger.backup import Backup, copy
from caixue.ledger.columns import instant_of
from caixue.ledger.dialects import TARGETS
from caixue.ledger.engine import reported
from caixue.ledger.opening import open_ledger, visit
from caixue.ledger.rebuilding import rebuild_within
from caixue.ledger.revisions import check_revision, latest, revisions
from caixue.ledger.verifying import findings
from caixue.roles import allow, role_of
from caixue.units import nearest

NOTED = "ledger.migrated"


def upgrade(connection: Connection, revision: str | None = None) -> None:
    """Bring the tables in this database up to `revision`, by default the latest, in the transaction of `connection`."""
    command.upgrade(_config(connection=connection), revision or latest())


@dataclass(frozen=True, slots=True)
class Migrated:
    """What a migration did; `before` equals `after` where there was nothing to do, and then there is no backup."""

    before: str | None
    after: str
    backup: Backup | None


def migrate(place: str | Path, folder: Path, *, site: str, people: Mapping[str, str], by: str, clock: Clock | None = None) -> Migrated:
    """Bring an older ledger to the latest revision: a verified backup in `folder`, new tables, projections from the entries, verified, noted.

    There is no way down: back means to restore the backup. Raises UsageError for a newer ledger, LedgerDamaged for one that is not
    whole, LedgerError where the database refuses; then the tables are as before (Oracle: as far as it came, for it commits each change).
    """
    clock = clock or SystemClock()
    allow(NOTED, by, role_of(by, people))
    with visit(place, clock=clock, site=site) as there:
        if there.revision == latest():
            return Migrated(latest(), latest(), None)
        if there.revision not in revisions():
            check_revision(there.revision, there.place)
        saved = copy(there.engine, folder, clock.now())
        with reported(there.engine.url), there.engine.begin() as connection:
            upgrade(connection)
            rebuild_within(connection, instant_of(there.facts["start"]))
            wrong = list(findings(connection))
            if wrong:
                raise LedgerDamaged(tr(f"迁移后不完整，已撤回：{wrong[0]}", f"not whole after the migration, taken back: {wrong[0]}"))
    with open_ledger(place, site=site, people=people, clock=clock) as ledger:
        keys = {"sha256": saved.sha256, "entries": saved.entries, "head": saved.head}
        ledger.note([Draft(BACKED_UP, saved.file.name, keys), Draft(NOTED, latest(), {"before": there.revision})], actor=by)
    return Migrated(there.revision, latest(), saved)


def script(target: str, first: str = "base") -> str:
    """The SQL that makes the tables of a new ledger, or brings those of revision `first` to the latest; then the projections are to be rebuilt.

    Raises UsageError for an unknown database or revision.
    """
    if target not in TARGETS:
        known = ", ".join(TARGETS)
        raise UsageError(tr(f"没有这种数据库：{target}；有 {known}", f"no such database: {target}; there are {known}") + nearest(target, TARGETS))
    if first not in ("base", *revisions()):
        known = ", ".join(revisions())
        raise UsageError(tr(f"没有修订 {first}；有 {known}", f"no such revision: {first}; there are {known}"))
    out = io.StringIO()
    command.upgrade(_config(out, target=target), f"{first}:{latest()}", sql=True)
    return out.getvalue()


def _config(out: io.StringIO | None = None, **attributes: Any) -> Config:
    config = Config(output_buffer=out or io.StringIO(), attributes=attributes)
    config.set_main_option("script_location", migrations.__path__[0].replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
