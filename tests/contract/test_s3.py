"""S3: the software in scope stands in the site file, with version, place and how long its maker supports it."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.site import load_site
from tests.contract.typed import Typed


def test_the_shipped_room_names_its_software_with_versions() -> None:
    software = load_site("eight-window-full").software
    assert {row.kind for row in software} >= {"system", "driver", "template", "os"}
    assert all(row.version for row in software)


def test_the_list_of_software_is_one_command(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    listed = Typed("eight-window-full", tmp_path / "room.ledger.db", capfd).ok("software list --json")
    assert {row["software"] for row in listed["software"]} == {row.name for row in load_site("eight-window-full").software}


def test_a_software_that_is_named_twice_is_refused_with_its_place(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path, row = tmp_path / "site.toml", '[[software]]\nname = "one"\nversion = "1"\nkind = "system"\n'
    path.write_text(f'schema = 1\nextends = "eight-window"\n{row}{row}', encoding="utf-8")
    assert "site.toml" in Typed(path, tmp_path / "room.ledger.db", capfd).refused("software list")
