"""Where is each clause kept? For every clause of the operations there is a module, a command and a file of tests, and the page says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.sla import clause_ids

ROOT = Path(__file__).resolve().parent.parent.parent
OPERATIONS = ("C2.1", "C2.1.1", "C2.1.2", "C2.1.3", "C2.1.4", "C2.1.5", "C4", "R2", "R3", "R4", "R5.3", "R5.4", "R5.6")
PAGE = (ROOT / "docs" / "reference" / "contract.md").read_text(encoding="utf-8")


def row(clause: str) -> list[str]:
    """The cells of a clause in the table that says where it is kept."""
    _, _, table = PAGE.partition("## 在哪里做到")
    found = [line for line in table.splitlines() if line.startswith(f"| {clause} |")]
    return [cell.strip() for cell in found[0].strip("|").split("|")]


@pytest.mark.parametrize("clause", OPERATIONS)
def test_a_clause_of_the_operations_has_module_command_and_test(clause: str):
    _, modules, commands, tests = row(clause)
    assert "caixue/ops/" in modules
    assert "caixue " in commands
    assert f"tests/contract/test_{clause.lower().replace('.', '_')}.py" in tests


def test_every_file_of_contract_tests_is_about_clauses_that_exist():
    groups = {clause.lower().replace(".", "_") for clause in clause_ids()}
    for path in Path(__file__).parent.glob("test_*.py"):
        name = path.stem.removeprefix("test_")
        assert name == "every_clause" or any(group == name or group.startswith(f"{name}_") for group in groups), path.name
