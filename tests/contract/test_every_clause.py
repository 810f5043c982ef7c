"""Where is each clause kept? For every clause there is a module, a command and a file of tests, and the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.sla import clause_ids

ROOT = Path(__file__).resolve().parent.parent.parent
LATER = ("C2.3.2",)  # the state of Oracle and SQL Server, and their backups
KEPT = tuple(clause for clause in clause_ids() if clause not in LATER)
PAGE = (ROOT / "docs" / "reference" / "contract.md").read_text(encoding="utf-8")


def row(clause: str) -> list[str]:
    """The cells of a clause in the table that says where it is kept."""
    _, _, table = PAGE.partition("## 在哪里做到")
    found = [line for line in table.splitlines() if line.startswith(f"| {clause} |")]
    return [cell.strip() for cell in found[0].strip("|").split("|")]


@pytest.mark.parametrize("clause", KEPT)
def test_a_clause_has_module_command_and_test(clause: str):
    _, modules, commands, tests = row(clause)
    assert "caixue/" in modules or "twin/" in modules
    assert "caixue " in commands
    assert f"tests/contract/test_{clause.lower().replace('.', '_')}.py" in tests


@pytest.mark.parametrize("clause", [clause for clause in KEPT if clause[0] in "CR"])
def test_a_duty_is_kept_by_the_operations(clause: str):
    assert "caixue/ops/" in row(clause)[1]


@pytest.mark.parametrize("clause", LATER)
def test_what_comes_later_is_a_gap_that_the_page_shows(clause: str):
    assert row(clause)[2:] == ["–", "–"]


def test_every_file_of_contract_tests_is_about_clauses_that_exist():
    groups = {clause.lower().replace(".", "_") for clause in clause_ids()}
    for path in Path(__file__).parent.glob("test_*.py"):
        name = path.stem.removeprefix("test_")
        known = any(group in (name, name.rpartition("_")[0]) or group.startswith(f"{name}_") for group in groups)
        assert name == "every_clause" or known, path.name
