"""G2: resources are planned: what is ordered and kept has a price, and less risk costs more; fewer nurses do where the limits still hold.

The plan of a Monday, confirmed and with the cheaper one shown to fail: tests/twin/test_planning_plan.py; rosters: tests/twin/test_rosters_command.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.ops.reorder import TERMS
from caixue.site import load_site
from tests.contract.typed import Typed
from twin.stocking.items import parts
from twin.stocking.levels import curve


def test_every_proposed_order_names_its_price(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    room = Typed("eight-window", tmp_path / "room.ledger.db", capfd)
    room.full("engineer-1")
    room.ok("stock count label-roll opening 0 --reason 盘点", by="engineer-1")
    proposed = room.ok("order suggest --json")["suggestions"]
    assert "label-roll" in [row["item"] for row in proposed]
    assert all(row["quantity"] > 0 and row["cost_fen"] > 0 for row in proposed)


def test_for_every_part_less_risk_costs_more() -> None:
    kept = parts(load_site("eight-window"), TERMS)
    assert kept
    for part in kept:
        costs = [row.yearly_fen for row in curve(part.item)]
        assert costs == sorted(costs)
