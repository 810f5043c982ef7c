"""`caixue ledger …`: what a person types and reads, and the exit codes that a program looks at."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from rich.cells import cell_len

from caixue import cli
from caixue.clock import SHANGHAI
from caixue.journal import Draft
from caixue.ledger import open_ledger
from caixue.ledger.engine import make_engine, url_of
from caixue.ledger.projecting import projected_tables
from caixue.ledger.revisions import version
from caixue.ledger.schema import entry

Typed = Callable[..., str]
LEDGER = "eight-window.ledger.db"


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Typed:
    """Types a command in a folder with a ledger of its own; gives what it printed, or said, when it ended with `code`."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"CAIXUE_SITE": "eight-window", "CAIXUE_PERSON": "engineer-1", "COLUMNS": "80"}.items():
        monkeypatch.setenv(name, value)
    for name in ("CAIXUE_LEDGER", "CAIXUE_LANG"):
        monkeypatch.delenv(name, raising=False)

    def type_(words: str, *more: str, code: int = 0) -> str:
        capfd.readouterr()
        found = cli.main([*words.split(), *more])
        out, err = capfd.readouterr()
        assert found == code and "Traceback" not in err, (words, found, out, err)
        return out if code in (0, 99) else err

    return type_


@pytest.fixture
def ledger(typed: Typed) -> Typed:
    """The same where a ledger holds twenty entries."""
    with open_ledger(LEDGER, site="eight-window", people={"engineer-1": "engineer"}) as made:
        lots = [Draft("stock.received", f"item-{n}", {"lot": "a", "quantity": n, "expires": None, "unit_cost_fen": 5}) for n in range(20)]
        made.note(lots, actor="engineer-1")
    return lambda words, *more, **how: typed(f"ledger {words}", *more, **how)


def data(text: str) -> Any:
    return json.loads(text)


def change(statement: Any) -> None:
    engine = make_engine(url_of(LEDGER))
    with engine.begin() as connection:
        connection.execute(statement)
    engine.dispose()


def test_a_whole_ledger_is_called_whole(ledger: Typed):
    assert "完整：20 条记录" in ledger("verify")
    assert data(ledger("verify --json")) == {"schema": 1, "entries": 20, "anchors": 0, "findings": []}


def test_a_changed_ledger_ends_with_99_and_says_where(ledger: Typed):
    change(sa.update(entry).where(entry.c.seq == 7).values(actor="nurse-1"))
    assert "第 7 条" in ledger("verify", code=99)
    assert {each["seq"] for each in data(ledger("verify --json", code=99))["findings"]} == {7}


def test_a_damaged_end_does_not_keep_verify_from_looking(ledger: Typed):
    change(sa.delete(entry).where(entry.c.seq == 19))
    ledger("show", code=4)
    assert "账本头" in ledger("verify", code=99)


def test_a_file_whose_tables_make_no_sense_ends_with_99_too(ledger: Typed, tmp_path: Path):
    file = tmp_path / LEDGER
    content = bytearray(file.read_bytes())
    content[100:108] = b"\xff" * 8  # the first page's own header: which tables there are
    file.write_bytes(content)
    assert data(ledger("verify --json", code=99))["findings"][0]["where"] == "file"


def test_an_anchor_on_paper_and_one_in_a_file_find_a_cut_tail(ledger: Typed, tmp_path: Path):
    before = (tmp_path / LEDGER).read_bytes()
    ledger("correct 3 --reason 数错 --right 二十")
    code = ledger("anchor --file anchors.jsonl").strip()
    assert code.startswith("20-") and data(ledger("anchor --json"))["code"] == code
    assert "2 个锚相符" in ledger("verify --anchor anchors.jsonl --anchor", code)
    (tmp_path / LEDGER).write_bytes(before)
    assert "较旧的副本" in ledger("verify --anchor", code, code=99)
    assert "抄错" in ledger("verify --anchor", code.replace("20-", "21-", 1), code=2)


def test_the_last_entries_are_shown_by_kind_subject_and_time(ledger: Typed):
    ledger("correct 3 --reason 数错 --right 二十")
    assert [each["seq"] for each in data(ledger("show --last 2 --json"))["events"]] == [19, 20]
    assert [each["subject"] for each in data(ledger("show --kind entry.corrected --json"))["events"]] == ["entry-3"]
    assert len(data(ledger("show --subject item-7 --json"))["events"]) == 1
    assert data(ledger("show --since 2099-01-01T00:00 --json"))["events"] == []
    assert "没有这样的记录" in ledger("show --kind no.such")


def test_a_corrected_entry_is_marked_and_stays(ledger: Typed):
    before = data(ledger("show --last 100 --json"))["events"]
    ledger("correct 3 --reason 数错 --right 二十")
    assert "3（已更正）" in ledger("show --last 100")
    assert data(ledger("show --last 100 --json"))["events"][:20] == before


@pytest.mark.parametrize("words", ["correct 99 --reason x --right y", "correct 3 --reason x", "correct 3 --right y", "correct 3 --reason x --right y --by 谁"])
def test_a_correction_of_nothing_without_words_or_by_a_stranger_is_refused(ledger: Typed, words: str):
    ledger(words, code=2)
    assert data(ledger("about --json"))["entries"] == 20


def test_a_correction_sent_twice_is_noted_once(ledger: Typed):
    for _ in range(2):
        ledger("correct 3 --reason x --right y --op slip-1")
    assert data(ledger("about --json"))["entries"] == 21


def test_a_backup_is_known_and_restores(ledger: Typed, tmp_path: Path):
    assert "还没有" in ledger("about")
    made = data(ledger("backup backups --json"))
    assert data(ledger("about --json"))["last_backup"]["sha256"] == made["sha256"]
    (tmp_path / LEDGER).unlink()
    assert "已恢复 20 条" in ledger("restore", made["file"])
    assert data(ledger("about --json"))["entries"] == 21


def test_an_older_backup_is_restored_only_by_force_and_with_a_reason(ledger: Typed):
    made = data(ledger("backup backups --json"))["file"]
    assert "少 1 条" in ledger("restore", made, code=2)
    assert data(ledger("restore --force-older --reason 演练 --json", made))["lost"] == 1


def test_what_is_no_backup_is_refused(ledger: Typed, tmp_path: Path):
    (tmp_path / "x.db").write_bytes(b"x")
    assert "不是备份" in ledger("restore x.db", code=2)
    assert "不是备份" in ledger("restore nothing.db", code=2)


def test_entries_move_to_another_ledger(ledger: Typed, typed: Typed):
    typed("people export ask --what 账本 --why 换服务器 --recipient 信息科")
    typed("people export allow 1 --by head-1 --until", f"{datetime.now(SHANGHAI) + timedelta(hours=1):%Y-%m-%dT%H:%M}")
    assert "已导出 22 条" in ledger("export x.jsonl --sheet 1")
    assert "已导入 22 条" in ledger("import x.jsonl --ledger other.db")
    assert "完整：22 条记录" in ledger("verify --ledger other.db")
    ledger("import x.jsonl", code=2)


def test_an_older_ledger_says_what_to_do_and_migrate_does_it(ledger: Typed):
    engine = make_engine(url_of(LEDGER))
    with engine.begin() as connection:
        for table in projected_tables():
            table.drop(connection)
        connection.execute(sa.update(version).values(version_num="0001"))
    engine.dispose()
    assert "caixue ledger migrate" in ledger("about", code=2)
    assert "0001 → " in ledger("migrate --backup backups")
    assert "已是最新" in ledger("migrate")
    assert "完整：22 条记录" in ledger("verify")


@pytest.mark.parametrize("target", ["sqlite", "postgresql", "oracle", "mssql"])
def test_the_dba_gets_a_script_without_a_ledger_or_a_site(typed: Typed, monkeypatch: pytest.MonkeyPatch, target: str):
    monkeypatch.delenv("CAIXUE_SITE")
    made = typed(f"ledger migrate --sql {target}")
    assert "CREATE TABLE entry" in made and "CREATE TABLE stock_lot" in made
    assert "CREATE TABLE entry" not in typed(f"ledger migrate --sql {target} --from 0001")
    assert "mssql" in typed("ledger migrate --sql nothing", code=2)
    assert "0001" in typed(f"ledger migrate --sql {target} --from 1", code=2)


def test_tables_are_made_anew(ledger: Typed):
    change(sa.delete(projected_tables()[-1]))
    change(sa.text("DELETE FROM stock_lot"))
    assert "stock_lot" in ledger("verify", code=99)
    assert data(ledger("rebuild --by head-1 --json"))["entries"] == 20
    ledger("verify")
    (noted,) = data(ledger("show --last 1 --json"))["events"]
    assert (noted["kind"], noted["subject"], noted["actor"], noted["data"]) == ("ledger.rebuilt", "ledger", "head-1", {"entries": 20})


@pytest.mark.parametrize("who", ["nurse-1", "stranger", ""])
def test_tables_are_made_anew_only_by_a_person_who_may_and_else_stay_as_they_are(ledger: Typed, monkeypatch: pytest.MonkeyPatch, who: str):
    monkeypatch.delenv("CAIXUE_PERSON")
    change(sa.text("DELETE FROM stock_lot"))
    ledger("rebuild", *(["--by", who] if who else []), code=2)
    assert "stock_lot" in ledger("verify", code=99)


@pytest.mark.parametrize("words", ["verify", "show", "about", "anchor", "export x.jsonl", "backup b", "rebuild"])
def test_where_there_is_no_ledger_none_is_made(typed: Typed, tmp_path: Path, words: str):
    assert "没有账本" in typed(f"ledger {words}", code=2)
    assert list(tmp_path.glob("*.db")) == []


def test_a_server_that_is_not_there_is_exit_code_4_and_keeps_the_password(typed: Typed):
    said = typed("ledger about --ledger postgresql+pg8000://u:geheim@127.0.0.1:1/x", code=4)
    assert "geheim" not in said


@pytest.mark.parametrize("words", ["about", "show --last 30", "verify", "anchor"])
def test_what_people_read_fits_80_columns_and_a_gbk_console(ledger: Typed, words: str):
    text = ledger(words)
    text.encode("gbk")
    assert max(map(cell_len, text.splitlines())) <= 80


@pytest.mark.parametrize("words", ["", "verify", "backup", "restore", "migrate"])
def test_help_fits_80_columns_and_a_gbk_console(typed: Typed, words: str):
    text = typed(f"ledger {words} --help")
    text.encode("gbk")
    assert max(map(cell_len, text.splitlines())) <= 80


def test_help_does_not_wait_for_the_database_library():
    code = "import sys; from caixue.cli import main; main(['--help']); main(['ledger', '--help']); print('sqlalchemy' in sys.modules, 'alembic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, encoding="utf-8")
    assert done.stdout.splitlines()[-1] == "False False"
