"""S5: Oracle and SQL Server: what caixue keeps can stand in either, and the hospital's own are among the hosts that are watched.

No server of either make was at hand: tables and statements are compiled for both and compared word for word (docs/ledger.md says what never ran).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.site import load_site
from tests.contract.typed import Typed


@pytest.mark.parametrize(("database", "type_of_texts"), [("oracle", "NVARCHAR2"), ("mssql", "NVARCHAR")])
def test_the_script_that_makes_the_tables_is_written_for_each(
    database: str, type_of_texts: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = Typed("eight-window", tmp_path / "room.ledger.db", capfd).ok(f"ledger migrate --sql {database}")
    assert "CREATE TABLE entry" in script and type_of_texts in script


def test_both_databases_of_the_shipped_room_are_probed() -> None:
    site = load_site("eight-window-full")
    databases = {host.name for host in site.hosts if host.kind == "database"}
    assert len(databases) == 2 and databases <= {probe.about for probe in site.probes}
