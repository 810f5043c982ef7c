"""How a ledger's database is reached: its URL, and what every connection is told before it may write."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.pool import StaticPool

from caixue.errors import LedgerDamaged, LedgerError, UsageError
from caixue.lang import tr
from caixue.ledger.dialects import ORACLE_OPTIONS

RACE_ZH, RACE_EN = "别人刚写了账本；请看过之后重做", "somebody else has just written; look, and do it again"
# How servers say that of two transactions at once this one had to give way: PostgreSQL's class 40, Oracle, SQL Server.
_RACES = re.compile(r"\b(40001|40P01|ORA-08177|ORA-00060)\b|\((1205|3960)\)")
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
BUSY_MS = 5_000  # how long SQLite waits for a program that does not know of our turns
SYNCHRONOUS = "EXTRA"  # before WAL: with FULL or NORMAL a power cut can lose what was acknowledged (docs/decisions/0012-ledger.md)


def url_of(place: str | Path) -> URL:
    """The URL of a ledger: a database URL as it is, anything else is the path of an SQLite file. Raises UsageError for an unreadable URL."""
    text = str(place)
    if "://" not in text:
        return URL.create("sqlite", database=text)
    try:
        return make_url(text)
    except sa.exc.ArgumentError:
        raise UsageError(tr(f"不是数据库地址：{text}", f"not a database URL: {text}")) from None


def file_of(url: URL) -> Path | None:
    """The file of an SQLite ledger, under its one true name; None for a server or for one in memory."""
    inside = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return Path(url.database or "").resolve() if inside else None


def make_engine(url: URL, **options: Any) -> Engine:
    """An engine whose connections are set up for a ledger. Raises UsageError when its driver is not installed."""
    try:
        if url.get_backend_name() != "sqlite":
            more = ORACLE_OPTIONS if url.get_backend_name() == "oracle" else {}
            return sa.create_engine(url, pool_pre_ping=True, isolation_level="SERIALIZABLE", **more, **options)
        alone = {"poolclass": StaticPool, "connect_args": {"check_same_thread": True}}  # one connection, for the thread that opened it
        engine = sa.create_engine(url, **{**alone, **options})
    except (sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise UsageError(tr(f"没有这种数据库的驱动：{error}", f"no driver for this database: {error}")) from None
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def _prepare(connection: Any, record: object) -> None:
    """`synchronous` first: the switch to WAL is itself a write that must reach the disk."""
    connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_MS}", f"synchronous={SYNCHRONOUS}", "journal_mode=WAL", "mmap_size=0", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def sync_folder(file: Path) -> None:
    """Let the file's name reach the disk too, where the system can be told so."""
    if os.name == "nt":
        return
    folder = os.open(file.resolve().parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def lost_a_race(error: BaseException | None) -> bool:
    """By the number in the message: the same trouble comes as different exceptions from different drivers. It is certain that nothing was written."""
    orig = getattr(error, "orig", None)
    return orig is not None and _RACES.search(f"{orig} {getattr(orig, 'sqlstate', '')}") is not None


def _is_damage(error: sa.exc.DBAPIError) -> bool:
    """What SQLite and its driver say of a file whose bytes make no sense."""
    return _code(error) in _DAMAGE or "Could not decode to UTF-8" in str(error.orig)


def is_full(error: BaseException | None) -> bool:
    """Whether SQLite failed because the disk is full: then it is certain that nothing was written."""
    return _code(error) == sqlite3.SQLITE_FULL


def is_no_database(error: BaseException | None) -> bool:
    """Whether SQLite failed because the file does not begin like one of its own."""
    return _code(error) == sqlite3.SQLITE_NOTADB


def said(error: BaseException | None) -> str:
    """What the database said, in one line, without the statement."""
    return " ".join(str(getattr(error, "orig", error)).split())[:200]


def _code(error: BaseException | None) -> int:
    """SQLite's primary result code; 0 for what it did not say."""
    return int(getattr(getattr(error, "orig", None), "sqlite_errorcode", 0)) & 0xFF


@contextmanager
def reported(url: URL) -> Iterator[None]:
    """What goes wrong in the database becomes a LedgerError that says what and where, without password or statement."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if lost_a_race(error):
            raise LedgerError(tr(RACE_ZH, RACE_EN)) from error
        what = said(error)
        where = url.render_as_string(hide_password=True)
        if _is_damage(error):
            zh = f"账本 {where} 已损坏：{what}；没有记下。停用它，恢复核对过的备份"
            raise LedgerDamaged(tr(zh, f"the ledger {where} is damaged: {what}; nothing was noted. Stop using it, restore a verified backup")) from error
        raise LedgerError(tr(f"账本 {where}：{what}；没有记下", f"ledger {where}: {what}; nothing was noted")) from error
    except UnicodeDecodeError as error:  # SQLite quotes the damaged bytes in its message, and the driver cannot read that
        raise LedgerDamaged(tr(f"账本 {url.database} 已损坏；没有记下", f"the ledger {url.database} is damaged; nothing was noted")) from error
    except OSError as error:  # a driver that does not wrap what its socket says
        where = url.render_as_string(hide_password=True)
        raise LedgerError(tr(f"账本 {where}：{error}；没有记下", f"ledger {where}: {error}; nothing was noted")) from error
    except sa.exc.SQLAlchemyError as error:
        raise LedgerError(tr(f"账本出错：{error}", f"the ledger failed: {error}")) from error
