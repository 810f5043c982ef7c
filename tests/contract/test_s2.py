"""S2: the hardware in scope is the site's inventory: every device has a name, a kind with a card, and an address; what is unknown is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from caixue.errors import UsageError
from caixue.opening import driver_classes, open_site
from caixue.site import load_site


def test_every_device_of_the_inventory_has_a_driver() -> None:
    site, known = load_site("eight-window-full"), driver_classes()
    assert len(site.devices) > 40
    assert {device.kind for device in site.devices.values()} <= set(known)
    assert all(device.url for device in site.devices.values())


def test_a_device_of_a_kind_that_nobody_drives_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "site.toml"
    path.write_text('schema = 1\nextends = "eight-window"\n[[device]]\nname = "robot-1"\nkind = "robot"\nurl = "COM9"\n', encoding="utf-8")
    with pytest.raises(UsageError, match="robot"):
        open_site(path)
