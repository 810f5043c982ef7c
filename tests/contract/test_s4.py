"""S4: the consumables in scope stand in the site file, with packs, prices and minimum levels; a device's slot says what it takes."""

from __future__ import annotations

from caixue.ops.slots import slots_of
from caixue.site import load_site

SITE = load_site("eight-window")


def test_everything_that_a_device_uses_up_is_kept_in_the_store_with_a_price_and_a_minimum() -> None:
    kept = {item.item: item for item in SITE.stock}
    used = {slot.item for slot in slots_of(SITE)}
    assert used and used <= set(kept)
    assert all(kept[item].minimum > 0 and kept[item].unit_cost_fen > 0 and kept[item].pack >= 1 for item in used)


def test_every_kind_of_tube_that_patients_need_has_a_lane_and_a_place_in_the_store() -> None:
    assert set(SITE.tubes.mix) <= {kind for _, kind in SITE.tubes.lanes} <= {item.item for item in SITE.stock}
