"""S1: the room is a site file: its place stands in it, and whatever is done belongs to one site."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.site import BUILT_IN, load_site
from tests.contract.typed import Typed


def test_the_shipped_room_is_the_one_of_the_contract() -> None:
    assert all(load_site(name).place == "医技综合楼2F门诊采血室" for name in BUILT_IN if name != "bare-windows")


def test_the_ledger_of_one_room_is_refused_to_another(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ledger, other = tmp_path / "room.ledger.db", tmp_path / "other.toml"
    other.write_text('schema = 1\nextends = "eight-window"\nname = "another-room"\n', encoding="utf-8")
    Typed("eight-window", ledger, capfd).ok("stock open", by="engineer-1")
    code, _, err = Typed(other, ledger, capfd).type("stock list")
    assert code != 0 and "eight-window" in err and "Traceback" not in err
