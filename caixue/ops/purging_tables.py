"""A cache in a database table (contract C2.2.1): its old rows, and the deletion of those that are exported and unchanged, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import NullPool

from caixue.clock import SHANGHAI
from caixue.errors import BackupError, UsageError
from caixue.lang import tr
from caixue.ops.purging_rows import Deleted, Line, key_of, line_of
from caixue.site import CacheSpec
from caixue.units import nearest

# What reads as older was not written as `time_is` says, and stays; assumed: docs/assumptions.md A-234
_EARLIEST = datetime(2000, 1, 1, tzinfo=SHANGHAI)
_FOLLOWS = {"CASCADE", "SET NULL", "SET DEFAULT"}  # what a foreign key may do to rows that nobody has exported
READS = "caixue_reads"  # an execution option: this transaction only reads
_EPOCHS: Mapping[str, int] = {"epoch-s": 1, "epoch-ms": 1000}


def engine_of(url: str) -> Engine:
    """An engine for a cache's database. Raises UsageError for what is no URL or has no driver."""
    try:
        engine = sa.create_engine(url, poolclass=NullPool)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        said = str(error) if isinstance(error, ModuleNotFoundError) else type(error).__name__  # the URL may hold a password
        raise UsageError(tr(f"数据库地址不对，或没有驱动：{said}", f"no database URL, or no driver for it: {said}")) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _let_us_begin)
        event.listen(engine, "begin", _begin)
    return engine


def _let_us_begin(connection: Any, record: object) -> None:
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    """SQLite: a transaction that will delete has the file for itself from its first look on."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get(READS) else "BEGIN IMMEDIATE")


class CacheTable:
    """The table of a cache. Values pass as the driver has them: no type of ours may change one."""

    def __init__(self, engine: Engine, spec: CacheSpec) -> None:
        """Raises UsageError where the table lacks what the site file says, or where its key is not unique; BackupError where it cannot be asked."""
        self.spec = spec
        self._engine = engine
        schema, _, name = spec.table.rpartition(".")
        with reported(spec.name):
            looked = sa.inspect(engine)
            if not looked.has_table(name, schema or None):
                raise UsageError(tr(f"缓存 {spec.name}：没有表 {spec.table}", f"cache {spec.name}: there is no table {spec.table}"))
            columns = {column["name"]: column["type"] for column in looked.get_columns(name, schema or None)}
            unique = [looked.get_pk_constraint(name, schema or None)["constrained_columns"]]
            unique += [each["column_names"] for each in looked.get_unique_constraints(name, schema or None)]
            followers = _followers(looked, name, schema or None)
        if followers:
            zh = f"删除 {spec.table} 的行会连带改动没有导出的 {followers[0]}，不清理"
            raise UsageError(tr(zh, f"deleting rows of {spec.table} would change {followers[0]}, which is not exported: it is not purged"))
        for column in (spec.key, spec.time):
            if column not in columns:
                zh, en = f"表 {spec.table} 没有列 {column}", f"the table {spec.table} has no column {column}"
                raise UsageError(tr(zh, en) + nearest(column, tuple(columns)))
        if [spec.key] not in unique:
            raise UsageError(tr(f"表 {spec.table} 的 {spec.key} 不是唯一键", f"{spec.key} is no unique key of {spec.table}"))
        self._time = columns[spec.time]
        self._table = sa.table(name, *(sa.column(column) for column in columns), schema=schema or None)
        # PostgreSQL's drivers take JSON apart, and digits or a key that stands twice get lost: it passes as text.
        texts = {column for column, type_ in columns.items() if isinstance(type_, sa.JSON) and engine.dialect.name == "postgresql"}
        self._asked = sa.select(*(sa.cast(one, sa.Text).label(one.name) if one.name in texts else one for one in self._table.c))

    def bound(self, moment: datetime) -> Any:
        """The instant as the time column holds it: rows before it are old. Text is compared as text; a space sorts before T, so in doubt a row stays."""
        if factor := _EPOCHS.get(self.spec.time_is):
            return int(moment.timestamp() * factor)
        if getattr(self._time, "timezone", False):
            return moment
        naive = moment.astimezone(UTC if self.spec.time_is == "utc" else SHANGHAI).replace(tzinfo=None)
        is_text = self._engine.dialect.name == "sqlite" or not isinstance(self._time, sa.DateTime | sa.Date)
        return naive.isoformat(sep=" ") if is_text else naive

    def count(self, before: Any) -> int:
        """How many rows are old."""
        with self._transaction(reads=True) as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(self._table).where(*self._old(before))) or 0)

    def old(self, before: Any) -> Iterator[Line]:
        """The old rows in the order of their keys, as they are at one moment."""
        key = self._table.c[self.spec.key]
        with self._transaction(reads=True) as connection:
            asked = self._asked.where(*self._old(before)).order_by(key)
            for row in connection.execution_options(yield_per=self.spec.batch).execute(asked).mappings():
                yield line_of(dict(row), self.spec.key)

    def delete(self, texts: Sequence[str]) -> Deleted:
        """Delete those of the exported rows that are in the table exactly as exported; all of them in one transaction, or none."""
        column = self._table.c[self.spec.key]
        with self._transaction() as connection:
            there: dict[Any, list[str]] = {}
            for row in self._locked(connection, [key_of(text) for text in texts]):
                line = line_of(dict(row), self.spec.key)
                there.setdefault(line.key, []).append(line.text)
            same = [key_of(text) for text in texts if there.get(key_of(text)) == [text]]
            if same and connection.execute(sa.delete(self._table).where(column.in_(same))).rowcount != len(same):
                raise BackupError(
                    tr(f"{self.spec.name}：删除的行数不对，已撤回", f"{self.spec.name}: another number of rows was deleted; undone")
                )
            return Deleted(len(same), len(there) - len(same), len(texts) - len(there))

    def _locked(self, connection: Connection, keys: Sequence[Any]) -> Sequence[Any]:
        """The rows with these keys, which nobody else can change until the transaction ends."""
        asked = self._asked.where(self._table.c[self.spec.key].in_(keys)).with_for_update()
        return connection.execute(asked.with_hint(self._table, "WITH (UPDLOCK, HOLDLOCK)", "mssql")).mappings().all()

    def _old(self, before: Any) -> tuple[Any, ...]:
        time = self._table.c[self.spec.time]
        return (self._table.c[self.spec.key].is_not(None), time < before, time >= self.bound(_EARLIEST))

    @contextmanager
    def _transaction(self, *, reads: bool = False) -> Iterator[Connection]:
        with reported(self.spec.name), self._engine.connect().execution_options(**{READS: reads}) as connection, connection.begin():
            yield connection


def _followers(looked: sa.Inspector, table: str, schema: str | None) -> list[str]:
    """The tables of the schema whose rows go, or are changed, with the rows of this one."""
    return [
        owner[1] or ""
        for owner, keys in looked.get_multi_foreign_keys(schema=schema).items()
        for key in keys
        if key["referred_table"] == table and str(key.get("options", {}).get("ondelete", "")).upper() in _FOLLOWS
    ]


@contextmanager
def reported(cache: str) -> Iterator[None]:
    """What the database says becomes a BackupError without password or statement."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        said = " ".join(str(error.orig).split())[:200]
        raise BackupError(tr(f"缓存 {cache} 的数据库：{said}", f"the database of the cache {cache}: {said}")) from error
    except ValueError as error:  # its words may hold the value
        zh = f"缓存 {cache} 的数据库：驱动读不出一个值；没有删除"
        raise BackupError(tr(zh, f"the database of the cache {cache}: its driver cannot read a value; nothing was deleted")) from error
    except (sa.exc.SQLAlchemyError, OSError) as error:
        said = " ".join(str(error).split())[:200]
        raise BackupError(tr(f"缓存 {cache} 的数据库：{said}", f"the database of the cache {cache}: {said}")) from error
