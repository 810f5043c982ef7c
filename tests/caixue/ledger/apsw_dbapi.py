"""A DBAPI over apsw, as much of it as SQLAlchemy asks for: the way by which a ledger comes to lie on a file system of our own.

`sqlite3` cannot choose SQLite's file system by the connection; apsw can. Every exception of apsw becomes the one that sqlite3 would raise.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import apsw

apilevel, threadsafety, paramstyle = "2.0", 1, "qmark"
sqlite_version = apsw.sqlite_lib_version()
sqlite_version_info = tuple(int(part) for part in sqlite_version.split("."))
Binary = bytes


class Error(Exception):
    """Any error of SQLite."""

    sqlite_errorcode = 0


class InterfaceError(Error):
    """A value that SQLite has no type for."""


class DatabaseError(Error):
    """The file is wrong."""


class OperationalError(DatabaseError):
    """The disk, the lock or the statement is wrong."""


class IntegrityError(DatabaseError):
    """A constraint is broken."""


class ProgrammingError(DatabaseError):
    """A closed connection was used."""


DataError = InternalError = NotSupportedError = DatabaseError

_OURS: tuple[tuple[type[apsw.Error], type[Error]], ...] = (
    (apsw.ConstraintError, IntegrityError),
    (apsw.CorruptError, DatabaseError),
    (apsw.NotADBError, DatabaseError),
    (apsw.ConnectionClosedError, ProgrammingError),
    (apsw.CursorClosedError, ProgrammingError),
    (apsw.Error, OperationalError),
)


def _told(call: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except apsw.Error as error:
        ours = next(mine for theirs, mine in _OURS if isinstance(error, theirs))(str(error))
        ours.sqlite_errorcode = getattr(error, "extendedresult", 0)
        raise ours from error
    except TypeError as error:
        raise InterfaceError(str(error)) from error


class Cursor:
    """Runs one statement at a time and holds all of its rows."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.description: tuple[Any, ...] | None = None
        self.rowcount, self.lastrowid = -1, 0

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        for statement in self._connection.rewrite(sql):
            self._run(statement, parameters)
        return self

    def executemany(self, sql: str, many: Iterable[Sequence[Any]]) -> Cursor:
        counted = 0
        for parameters in many:
            self._run(sql, parameters)
            counted += max(0, self.rowcount)
        self.rowcount = counted
        return self

    def _run(self, sql: str, parameters: Sequence[Any]) -> None:
        inner, seen = self._connection.inner.cursor(), []
        inner.exec_trace = lambda cursor, statement, bindings: seen.append(_described(cursor)) or True
        self._rows = _told(lambda: list(inner.execute(sql, tuple(parameters))))
        self.description = seen[-1] if seen else None
        writes = sql.lstrip()[:7].upper().strip() in ("INSERT", "UPDATE", "DELETE", "REPLACE")
        self.rowcount = self._connection.inner.changes() if writes else -1
        self.lastrowid = self._connection.inner.last_insert_rowid()

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.pop(0) if self._rows else None

    def fetchmany(self, size: int = 1) -> list[tuple[Any, ...]]:
        taken, self._rows = self._rows[:size], self._rows[size:]
        return taken

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.fetchmany(len(self._rows))

    def __iter__(self) -> Any:
        return iter(self.fetchall())

    def close(self) -> None:
        self._rows = []


def _described(cursor: apsw.Cursor) -> tuple[Any, ...] | None:
    try:
        return tuple((name, None, None, None, None, None, None) for name, _ in cursor.get_description()) or None
    except apsw.ExecutionCompleteError:
        return None


class Connection:
    """A connection over one VFS. `rewrite` may put other statements in the place of one."""

    def __init__(self, file: str, vfs: str = "", rewrite: Callable[[str], Iterable[str]] = lambda sql: (sql,)) -> None:
        self.inner = _told(lambda: apsw.Connection(file, vfs=vfs or None))
        self.rewrite = rewrite
        self.isolation_level: str | None = None

    def cursor(self) -> Cursor:
        return Cursor(self)

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        return self.cursor().execute(sql, parameters)

    def commit(self) -> None:
        if self.inner.in_transaction:
            self.execute("COMMIT")

    def rollback(self) -> None:
        if self.inner.in_transaction:
            self.execute("ROLLBACK")

    def close(self) -> None:
        _told(self.inner.close)

    def create_function(self, name: str, arguments: int, function: Callable[..., Any], *, deterministic: bool = False) -> None:
        self.inner.create_scalar_function(name, function, arguments, deterministic=deterministic)

    def backup(self, target: sqlite3.Connection) -> None:
        """A copy into the file of a connection of the standard module, which has not looked at it yet."""
        ((_, _, file),) = target.execute("PRAGMA database_list")
        beside = _told(lambda: apsw.Connection(file))
        with beside.backup("main", self.inner, "main") as copy:
            _told(copy.step, -1)
        beside.close()


def connect(file: str, **options: Any) -> Connection:
    """A connection to `file`."""
    return Connection(file, **options)
