"""A cache is purged of what is old, exported, read again and unchanged since, and of nothing else; on every kind of database."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from caixue.errors import BackupDamaged, BackupError, UsageError
from caixue.events import Event
from caixue.ops import purging_stores
from caixue.ops.backup.disk import whole
from caixue.ops.purging import Caches
from caixue.ops.purging_rows import Written, key_of, line_of, read, row_of
from caixue.ops.purging_tables import CacheTable
from caixue.site import CacheSpec, load_site
from tests.caixue.ops.backup_bench import ENGINEER, NURSE, ROWS, TABLE, URL, Room, content, fill, make_table, rows_of
from tests.caixue.scripted import START

OLD = 10  # of 16 rows a day apart, those that are older than 7 days


def url_of(place: str) -> str:
    return place if "://" in place else f"sqlite:///{place}"


@pytest.fixture
def room(tmp_path: Path, new_place: Callable[[], str]) -> Room:
    """Once on SQLite and once on PostgreSQL."""
    there = Room(tmp_path, environ={URL: url_of(new_place())}).prepared()
    make_table(there.environ[URL], 16)
    return there


@pytest.fixture
def small(tmp_path: Path) -> Room:
    """On SQLite alone."""
    there = Room(tmp_path).prepared()
    make_table(there.environ[URL], 16)
    return there


def changed(room: Room, statement: str, **values: Any) -> None:
    engine = sa.create_engine(room.environ[URL])
    with engine.begin() as connection:
        connection.execute(sa.text(statement), values)
    engine.dispose()


def purge(room: Room, cache: str = "orders", **more: Any) -> list[Event]:
    return room.caches.purge(cache, "disk-a", by=ENGINEER, **more)


def exported(room: Room, number: int = 1) -> list[tuple[Any, ...]]:
    export = room.caches.exports["orders", number]
    file = room.base / "media/a" / export.file
    whole(file, export.sha256)
    return [tuple(row_of(text).values()) for text in read(file)]


def test_what_is_old_is_in_the_export_as_it_was_and_only_that_is_gone(room: Room):
    before = rows_of(room.environ[URL])
    first, second = purge(room)
    assert (first.kind, first.data["rows"], second.kind, second.data["deleted"]) == ("cache.exported", OLD, "cache.purged", OLD)
    assert rows_of(room.environ[URL]) == before[OLD:]
    assert exported(room) == before[:OLD]
    assert purge(room) == []
    assert not list((room.base / "media/a").glob("*.part"))


def test_rows_of_an_export_can_be_put_back_as_they_were(room: Room):
    before = rows_of(room.environ[URL])
    purge(room)
    engine = sa.create_engine(room.environ[URL])
    with engine.begin() as connection:
        connection.execute(sa.insert(ROWS), [row_of(text) for text in read(room.base / "media/a/cache-orders-0001.jsonl")])
    engine.dispose()
    assert rows_of(room.environ[URL]) == before


def between(room: Room, monkeypatch: pytest.MonkeyPatch, act: Callable[[], None]) -> None:
    """Let `act` happen after the export and before the deletion."""
    real = Caches._delete

    def later(*given: Any) -> list[Event]:
        act()
        return real(*given)

    monkeypatch.setattr(Caches, "_delete", later)


def test_a_row_that_changed_since_the_export_stays_and_goes_with_the_next_one(room: Room, monkeypatch: pytest.MonkeyPatch):
    between(room, monkeypatch, lambda: changed(room, "UPDATE order_cache SET body = 'new' WHERE id = 2"))
    (_, done) = purge(room)
    assert (done.data["deleted"], done.data["changed"], done.data["gone"]) == (OLD - 1, 1, 0)
    assert [row[0] for row in rows_of(room.environ[URL])] == [2, *range(OLD, 16)]
    monkeypatch.undo()
    (_, done) = purge(room)
    assert done.data["deleted"] == 1 and exported(room, 2)[0][2] == "new"


def test_a_row_that_somebody_else_deleted_or_wrote_anew_is_told(room: Room, monkeypatch: pytest.MonkeyPatch):
    def act() -> None:
        changed(room, "DELETE FROM order_cache WHERE id = 3")
        changed(room, "UPDATE order_cache SET taken = '2026-11-23 06:59:00' WHERE id = 4")

    between(room, monkeypatch, act)
    (_, done) = purge(room)
    assert (done.data["deleted"], done.data["changed"], done.data["gone"]) == (OLD - 2, 1, 1)


def test_nobody_can_change_a_row_between_the_last_look_at_it_and_its_deletion(room: Room, monkeypatch: pytest.MonkeyPatch):
    real = CacheTable._locked
    refused = []

    def locked(*given: Any) -> Any:
        found = real(*given)
        engine = sa.create_engine(room.environ[URL], connect_args={"timeout": 0} if "sqlite" in room.environ[URL] else {})
        with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(sa.text("SET lock_timeout = '20ms'"))
            try:
                connection.execute(sa.text("UPDATE order_cache SET body = 'lost' WHERE id < 3"))
                connection.commit()
            except sa.exc.DBAPIError as error:
                refused.append(error)
        engine.dispose()
        return found

    monkeypatch.setattr(CacheTable, "_locked", locked)
    (_, done) = purge(room)
    assert refused and done.data["deleted"] == OLD


def test_rows_without_a_time_or_with_a_time_in_iso_form_are_never_taken_for_older_than_they_are(small: Room):
    changed(small, "UPDATE order_cache SET taken = NULL WHERE id = 0")
    cutoff = (START - timedelta(days=7)).replace(tzinfo=None)
    changed(small, "UPDATE order_cache SET taken = :t WHERE id = 1", t=(cutoff + timedelta(seconds=1)).isoformat(sep=" "))
    changed(small, "UPDATE order_cache SET taken = :t WHERE id = 2", t=(cutoff + timedelta(seconds=1)).isoformat())
    purge(small)
    assert [row[0] for row in rows_of(small.environ[URL])][:3] == [0, 1, 2]


@pytest.mark.parametrize(("time_is", "factor"), [("epoch-s", 1), ("epoch-ms", 1000)])
def test_times_may_be_numbers(small: Room, time_is: Any, factor: int):
    changed(small, "ALTER TABLE order_cache ADD COLUMN stamp INTEGER")
    changed(small, "UPDATE order_cache SET stamp = :s + id", s=int((START - timedelta(days=7)).timestamp() * factor) - 5)
    spec = replace(TABLE, time="stamp", time_is=time_is)
    assert caches(small, spec).old("orders") == 5


@pytest.mark.parametrize(
    ("type_", "value", "time_is"),
    [
        ("INTEGER", START.timestamp() - 60, "local"),
        ("INTEGER", START.timestamp() - 60, "epoch-ms"),
        ("TEXT", "11/22/2026 10:00", "local"),
        ("TEXT", "", "local"),
    ],
    ids=["seconds said to be text", "seconds said to be milliseconds", "month first", "empty"],
)
def test_a_young_row_whose_time_is_not_written_as_the_site_file_says_stays(small: Room, type_: str, value: Any, time_is: Any):
    changed(small, f"ALTER TABLE order_cache ADD COLUMN stamp {type_}")
    changed(small, "UPDATE order_cache SET stamp = :v", v=int(value) if type_ == "INTEGER" else value)
    assert caches(small, replace(TABLE, time="stamp", time_is=time_is)).old("orders") == 0


@pytest.mark.parametrize("rule", ["CASCADE", "SET NULL"])
def test_where_a_deletion_would_reach_rows_that_are_not_exported_nothing_is_deleted(room: Room, rule: str):
    key = f"FOREIGN KEY (of_order) REFERENCES order_cache (id) ON DELETE {rule}"
    changed(room, f"CREATE TABLE tube (id INTEGER PRIMARY KEY, of_order INTEGER, {key})")
    changed(room, "INSERT INTO tube VALUES (7, 1)")
    with pytest.raises(UsageError, match="tube"):
        purge(room)
    assert len(rows_of(room.environ[URL])) == 16 and "cache.exported" not in room.kinds()


@pytest.mark.parametrize(("type_", "value"), [("JSONB", '{"x": 0.12345678901234567890123}'), ("JSON", '{"a":1,  "a":2}'), ("JSON", "null")])
def test_json_of_the_database_is_exported_to_the_last_digit(new_place: Callable[[], str], tmp_path: Path, type_: str, value: str):
    room = Room(tmp_path, environ={URL: url_of(new_place())}).prepared()
    changed(room, f"CREATE TABLE order_cache (id INTEGER PRIMARY KEY, taken TEXT, said {type_})")
    changed(room, f"INSERT INTO order_cache VALUES (1, '2026-01-01 00:00:00', '{value}')".replace(":", "\\:"))
    (_, done) = purge(room)
    assert done.data["deleted"] == 1 and exported(room) == [(1, "2026-01-01 00:00:00", value)]


def test_a_value_that_the_driver_cannot_read_is_told_without_it_and_nothing_is_deleted(new_place: Callable[[], str], tmp_path: Path):
    place = new_place()
    room = Room(tmp_path, environ={URL: url_of(place)}).prepared()
    changed(room, "CREATE TABLE order_cache (id INTEGER PRIMARY KEY, taken TEXT, at TIME)")
    changed(room, "INSERT INTO order_cache VALUES (1, '2026-01-01 00\\:00\\:00', '24\\:00\\:00')")
    if "://" not in place:
        assert purge(room)[1].data["deleted"] == 1  # SQLite has no times: to it this is a text
        return
    with pytest.raises(BackupError) as told:
        purge(room)
    assert "24:00" not in str(told.value) and "cache.exported" not in room.kinds()


def test_times_may_be_instants_of_the_database(new_place: Callable[[], str], tmp_path: Path):
    room = Room(tmp_path, environ={URL: url_of(new_place())}).prepared()
    table = sa.Table("order_cache", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("taken", sa.DateTime))
    naive = START.replace(tzinfo=None)
    engine = sa.create_engine(room.environ[URL])
    with engine.begin() as connection:
        table.metadata.create_all(connection)
        connection.execute(sa.insert(table), [{"id": n, "taken": naive - timedelta(days=7, seconds=n - 5)} for n in range(10)])
    engine.dispose()
    (_, done) = purge(room)
    assert done.data["deleted"] == 4  # 6 to 9: number 5 is exactly seven days old


def caches(room: Room, *specs: CacheSpec) -> Caches:
    site = replace(room.site, caches=specs)
    return Caches(room.recorder, site, room.journal, base=room.base, environ=room.environ, scratch=room.base / "scratch")


def test_a_dry_run_counts_and_changes_nothing(room: Room):
    before = rows_of(room.environ[URL])
    assert room.caches.old("orders") == OLD
    assert rows_of(room.environ[URL]) == before and "cache.exported" not in room.kinds() and room.on("disk-a") == []


def test_an_export_that_reads_back_differently_deletes_nothing(room: Room, monkeypatch: pytest.MonkeyPatch):
    before = rows_of(room.environ[URL])
    for wrong in (Written(OLD, "0" * 64), Written(OLD - 1, "")):
        monkeypatch.setattr(purging_stores, "reread", lambda file, key, wrong=wrong: wrong)
        with pytest.raises(BackupDamaged):
            purge(room)
    assert rows_of(room.environ[URL]) == before and "cache.exported" not in room.kinds() and room.on("disk-a") == []


def test_an_export_that_is_damaged_before_the_deletion_deletes_nothing_and_its_rows_are_exported_again(
    room: Room, monkeypatch: pytest.MonkeyPatch
):
    before = rows_of(room.environ[URL])
    file = room.base / "media/a/cache-orders-0001.jsonl"
    between(room, monkeypatch, lambda: file.write_bytes(file.read_bytes().replace(b"0", b"1", 1)))
    with pytest.raises(BackupDamaged):
        purge(room)
    assert rows_of(room.environ[URL]) == before
    monkeypatch.undo()
    purge(room)
    assert rows_of(room.environ[URL]) == before[OLD:] and exported(room, 2) == before[:OLD]


def test_a_purge_that_was_broken_off_is_ended_also_where_its_medium_is_another(small: Room, monkeypatch: pytest.MonkeyPatch):
    def broken() -> None:
        raise KeyboardInterrupt

    between(small, monkeypatch, broken)
    with pytest.raises(KeyboardInterrupt):
        purge(small)
    monkeypatch.undo()
    assert [export.number for export in small.caches.unfinished("orders")] == [1]
    (done,) = small.services()[1].purge("orders", "disk-b", by=ENGINEER)
    assert done.data["deleted"] == OLD


def test_while_the_medium_of_a_broken_off_purge_is_away_its_rows_are_exported_to_the_one_that_is_there(
    small: Room, monkeypatch: pytest.MonkeyPatch
):
    def broken() -> None:
        raise KeyboardInterrupt

    between(small, monkeypatch, broken)
    with pytest.raises(KeyboardInterrupt):
        purge(small)
    monkeypatch.undo()
    (small.base / "media/a").rename(small.base / "away")
    exported_, done = small.caches.purge("orders", "disk-b", by=ENGINEER)
    assert (exported_.data["medium"], done.data["deleted"]) == ("disk-b", OLD)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (replace(TABLE, table="orders"), "orders"),
        (replace(TABLE, key="idd"), "id"),
        (replace(TABLE, time="token"), "token"),
        (replace(TABLE, key="body"), "body"),
        (replace(TABLE, url_env="NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE"),
    ],
    ids=["table", "key", "time", "key is not unique", "variable"],
)
def test_what_the_site_file_says_wrongly_is_named_and_nothing_is_deleted(small: Room, spec: CacheSpec, said: str):
    with pytest.raises(UsageError, match=said):
        caches(small, spec).purge("orders", "disk-a", by=ENGINEER)
    assert len(rows_of(small.environ[URL])) == 16


@pytest.mark.parametrize("url", ["no-url", "nodb://x", "sqlite:////nowhere/at/all.db", "postgresql+pg8000://x:canary@127.0.0.1:1/x"])
def test_a_database_that_cannot_be_reached_is_told_without_its_password(small: Room, url: str):
    small.environ[URL] = url  # type: ignore[index]
    with pytest.raises((UsageError, BackupError)) as told:
        purge(small)
    assert "canary" not in str(told.value)


def test_a_nurse_purges_nothing(small: Room):
    with pytest.raises(UsageError):
        small.caches.purge("orders", "disk-a", by=NURSE)
    assert len(rows_of(small.environ[URL])) == 16 and small.on("disk-a") == []


def test_a_value_that_cannot_be_written_as_it_is_is_named_and_nothing_is_deleted():
    with pytest.raises(UsageError, match="body"):
        line_of({"id": 1, "body": object()}, "id")
    with pytest.raises(UsageError, match="body"):
        line_of({"id": 1, "body": "\ud800"}, "id")


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(st.characters(codec="utf-8")),
    st.binary(),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.timedeltas(min_value=timedelta(-10_000), max_value=timedelta(10_000)),
    st.decimals(allow_nan=False, allow_infinity=False),
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), min_size=1), VALUES, min_size=1))
def test_every_row_comes_back_from_its_line_as_it_was(row: dict[str, Any]):
    key = next(iter(row))
    line = line_of(row, key)
    assert row_of(line.text) == row and key_of(line.text) == row[key] and "\n" not in line.text
    assert [type(value) for value in row_of(line.text).values()] == [type(value) for value in row.values()]


def test_a_line_is_plain_json_that_others_can_read():
    row = {
        "id": 1,
        "time": datetime.fromisoformat("2026-11-23T08:00"),
        "day": date(2026, 11, 23),
        "at": time(8),
        "price": Decimal("0.90"),
        "image": b"\0",
    }
    said = json.loads(line_of(row, "id").text)
    assert said["key"] == 1
    assert said["row"] == {
        "id": 1,
        "time": {"datetime": "2026-11-23T08:00:00"},
        "day": {"date": "2026-11-23"},
        "at": {"time": "08:00:00"},
        "price": {"decimal": "0.90"},
        "image": {"bytes": "AA=="},
    }


# Folders.


@pytest.fixture
def images(tmp_path: Path) -> Room:
    there = Room(tmp_path).prepared()
    fill(there.base / "images", 5, files=6)
    young = START.timestamp() - 6 * 86_400
    (there.base / "images/young.png").write_bytes(b"young")
    os.utime(there.base / "images/young.png", (young, young))
    for file in (there.base / "images").rglob("*.dat"):
        os.utime(file, (young - 2 * 86_400,) * 2)
    return there


def test_old_files_of_a_folder_are_archived_and_gone_the_young_ones_stay(images: Room):
    first, second = purge(images, "images")
    assert first.data["rows"] == second.data["deleted"] == 6
    left = [path for path, data in content(images.base / "images").items() if data is not None]
    assert left == ["young.png"] and purge(images, "images") == []


@pytest.mark.parametrize("folder", ["media", "media/a", "label-templates", "."])
def test_backups_and_what_is_backed_up_are_no_cache_however_old(images: Room, folder: str):
    with pytest.raises(UsageError, match=re.escape(folder)):
        caches(images, CacheSpec("all", folder=folder, keep_us=0)).purge("all", "disk-b", by=ENGINEER)
    assert "cache.exported" not in images.kinds()


def test_a_file_that_was_written_anew_after_the_export_stays(images: Room, monkeypatch: pytest.MonkeyPatch):
    files = sorted((images.base / "images").rglob("*.dat"))
    at = files[0].stat().st_mtime_ns

    def act() -> None:
        files[0].write_bytes(b"other bytes, same time"[: files[0].stat().st_size].ljust(files[0].stat().st_size, b"!") or b"!")
        os.utime(files[0], ns=(at, at))
        files[1].unlink()

    between(images, monkeypatch, act)
    (_, done) = purge(images, "images")
    assert (done.data["deleted"], done.data["changed"], done.data["gone"]) == (4, 1, 1)
    assert files[0].exists()


def test_caches_that_read_the_journal_later_know_the_same(room: Room):
    purge(room)
    assert room.services()[1].exports == room.caches.exports


@pytest.mark.parametrize(
    "row",
    [
        'folder = "images"\ntable = "t"',
        'table = "t"',
        'url_env = "X"\ntable = "t"\nkey = "id"',
        "",
        'folder = "images"\nkeep = 7',
        'folder = "x"\nbatch = 0',
    ],
    ids=["both", "table alone", "no time", "neither", "keep without unit", "no batch"],
)
def test_a_cache_that_the_site_file_tells_by_halves_is_refused_with_its_line(tmp_path: Path, row: str):
    file = tmp_path / "site.toml"
    file.write_text(f'schema = 1\nextends = "eight-window"\nname = "x"\n\n[[cache]]\nname = "orders"\n{row}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"site\.toml:\d+: cache\.1"):
        load_site(file)
