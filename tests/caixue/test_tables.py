"""Tables for people: within 80 columns of a console, and with names that can be typed again."""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import redirect_stdout

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.commands.tables import show, tell
from tests.typed_page import WIDTH, fits

CELLS = st.one_of(st.none(), st.integers(0, 10**6), st.text("采血管将空逾期，：a-z0.", max_size=60))
TABLES = st.integers(1, 8).flatmap(lambda count: st.lists(st.lists(CELLS, min_size=count, max_size=count), min_size=1, max_size=5))


@pytest.fixture(autouse=True)
def console(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))


def shown(heads: Sequence[str], *rows: Sequence[object]) -> str:
    with redirect_stdout(io.StringIO()) as out:
        show("", heads, rows)
    return out.getvalue()


def test_the_name_of_a_device_is_not_broken_where_the_other_columns_can_be():
    row = ("2026-11-04 逾期1天", "window-1.barcode-scanner", "clean-print-head", "还没有做过", "清洁扫描窗和窗口四周的积尘")
    table = shown(("到期", "设备", "任务", "依据", "做什么"), row)
    assert fits(table) and {"2026-11-04", "window-1.barcode-scanner", "clean-print-head"} <= set(table.split())


def test_a_table_that_fits_is_left_as_it_is():
    assert shown(("设备", "状态"), ("conveyor-1", "正常")).splitlines()[-1] == " conveyor-1   正常 "


def test_names_that_do_not_fit_at_all_are_broken_and_all_of_them_is_there():
    name = "a" * 50
    table = shown(("一", "二"), (name, name))
    assert fits(table) and table.count("a") == 100


@given(TABLES)
def test_any_table_is_shown_within_80_columns(rows: list[list[object]]):
    assert fits(shown([f"列{number}" for number in range(len(rows[0]))], *rows))


def test_a_sentence_is_broken_within_80_columns_and_stays_in_its_place(capsys: pytest.CaptureFixture[str]):
    tell("engineer-1 尚未合格：" + ", ".join(["backup-and-restore"] * 6), indent=2)
    said = capsys.readouterr().out
    assert fits(said) and len(said.splitlines()) > 1 and all(line.startswith("  ") for line in said.splitlines())
    assert said.count("backup-and-restore") == 6
