"""One schema and one set of statements for SQLite, PostgreSQL, Oracle and SQL Server, compiled as they would be sent.

After a change that is meant: `python -m tests.caixue.ledger.statements`, and read the difference before it is committed;
with `--again` it writes the newest revision of the tables once more, too, as long as that is not released.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from sqlalchemy.schema import CreateTable

from caixue.ledger.columns import KIND
from caixue.ledger.dialects import TARGETS
from caixue.ledger.engine import make_engine, url_of
from caixue.ledger.migrating import script
from caixue.ledger.schema import entry
from tests.caixue.ledger.statements import CAIXUE, SNAPSHOTS, all_tables, collected, ddl, snapshots, wrapped

TARGET = pytest.mark.parametrize("target", TARGETS)
AGAIN = "python -m tests.caixue.ledger.statements"
# Reserved in Oracle 19c (V$RESERVED_WORDS) and in Transact-SQL; SQLAlchemy's own lists are asked besides.
ORACLE = """ACCESS ADD ALL ALTER AND ANY AS ASC AUDIT BETWEEN BY CHAR CHECK CLUSTER COLUMN COMMENT COMPRESS CONNECT CREATE CURRENT DATE DECIMAL
DEFAULT DELETE DESC DISTINCT DROP ELSE EXCLUSIVE EXISTS FILE FLOAT FOR FROM GRANT GROUP HAVING IDENTIFIED IMMEDIATE IN INCREMENT INDEX INITIAL
INSERT INTEGER INTERSECT INTO IS LEVEL LIKE LOCK LONG MAXEXTENTS MINUS MODE MODIFY NOAUDIT NOCOMPRESS NOT NOWAIT NULL NUMBER OF OFFLINE ON
ONLINE OPTION OR ORDER PCTFREE PRIOR PUBLIC RAW RENAME RESOURCE REVOKE ROW ROWID ROWNUM ROWS SELECT SESSION SET SHARE SIZE SMALLINT START
SUCCESSFUL SYNONYM SYSDATE TABLE THEN TO TRIGGER UID UNION UNIQUE UPDATE USER VALIDATE VALUES VARCHAR VARCHAR2 VIEW WHENEVER WHERE WITH"""
TRANSACT_SQL = """ADD ALL ALTER AND ANY AS ASC AUTHORIZATION BACKUP BEGIN BETWEEN BREAK BROWSE BULK BY CASCADE CASE CHECK CHECKPOINT CLOSE CLUSTERED
COALESCE COLLATE COLUMN COMMIT COMPUTE CONSTRAINT CONTAINS CONTINUE CONVERT CREATE CROSS CURRENT CURSOR DATABASE DBCC DEALLOCATE DECLARE DEFAULT
DELETE DENY DESC DISK DISTINCT DISTRIBUTED DOUBLE DROP DUMP ELSE END ERRLVL ESCAPE EXCEPT EXEC EXECUTE EXISTS EXIT EXTERNAL FETCH FILE FILLFACTOR
FOR FOREIGN FREETEXT FROM FULL FUNCTION GOTO GRANT GROUP HAVING HOLDLOCK IDENTITY IF IN INDEX INNER INSERT INTERSECT INTO IS JOIN KEY KILL LEFT
LIKE LINENO LOAD MERGE NATIONAL NOCHECK NONCLUSTERED NOT NULL NULLIF OF OFF OFFSETS ON OPEN OPTION OR ORDER OUTER OVER PERCENT PIVOT PLAN
PRECISION PRIMARY PRINT PROC PROCEDURE PUBLIC RAISERROR READ READTEXT RECONFIGURE REFERENCES REPLICATION RESTORE RESTRICT RETURN REVERT REVOKE
RIGHT ROLLBACK ROWCOUNT RULE SAVE SCHEMA SELECT SESSION_USER SET SETUSER SHUTDOWN SOME STATISTICS TABLE TABLESAMPLE TEXTSIZE THEN TO TOP TRAN
TRANSACTION TRIGGER TRUNCATE UNION UNIQUE UNPIVOT UPDATE USE USER VALUES VARYING VIEW WAITFOR WHEN WHERE WHILE WITH WITHIN WRITETEXT"""


@TARGET
def test_statements_and_tables_are_those_of_the_snapshots(target: str):
    wanted = snapshots(target)
    there = {file.name: file.read_text(encoding="utf-8") for file in (SNAPSHOTS / target).glob("*.sql")}
    assert sorted(there) == sorted(wanted), AGAIN
    assert [name for name in wanted if there[name] != wanted[name]] == [], AGAIN


FOREIGN = "ops/purging_tables.py"  # tables of the hospital's own: run on SQLite and PostgreSQL by tests/caixue/ops/test_purging.py


def builders() -> Iterator[tuple[str, str]]:
    """The functions of caixue that build a statement."""
    for file in sorted(file for file in CAIXUE.rglob("*.py") if file != CAIXUE / FOREIGN):
        for function in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(function, ast.FunctionDef) and any(map(_builds, ast.walk(function))):
                yield file.relative_to(CAIXUE).as_posix(), function.name


def _builds(node: ast.AST) -> bool:
    call = node.func if isinstance(node, ast.Call) else None
    return isinstance(call, ast.Attribute) and call.attr in {"select", "insert", "update", "delete"} and getattr(call.value, "id", "") == "sa"


@pytest.mark.parametrize("where", list(builders()), ids=lambda where: ":".join(where))
def test_no_statement_is_forgotten(where: tuple[str, str]):
    registered = where in {("ledger/projecting.py", "changing"), ("ledger/projecting.py", "making")}  # taken from the rules one by one
    assert registered or where in collected().functions, "the collection in statements.py does not get there"


@TARGET
def test_no_table_needs_what_the_databases_do_not_share(target: str):
    types = re.findall(r"^    \w+ (.*?),?$", "\n".join(ddl(TARGETS[target].dialect())), re.MULTILINE)
    words = set(re.findall(r"\w+", " ".join(types)))
    assert not words & {"BOOLEAN", "BIT", "NTEXT", "DATETIME", "DATETIME2", "DATE", "TIMESTAMP", "TIME", "IDENTITY", "SERIAL", "AUTOINCREMENT", "JSON"}


def names() -> Iterator[str]:
    for table in all_tables():
        yield table.name
        yield from (column.name for column in table.c)
        yield from (str(each.name) for each in (*table.indexes, *table.constraints) if each.name)


def test_no_name_is_long_or_needs_quoting():
    reserved = {word.lower() for target in TARGETS.values() for word in target.dialect().identifier_preparer.reserved_words}
    reserved |= {word.lower() for word in (*ORACLE.split(), *TRANSACT_SQL.split())}
    bad = {name for name in names() if name.lower() in reserved or re.fullmatch(r"[a-z][a-z0-9_]{0,29}", name) is None}
    assert bad == set(), "choose another name: Oracle took 30 bytes up to 12.1, and quoted names are case-sensitive there"


@TARGET
def test_the_script_for_the_dba_makes_the_tables_of_the_code(target: str):
    dialect, made = TARGETS[target].dialect(), wrapped(script(target)).replace("\n", " ")
    for table in all_tables():
        assert wrapped(str(CreateTable(table).compile(dialect=dialect))).replace("\n", " ").strip() in made, table.name


@pytest.mark.parametrize(("target", "paging"), [("mssql", "SELECT TOP "), ("oracle", "FETCH FIRST "), ("sqlite", "LIMIT "), ("postgresql", "LIMIT ")])
def test_a_page_is_asked_for_in_each_dialect_without_counting_rows(target: str, paging: str):
    found = (SNAPSHOTS / target / "entry.sql").read_text(encoding="utf-8")
    assert paging in found and "ROW_NUMBER" not in found and "ROWNUM" not in found


@TARGET
def test_nothing_is_searched_by_pattern_because_the_wildcards_differ(target: str):
    assert not [file.name for file in (SNAPSHOTS / target).glob("*.sql") if " LIKE " in file.read_text(encoding="utf-8")]


def test_text_is_unicode_on_every_server_whatever_its_own_character_set():
    for target, word in (("oracle", "NVARCHAR2(60)"), ("mssql", "NVARCHAR(60)")):
        assert word in str(KIND.compile(TARGETS[target].dialect()))
    assert str(entry.c.body.type.compile(TARGETS["oracle"].dialect())) == "NCLOB"
    assert str(entry.c.body.type.compile(TARGETS["mssql"].dialect())) == "NVARCHAR(max)"


class Driver:
    """A driver's module as far as an engine looks at it before it connects."""

    paramstyle, version = "named", "5.2.0"

    def __getattr__(self, name: str) -> type:
        return type(name, (), {})

    def makedsn(self, *where: object, **more: object) -> str:
        return "x"


def test_an_engine_for_oracle_is_set_up_like_the_snapshots():
    engine = make_engine(url_of("oracle+oracledb://u@h/?service_name=x"), module=Driver())
    assert str(entry.c.body.type.compile(engine.dialect)) == "NCLOB"


