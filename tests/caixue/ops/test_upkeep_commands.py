"""`caixue maintain` and `caixue spares`: what people type, what they are told, what the ledger has afterwards, and how mistakes end."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from caixue import cli

PRINTER = "window-3.label-printer"
Command = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Type one command at a site of its own; gives its exit code, what it printed (JSON as data) and what it complained."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CAIXUE_SITE", "eight-window-full")
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("CAIXUE_PERSON", raising=False)
    monkeypatch.setattr("sys.stdin", None)

    def type_(*words: str, by: str = "") -> tuple[int, Any, str]:
        code = cli.main([*words, *(("--by", by) if by else ())])
        out, err = capfd.readouterr()
        return code, json.loads(out) if "--json" in words else out, err

    return type_


@pytest.fixture
def stocked(command: Command) -> Command:
    assert command("stock", "open", by="engineer-1")[0] == 0
    return command


def entries(command: Command) -> list[str]:
    _, row, _ = command("maintain", "history", "--json")
    return [event["kind"] for event in row["events"]]


def test_a_spare_goes_from_the_shelf_to_the_users_signature_by_commands_alone(stocked: Command) -> None:
    code, _, err = stocked("spares", "issue", "print-head", PRINTER, "--incident", "1", by="engineer-1")
    assert code == 2 and "没有故障单 1" in err
    assert stocked("incident", "open", "--device", PRINTER, "--symptom", "no-read", by="engineer-1")[0] == 0
    code, row, _ = stocked("spares", "issue", "print-head", PRINTER, "--incident", "1", "--json", by="engineer-1")
    assert row["events"][1]["data"]["incident"] == "incident-0001"
    assert code == 0 and [event["kind"] for event in row["events"]] == ["stock.issued", "spare.issued"]
    assert stocked("spares", "fit", "spare-0001", "--serial", "NH-1", "--old-serial", "OH-1", "--wear-at", "29", by="engineer-1")[0] == 0
    assert stocked("spares", "return", "spare-0001", "--to", "maker", "--condition", "worn", by="engineer-1")[0] == 0
    _, row, _ = stocked("spares", "open", "--json")
    assert [(one["number"], one["state"]) for one in row["spares"]] == [("spare-0001", "returned")]
    code, _, err = stocked("spares", "sign", "spare-0001", by="engineer-1")
    assert code == 2 and "护士" in err
    assert stocked("spares", "sign", "spare-0001", by="nurse-1")[0] == 0
    assert stocked("spares", "open", "--json")[1]["spares"] == []
    _, row, _ = stocked("maintain", "wear", "--json")
    assert row["wear"][0]["reading"] == 29 and row["wear"][0]["wear"] == 0


def test_a_part_is_replaced_with_one_command_and_a_repeated_one_is_noted_once(stocked: Command) -> None:
    words = ("maintain", "replace", PRINTER, "print-head", "--serial", "NH-1", "--op", "monday-1", "--json")
    first = stocked(*words, by="engineer-1")
    assert first == stocked(*words, by="engineer-1") and first[0] == 0
    assert [event["kind"] for event in first[1]["events"]] == ["spare.fitted", "part.replaced"]
    assert next(row["on_hand"] for row in stocked("spares", "list", "--json")[1]["parts"] if row["item"] == "print-head") == 1
    issued = ("spares", "issue", "motor", "window-1.collection-host", "--op", "monday-2", "--json")
    assert stocked(*issued, by="engineer-1") == stocked(*issued, by="engineer-1")


def test_a_shortage_ends_with_99_and_is_noted(stocked: Command) -> None:
    assert stocked("spares", "issue", "motor", "window-1.collection-host", by="engineer-1")[0] == 0
    code, out, _ = stocked("spares", "issue", "motor", "window-1.collection-host", by="engineer-1")
    assert code == 99 and "motor" in out
    assert stocked("maintain", "replace", "window-1.collection-host", "motor", "--serial", "M-1", by="engineer-1")[0] == 99
    code, row, _ = stocked("spares", "list", "--json")
    assert code == 99 and next(part for part in row["parts"] if part["item"] == "motor")["to_order"] == 1


def test_what_was_not_needed_goes_back_with_one_option(stocked: Command) -> None:
    stocked("spares", "issue", "print-head", PRINTER, by="engineer-1")
    assert stocked("spares", "return", "spare-0001", "--unused", "only dirty", by="engineer-1")[0] == 0
    assert stocked("spares", "open", "--json")[1]["spares"] == []


def test_a_task_that_was_done_is_next_due_after_its_interval(stocked: Command) -> None:
    def next_due() -> str:
        _, row, _ = stocked("maintain", "plan", "--device", PRINTER, "--json")
        return next(task["due_on"] for task in row["tasks"] if task["task"] == "clean-print-head")

    due_before = next_due()
    assert stocked("maintain", "due", "--json")[1]["tasks"] == []
    assert len(stocked("maintain", "due", "--days", "7", "--json")[1]["tasks"]) > 10
    assert stocked("maintain", "done", PRINTER, "clean-print-head", "--took", "3 min", "--note", "酒精棒", by="engineer-1")[0] == 0
    assert next_due() == due_before  # today again
    (event,) = stocked("maintain", "history", "--json")[1]["events"]
    assert event["data"] == {"duration_s": 180, "note": "酒精棒", "task": "clean-print-head"}


def test_a_calibration_out_of_tolerance_ends_with_99_and_stays_visible_until_one_passes(stocked: Command) -> None:
    words = ("maintain", "calibrate", "conveyor-1", "belt-speed", "--before", "180", "--after")
    code, out, _ = stocked(*words, "190", by="engineer-1")
    assert code == 99 and "caixue incident open --device conveyor-1" in out
    assert "belt-speed 190" in stocked("maintain", "due")[1]
    assert stocked(*words, "201", by="engineer-1")[0] == 0
    assert stocked("maintain", "due", "--json")[1]["out_of_tolerance"] == []


def test_risk_and_minimum_are_figures_for_people_and_programs(stocked: Command) -> None:
    _, row, _ = stocked("spares", "risk", "--wanted", "0.99", "--json")
    cutter = next(part for part in row["parts"] if part["item"] == "cutter")
    assert cutter["recommended"] > cutter["minimum"] and 0 < cutter["fill_rate"] < 1 and cutter["cost_fen"] > 0
    assert "%" in stocked("spares", "risk")[1] and "元" in stocked("spares", "minimum")[1]


@pytest.mark.parametrize(
    "words",
    [
        "maintain done window-3.label-printr clean-platen --by engineer-1",
        "maintain done window-3.label-printer clean-plate --by engineer-1",
        "maintain done window-3.label-printer clean-platen",
        "maintain done window-3.label-printer clean-platen --by engineer-9",
        "maintain done window-3.label-printer clean-platen --took fast --by engineer-1",
        "maintain calibrate conveyor-1 belt-speed --by engineer-1",
        "maintain calibrate conveyor-1 belt-spread --after 1 --by engineer-1",
        "maintain calibrate conveyor-1 belt-speed --after 200 --by nurse-1",
        "maintain calibrate conveyor-1 belt-speed --read --by engineer-1",
        "maintain wear --read --by engineer-1",
        "maintain plan --device window-33",
        "maintain replace window-3.label-printer print-head --by engineer-1",
        "maintain replace window-3.label-printer print-head --serial N --spare spare-0007 --by engineer-1",
        "maintain replace window-3.label-printer print-head --serial N --by nurse-1",
        "spares issue print-heat window-3.label-printer --by engineer-1",
        "spares fit spare-0001 --serial N --by engineer-1",
        "spares return spare-0001 --by engineer-1",
        "spares risk --wanted 1",
    ],
)
def test_wrong_use_ends_with_2_a_sentence_and_no_new_entry(stocked: Command, words: str) -> None:
    code, out, err = stocked(*words.split())
    assert (code, out) == (2, "") and err.startswith("错误") and "Traceback" not in err
    assert entries(stocked) == [] and stocked("spares", "open", "--json")[1]["spares"] == []


def test_a_part_with_a_serial_that_is_built_in_already_is_refused_before_anything_is_taken(stocked: Command) -> None:
    assert stocked("maintain", "replace", PRINTER, "print-head", "--serial", "NH-1", by="engineer-1")[0] == 0
    code, _, err = stocked("maintain", "replace", "window-4.label-printer", "print-head", "--serial", "NH-1", by="engineer-1")
    assert code == 2 and PRINTER in err
    assert len(stocked("spares", "open", "--json")[1]["spares"]) == 1


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_tables_fit_80_columns_of_a_gbk_console(stocked: Command, monkeypatch: pytest.MonkeyPatch, lang: str) -> None:
    monkeypatch.setenv("CAIXUE_LANG", lang)
    stocked("incident", "open", "--device", PRINTER, "--symptom", "no-read", by="engineer-1")
    stocked("spares", "issue", "print-head", PRINTER, "--incident", "incident-0001", by="engineer-1")
    stocked("maintain", "calibrate", "conveyor-1", "belt-speed", "--after", "150", by="engineer-1")
    for words in (
        "maintain due --days 90",
        "maintain plan",
        "maintain wear",
        "maintain history",
        "spares list",
        "spares risk",
        "spares minimum",
        "spares open",
    ):
        _, out, _ = stocked(*words.split())
        assert out.strip() and max(cell_len(line) for line in out.splitlines()) <= 80, words
        assert out == out.encode("gbk", errors="replace").decode("gbk"), words
