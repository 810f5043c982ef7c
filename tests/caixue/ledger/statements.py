"""Every statement that the ledger sends to its database, collected by doing all that it can do.

    python -m tests.caixue.ledger.statements           write the snapshots
    python -m tests.caixue.ledger.statements --again   write the newest revision of the tables once more, then the snapshots
"""

from __future__ import annotations

import sys
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.sql import ClauseElement, dml

from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import open_ledger
from caixue.ledger.anchors import Anchor
from caixue.ledger.backup import back_up, last_backup
from caixue.ledger.correcting import correct
from caixue.ledger.dialects import TARGETS
from caixue.ledger.engine import make_engine, url_of
from caixue.ledger.migrating import migrate, upgrade
from caixue.ledger.migrations.write import again
from caixue.ledger.moving import export, import_into
from caixue.ledger.projecting import projected_tables, rules_by_kind
from caixue.ledger.rebuilding import rebuild
from caixue.ledger.restoring import restore
from caixue.ledger.schema import about, metadata
from caixue.ledger.verifying import verify
from tests.caixue.ledger.duty_day import DAYS, Room

SNAPSHOTS = Path(__file__).resolve().parents[3] / "tests" / "snapshots"
CAIXUE = Path(sys.modules["caixue"].__file__ or "").parent
PEOPLE = {"engineer-1": "engineer"}
_VERBS = {dml.Insert: "insert", dml.Update: "update", dml.Delete: "delete", sa.Select: "select"}


@dataclass
class Seen:
    """What was executed, and which functions of caixue were at work."""

    statements: dict[str, dict[str, tuple[ClauseElement, list[str]]]] = field(default_factory=lambda: defaultdict(dict))
    functions: set[tuple[str, str]] = field(default_factory=set)

    def take(self, statement: ClauseElement, keys: Iterable[str]) -> None:
        """Keep a statement under its table, once for each text."""
        verb = next((name for kind, name in _VERBS.items() if isinstance(statement, kind)), None)
        if verb is None:
            return
        table = statement.table if verb != "select" else statement.get_final_froms()[0]
        if table.name in {each.name for each in all_tables()}:
            chosen = sorted(keys) if verb == "insert" else []
            self.statements[table.name][text(statement, TARGETS["sqlite"].dialect(), chosen)] = (statement, chosen)


def all_tables() -> tuple[sa.Table, ...]:
    """The tables of the ledger and of every duty, by name."""
    projected_tables()
    return tuple(sorted(metadata.tables.values(), key=lambda table: table.name))


def text(statement: ClauseElement, dialect: Dialect, keys: list[str]) -> str:
    """A statement in the words of a dialect, in lines."""
    options: dict[str, Any] = {"column_keys": keys} if keys else {}
    return wrapped(str(statement.compile(dialect=dialect, **options)))


def wrapped(words: str) -> str:
    """The same words with spaces and lines of one kind."""
    return "\n".join(textwrap.wrap(" ".join(words.split()), 110, break_long_words=False, break_on_hyphens=False))


@contextmanager
def watched() -> Iterator[Seen]:
    """Everything that any engine executes meanwhile."""
    seen = Seen()

    def hear(connection: object, statement: object, many: list[dict[str, Any]], one: dict[str, Any], options: object) -> None:
        if isinstance(statement, ClauseElement):
            seen.take(statement, many[0] if many else one)
        frame = sys._getframe()
        while frame is not None:
            if frame.f_code.co_filename.startswith(str(CAIXUE)):
                seen.functions.add((Path(frame.f_code.co_filename).relative_to(CAIXUE).as_posix(), frame.f_code.co_name))
            frame = frame.f_back

    event.listen(Engine, "before_execute", hear)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_execute", hear)


@cache
def collected() -> Seen:
    """The statements of everything that a ledger does, and of every rule of every projection."""
    with watched() as seen, tempfile.TemporaryDirectory() as folder:
        _whole_life(Path(folder))
        for name, duty in DAYS.items():
            with Room(str(Path(folder) / f"{name}.db")) as room:
                duty(room)
    for rule in (rule for rules in rules_by_kind().values() for rule in rules):
        changing = rule.changing()
        if changing is not None:
            seen.take(changing, ())
        seen.take(rule.making(), {**rule.key, **rule.values, **rule.sums, **rule.first})
    return seen


def _whole_life(folder: Path) -> None:
    place, who = folder / "room.db", {"site": "room", "people": PEOPLE}
    received = Draft("stock.received", "motor", {"lot": "a", "quantity": 2, "expires": None, "unit_cost_fen": 5})
    with open_ledger(place, **who) as ledger:
        ledger.follow(lambda event: None, {"stock.received"})
        ledger.note([received, received], actor="engineer-1", op="delivery")
        ledger.note([received, received], actor="engineer-1", op="delivery")
        ledger.append(Event(ledger.next_seq(), 0, "alarm.raised", "belt", "monitor", None, {"alarm": "x"}))
        ledger.note_past([Event(0, 0, "alarm.cleared", "belt", "monitor", None, {})])
        correct(ledger, 0, reason="x", right="y", by="engineer-1")
        saved, _ = back_up(ledger, folder / "backups")
        assert last_backup(ledger) is not None
        rebuild(ledger)
        assert verify(ledger, [Anchor(*ledger.head())]) == []
        export(ledger, folder / "room.jsonl")
    restore(saved.file, place, by="engineer-1", force_older=True, reason="x", **who)
    with open_ledger(folder / "other.db", **who) as other:
        import_into(other, folder / "room.jsonl")
    _older(folder / "older.db")
    migrate(folder / "older.db", folder / "backups", by="engineer-1", **who)


def _older(place: Path) -> None:
    """An empty ledger of the first revision."""
    engine = make_engine(url_of(place))
    with engine.begin() as connection:
        upgrade(connection, "0001")
        facts = {"format": "1", "site": "room", "start": "2026-11-23T00:00:00.000000Z"}
        connection.execute(sa.insert(about), [{"name": name, "value": value} for name, value in facts.items()])
        connection.exec_driver_sql(f"INSERT INTO head VALUES (1, -1, '{'0' * 64}')")
    engine.dispose()


def snapshots(target: str) -> Mapping[str, str]:
    """File name → content, for one kind of database: one file that makes the tables, and what is done to each."""
    dialect = TARGETS[target].dialect()
    files = {"tables.sql": _listing(ddl(dialect))}
    for name, found in collected().statements.items():
        files[f"{name}.sql"] = _listing(sorted({text(statement, dialect, keys) for statement, keys in found.values()}))
    return files


def ddl(dialect: Dialect) -> list[str]:
    """What makes the tables."""
    made: list[str] = []
    for table in all_tables():
        made.append("\n".join(line.rstrip() for line in str(CreateTable(table).compile(dialect=dialect)).strip().expandtabs(4).splitlines()))
        made += [str(CreateIndex(index).compile(dialect=dialect)) for index in sorted(table.indexes, key=lambda each: str(each.name))]
    return made


def _listing(statements: Iterable[str]) -> str:
    return "".join(f"{statement};\n\n" for statement in statements).rstrip("\n") + "\n"


def write() -> None:
    """Write all snapshots, and remove those that nothing gives any more."""
    for target in TARGETS:
        folder = SNAPSHOTS / target
        folder.mkdir(parents=True, exist_ok=True)
        files = snapshots(target)
        for old in set(folder.glob("*.sql")) - {folder / name for name in files}:
            old.unlink()
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] == ["--again"]:
        print(again())
    write()
