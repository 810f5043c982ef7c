"""Migrations: the revisions make the tables of the code, with data in place; what is older or newer is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from caixue.errors import LedgerDamaged, UsageError
from caixue.events import Event
from caixue.journal import Draft
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.backup import read_backup
from caixue.ledger.engine import make_engine, url_of
from caixue.ledger.migrating import migrate, script, upgrade
from caixue.ledger.migrations.write import source
from caixue.ledger.projecting import projected_tables
from caixue.ledger.restoring import restore
from caixue.ledger.revisions import latest, revision_of, revisions, version
from caixue.ledger.schema import metadata
from caixue.ledger.verifying import verify

PEOPLE = {"engineer-1": "engineer"}
START = datetime(2026, 1, 5, tzinfo=UTC)


def opened(place: str) -> Ledger:
    return open_ledger(place, site="room", people=PEOPLE, start=START)


def received(quantity: int = 2) -> Draft:
    return Draft("stock.received", "motor", {"lot": "a", "quantity": quantity, "expires": None, "unit_cost_fen": 5})


def make_older(place: str, *events: Event) -> None:
    """A ledger as the first revision left it: the entries alone, no tables of duties."""
    with opened(place) as ledger:
        ledger.note_past(events)
        with ledger.engine.begin() as connection:
            for table in projected_tables():
                table.drop(connection)
            connection.execute(sa.update(version).values(version_num="0001"))


def events(count: int) -> list[Event]:
    return [Event(n, n, "stock.received", "motor", "engineer-1", None, dict(received(n + 1).data)) for n in range(count)]


def migrated(place: str, folder: Path):
    return migrate(place, folder, site="room", people=PEOPLE, by="engineer-1")


def test_the_revisions_make_the_tables_of_the_code(ledger_place: str):
    engine = make_engine(url_of(ledger_place))
    projected_tables()
    with engine.begin() as connection:
        upgrade(connection)
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    engine.dispose()


def test_a_new_ledger_has_the_tables_that_the_revisions_make(new_place: Callable[[], str]):
    made, grown = new_place(), new_place()
    opened(made).close()
    engine = make_engine(url_of(grown))
    with engine.begin() as connection:
        upgrade(connection)
    assert shape(make_engine(url_of(made))) == shape(engine)


def shape(engine: sa.Engine) -> dict[str, object]:
    """Tables, columns, types, keys and indexes, as the database itself says."""
    there = sa.MetaData()
    there.reflect(engine)
    engine.dispose()
    return {
        table.name: (
            [(column.name, str(column.type), column.nullable) for column in table.c],
            [(key.name, sorted(column.name for column in key.columns)) for key in sorted(table.constraints, key=lambda each: str(each.name))],
            sorted((index.name, tuple(index.columns.keys()), bool(index.unique)) for index in table.indexes),
        )
        for table in there.tables.values()
    }


def test_the_newest_revision_has_nothing_left_to_write():
    assert source(revisions(), "9999", "") is None, "python -m tests.caixue.ledger.statements --again"


def test_an_older_ledger_is_refused_until_it_is_migrated(ledger_place: str, tmp_path: Path):
    make_older(ledger_place, *events(3))
    with pytest.raises(UsageError, match="caixue ledger migrate"):
        opened(ledger_place)
    done = migrated(ledger_place, tmp_path)
    assert (done.before, done.after) == ("0001", latest())
    with opened(ledger_place) as ledger:
        assert verify(ledger) == []
        assert [event.kind for event in ledger.events()][3:] == ["ledger.backed-up", "ledger.migrated"]
        with ledger.engine.connect() as connection:
            assert revision_of(connection) == latest()
            assert connection.execute(sa.select(metadata.tables["stock_lot"].c.on_hand)).scalars().all() == [6]


def test_a_migration_makes_a_backup_first_and_back_means_to_restore_it(tmp_path: Path):
    place = str(tmp_path / "room.db")
    make_older(place, *events(3))
    before = Path(place).read_bytes()
    done = migrated(place, tmp_path / "backups")
    assert done.backup is not None and read_backup(done.backup.file, "room").entries == 3
    with pytest.raises(UsageError, match="--force-older"):
        restore(done.backup.file, place, site="room", people=PEOPLE, by="engineer-1")
    again = restore(done.backup.file, place, site="room", people=PEOPLE, by="engineer-1", force_older=True, reason="x")
    assert again.lost == 2 and again.kept is not None and before != again.kept.read_bytes()


def test_a_ledger_that_is_up_to_date_needs_no_migration_and_gets_no_backup(ledger_place: str, tmp_path: Path):
    opened(ledger_place).close()
    assert migrated(ledger_place, tmp_path / "backups").backup is None
    assert not (tmp_path / "backups").exists()


def test_a_damaged_ledger_is_not_migrated(tmp_path: Path):
    place = str(tmp_path / "room.db")
    make_older(place, *events(3))
    engine = sa.create_engine(f"sqlite:///{place}")
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE entry SET body = replace(body, '\"quantity\":2', '\"quantity\":9')")
    engine.dispose()
    with pytest.raises(LedgerDamaged):
        migrated(place, tmp_path / "backups")
    with pytest.raises(UsageError, match="caixue ledger migrate"):
        opened(place)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_migration_that_fails_leaves_the_tables_as_they_were(ledger_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_older(ledger_place, *events(3))
    monkeypatch.setattr("caixue.ledger.migrating.rebuild_within", lambda connection, start: None)  # the tables stay empty
    with pytest.raises(LedgerDamaged):
        migrated(ledger_place, tmp_path)
    engine = make_engine(url_of(ledger_place))
    assert set(sa.inspect(engine).get_table_names()) == {"about", "alembic_version", "entry", "head"}
    engine.dispose()


@pytest.mark.parametrize("found", ["0999", None], ids=["a newer revision", "none at all"])
def test_a_ledger_of_a_newer_program_is_refused_by_opening_and_by_migrating(ledger_place: str, tmp_path: Path, found: str | None):
    with opened(ledger_place) as ledger, ledger.engine.begin() as connection:
        connection.execute(sa.update(version).values(version_num=found) if found else sa.delete(version))
    for act in (lambda: opened(ledger_place), lambda: migrated(ledger_place, tmp_path)):
        with pytest.raises(UsageError, match="升级"):
            act()


def test_tables_that_the_dba_made_from_the_script_are_taken_as_they_are(postgresql, tmp_path: Path):
    place = postgresql.new_place()
    engine = sa.create_engine(place)
    with engine.begin() as connection:
        for statement in script("postgresql").replace("BEGIN;", "").replace("COMMIT;", "").split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()
    with opened(place) as ledger:
        ledger.note([received()], actor="engineer-1")
        assert verify(ledger) == []


def test_a_script_for_an_unknown_database_names_the_known_ones():
    with pytest.raises(UsageError, match="mssql"):
        script("sqlserver")


def test_migrations_go_with_the_wheel():
    folder = resources.files("caixue.ledger.migrations")
    assert folder.joinpath("env.py").is_file()
    assert [one.name[:5] for one in sorted(folder.joinpath("versions").iterdir(), key=str) if one.name.startswith("r")] == [f"r{each}" for each in revisions()]
