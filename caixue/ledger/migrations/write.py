"""Writes the next revision from the difference between the tables in the code and those of the revisions so far.

    python -m caixue.ledger.migrations.write NAME      a new revision
    python -m caixue.ledger.migrations.write --again   the newest once more, as long as it is not released

Projections whose table changed are dropped and made anew, for they are rebuilt from the entries; the tables of the ledger itself
(entry, head, about) are changed by hand only.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from alembic.operations import ops

from caixue.ledger.migrating import upgrade
from caixue.ledger.migrations import frozen, versions
from caixue.ledger.projecting import projected_tables
from caixue.ledger.revisions import revisions
from caixue.ledger.schema import metadata

FOLDER = Path(versions.__path__[0])
_HEAD = '''"""{title}"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
{imports}

revision = "{revision}"
down_revision = {before}


def upgrade() -> None:
    {body}
'''


def main(words: list[str]) -> int:
    """Write a revision; 0 when it stands in the folder or nothing has changed."""
    parser = argparse.ArgumentParser(prog="python -m caixue.ledger.migrations.write", description="write a revision of the ledger's tables")
    parser.add_argument("name", nargs="?", help="in a few words, such as spares")
    parser.add_argument("--again", action="store_true", help="write the newest revision once more")
    given = parser.parse_args(words)
    if bool(given.name) == given.again:
        parser.error("either NAME or --again")
    print(again() if given.again else new(given.name))
    return 0


def again() -> str:
    """Write the newest revision once more; returns what was done."""
    (file,) = FOLDER.glob(f"r{revisions()[-1]}_*.py")
    return _written(file, revisions()[:-1])


def new(name: str) -> str:
    """Write a revision after the newest; returns what was done."""
    number = f"{int(revisions()[-1]) + 1:04}"
    return _written(FOLDER / f"r{number}_{name.replace('-', '_')}.py", revisions())


def _written(file: Path, before: tuple[str, ...]) -> str:
    text = source(before, file.stem.split("_")[0].removeprefix("r"), f"Tables of {file.stem.split('_', 1)[1].replace('_', ' ')}.")
    if text is None:
        return "nothing has changed"
    file.write_text(text, encoding="utf-8")
    return f"written: {file.name}"


def source(before: tuple[str, ...], revision: str, title: str) -> str | None:
    """The module of a revision that follows `before`; None when the tables have not changed since. Raises ValueError for a change of the ledger itself."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade(connection, before[-1])
        there = sa.MetaData()
        there.reflect(connection)
        changed = _changed(compare_metadata(MigrationContext.configure(connection), known_tables()))
        if not changed:
            return None
        steps = list(_steps(sorted(changed), there))
    return module(revision, before[-1], title, steps)


def module(revision: str, before: str | None, title: str, steps: Iterable[ops.MigrateOperation]) -> str:
    """The text of a revision's module."""
    context = MigrationContext.configure(dialect_name="sqlite")
    body = render_python_code(ops.UpgradeOps([*steps]), render_item=_plain, migration_context=context)
    lines = [line for line in body.splitlines() if not line.strip().startswith("#")]
    used = [name for name in FROZEN.values() if any(f", {name}, " in line for line in lines)]
    imports = f"\nfrom caixue.ledger.migrations.frozen import {', '.join(used)}" if used else ""
    whole = "\n".join(line if line.startswith("    op.") or line == "    )" else f"    {line}" for line in lines).lstrip()
    before_text = "None" if before is None else f'"{before}"'
    return _HEAD.format(title=title, revision=revision, before=before_text, body=whole, imports=imports)


def known_tables() -> sa.MetaData:
    """The tables of the ledger and of every duty."""
    projected_tables()  # loads them
    return metadata


def _changed(differences: Iterable[Any]) -> set[str]:
    """The names of the tables that differ."""
    found = set()
    for difference in differences:
        for what in difference if isinstance(difference, list) else [difference]:
            found.add(_table_of(what))
    if own := found & {"entry", "head", "about"}:
        raise ValueError(f"write the revision by hand: {', '.join(sorted(own))} changed")
    return found


def _table_of(difference: Any) -> str:
    name, about = difference[0], difference[1]
    if name in ("add_table", "remove_table"):
        return str(about.name)
    if name in ("add_index", "remove_index", "add_constraint", "remove_constraint"):
        return str(about.table.name)
    return str(difference[2])  # what is done to a column: its name, the schema, the table


def _steps(names: Iterable[str], there: sa.MetaData) -> Iterable[ops.MigrateOperation]:
    for name in names:
        if name in there.tables:
            yield ops.DropTableOp.from_table(there.tables[name])
        if name in metadata.tables:
            table = metadata.tables[name]
            yield ops.CreateTableOp.from_table(table)
            yield from (ops.CreateIndexOp.from_index(index) for index in sorted(table.indexes, key=lambda each: str(each.name)))


def _plain(kind: str, item: Any, context: AutogenContext) -> Any:
    """Our own column types as what they are in the database, so that a revision means the same for ever."""
    if kind != "type":
        return False
    if isinstance(item, sa.TypeDecorator):
        return f"sa.{item.impl!r}"
    return FROZEN.get(_exactly(item), False)


def _exactly(item: Any) -> str:
    return f"{item!r} {sorted(item._variant_mapping.items())!r}"


FROZEN = {_exactly(getattr(frozen, name)): name for name in ("BRIEF", "KIND", "LONG", "NAME")}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
