"""Spare parts on their way (contract C4, R5.4): taken for a device, fitted with their serial, the old part returned, signed for.

issued → fitted → returned → signed, or back on the shelf unused. One number a piece; each is noted together with what it moves:
the lot in the store, the counter of the device.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.spare_chain import (
    DESTINATIONS,
    FITTED,
    KEPT,
    NEXT,
    RETURNED,
    SIGNED,
    STATE_OF,
    STORAGE_MEDIA,
    UNUSED,
    Spare,
    ToOrder,
    needed_by,
    parts_of,
)
from caixue.ops.stock import Stock, pick
from caixue.ops.wear import Wear, life_of
from caixue.roles import allow, role_of
from caixue.site import Site
from caixue.units import nearest

KINDS = ("spare.issued", "spare.fitted", "spare.returned", "spare.signed", "spare.unused", "spare.missing")


class Spares:
    """The spare parts of one site. Its state is what its events say."""

    def __init__(self, recorder: Recorder, site: Site, stock: Stock, wear: Wear, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.site = site
        self.stock = stock
        self.wear = wear
        self.by_number: dict[str, Spare] = {}
        self.missing: Counter[str] = Counter()  # item → how often the shelf had none
        self._people = {person.name: person.role for person in site.people}
        if followed is not None:
            followed.follow(self.hear, KINDS)

    # what is there

    @property
    def open(self) -> list[Spare]:
        """Those about which something is still to be done, the oldest first."""
        return [spare for spare in self.by_number.values() if spare.open]

    def get(self, number: str) -> Spare:
        """That spare. Raises UsageError for a number that was never given."""
        if number not in self.by_number:
            raise UsageError(tr(f"没有备件 {number!r}", f"there is no spare {number!r}") + nearest(number, tuple(self.by_number)))
        return self.by_number[number]

    def asked(self, item: str) -> int:
        """How many of `item` were needed so far: taken and not brought back, or asked for in vain."""
        taken = sum(spare.item == item and spare.state != UNUSED for spare in self.by_number.values())
        return taken + self.missing[item]

    def to_order(self, on_order: Mapping[str, int] | None = None, minimum: Mapping[str, int] | None = None) -> list[ToOrder]:
        """What brings every part back to its minimum, counting what is on order (item → pieces); `minimum` overrides the site file's."""
        coming, least = on_order or {}, minimum or {}
        today = self.recorder.clock.now().date()
        found = []
        for item in parts_of(self.site):
            have = self.stock.usable(item, today) + coming.get(item, 0)
            short = least.get(item, self.stock.items[item].minimum) - have
            if short > 0:
                found.append(ToOrder(item, short, short * self.stock.items[item].unit_cost_fen))
        return found

    # what is done

    def take(self, item: str, incident: str, device: str, by: str, *, op: str = "") -> str | None:
        """Take one `item` from the shelf for `device` and give its number; `incident` is empty for maintenance.

        When none lies there the shortage is noted, and None given: nothing can be fitted before one comes. Raises UsageError
        for a part that nobody knows and for a device that the site does not have.
        """
        self._known(item, device)
        today = self.recorder.clock.now().date()
        if not self.stock.usable(item, today):
            self.recorder.note_all([Draft("spare.missing", item, {"incident": incident, "device": device})], actor=by, op=op)
            return None
        [(lot, _)] = pick(self.stock.lots.values(), item, 1, today)
        number = f"spare-{len(self.by_number) + 1:04d}"
        drafts = [
            Draft("stock.issued", item, {"lot": lot.lot, "quantity": 1, "to": device, "why": incident or number}),
            Draft("spare.issued", number, {"item": item, "lot": lot.lot, "incident": incident, "device": device}),
        ]
        self.recorder.note_all(drafts, actor=by, op=op)
        return number

    def fit(self, number: str, serial: str, *, by: str, old_serial: str = "", wear_at: float | None = None, op: str = "") -> list[Event]:
        """Note that the spare is built in; the wear of that part begins again. `wear_at`: what the device's counter said then.

        Without `old_serial` the old part is the one that the record has there. Raises UsageError without a serial number, for one
        that is built in elsewhere, and unless the spare was just issued.
        """
        spare, serial = self._in(number, FITTED), serial.strip()
        old_serial = old_serial.strip() or self.wear.serial(spare.device, spare.item)
        self.check_serials(serial, old_serial)
        life = life_of(self.site.devices[spare.device].kind, spare.item)
        counter = life.counter if life is not None else ""
        replaced = {
            "part": spare.item,
            "lot": spare.lot,
            "old_serial": old_serial,
            "new_serial": serial,
            "counter": counter,
            "wear_at": wear_at,
        }
        drafts = [
            Draft("spare.fitted", number, {"device": spare.device, "serial": serial, "old_serial": old_serial}),
            Draft("part.replaced", spare.device, replaced),
        ]
        return self.recorder.note_all(drafts, actor=by, op=op)

    def check_serials(self, serial: str, old_serial: str) -> None:
        """Raises UsageError unless a part with that serial number can be put in for the old one."""
        if not serial.strip() or serial.strip() == old_serial.strip():
            raise UsageError(tr("要写新件的序列号，与旧件不同", "give the new part's serial number, other than the old one's"))
        elsewhere = self.wear.where(serial.strip())
        if elsewhere:
            raise UsageError(tr(f"序列号 {serial} 已装在 {elsewhere}", f"serial {serial} is built into {elsewhere}"))

    def return_old(self, number: str, *, old_serial: str, condition: str, to: str, by: str, op: str = "") -> list[Event]:
        """Note where the old part went: "maker", "scrapped" or "kept". What holds data is kept in the hospital.

        Raises UsageError for another destination, without a condition, and for another part than the one that was taken out.
        """
        spare, condition = self._in(number, RETURNED), condition.strip()
        if to not in DESTINATIONS:
            raise UsageError(
                tr(f"旧件去向是 {'、'.join(DESTINATIONS)}，没有 {to!r}", f"an old part goes to {', '.join(DESTINATIONS)}, not {to!r}")
            )
        if spare.item in STORAGE_MEDIA and to != KEPT:
            what = STORAGE_MEDIA[spare.item]
            raise UsageError(
                tr(
                    f"{what}存有数据，旧件须留在医院（--to {KEPT}）",
                    f"{spare.item} holds data: the old one stays in the hospital (--to {KEPT})",
                )
            )
        if not condition:
            raise UsageError(tr("要写旧件的状况", "say in what condition the old part is"))
        if spare.old_serial and old_serial and old_serial != spare.old_serial:
            raise UsageError(
                tr(f"{number} 换下的是 {spare.old_serial}，不是 {old_serial}", f"{number} took out {spare.old_serial}, not {old_serial}")
            )
        data = {"old_serial": old_serial or spare.old_serial, "condition": condition, "to": to}
        return self.recorder.note_all([Draft("spare.returned", number, data)], actor=by, op=op)

    def sign(self, number: str, *, person: str, op: str = "") -> list[Event]:
        """The user's signature. Raises UsageError for anybody but a nurse or the head of department, and before the old part is returned."""
        self._in(number, SIGNED)
        allow("spare.signed", person, role_of(person, self._people))
        return self.recorder.note_all([Draft("spare.signed", number, {"person": person})], actor=person, op=op)

    def bring_back(self, number: str, *, reason: str, by: str, op: str = "") -> list[Event]:
        """It was not needed and goes back on the shelf. Raises UsageError without a reason, and once it is fitted."""
        spare, reason = self._in(number, UNUSED), reason.strip()
        if not reason:
            raise UsageError(tr("要写为什么没有用", "say why it was not used"))
        drafts = [
            Draft("stock.returned", spare.item, {"lot": spare.lot, "quantity": 1, "came_from": spare.device}),
            Draft("spare.unused", number, {"reason": reason}),
        ]
        return self.recorder.note_all(drafts, actor=by, op=op)

    def hear(self, event: Event) -> None:
        """Take one event."""
        data: Mapping[str, Any] = event.data
        if event.kind == "spare.missing":
            self.missing[event.subject] += 1
        elif event.kind == "spare.issued":
            spare = Spare(event.subject, data["item"], data["lot"], data["incident"], data["device"], event.at_us)
            self.by_number[spare.number] = spare
        elif event.kind in STATE_OF:
            kept = {key: data[key] for key in ("serial", "old_serial", "condition", "to", "person") if key in data}
            self.by_number[event.subject] = replace(self.by_number[event.subject], state=STATE_OF[event.kind], **kept)

    def _in(self, number: str, state: str) -> Spare:
        """That spare, if `state` can come next."""
        spare = self.get(number)
        if state not in NEXT.get(spare.state, ()):
            known = ", ".join(NEXT.get(spare.state, ())) or tr("无", "nothing")
            raise UsageError(
                tr(f"{number} 现在是 {spare.state}，接下来可以：{known}", f"{number} is {spare.state}; what can come next: {known}")
            )
        return spare

    def _known(self, item: str, device: str) -> None:
        parts = {*parts_of(self.site), *needed_by(self.site), *STORAGE_MEDIA}
        if item not in parts:
            raise UsageError(tr(f"现场文件的备件里没有 {item!r}", f"the site has no spare part {item!r}") + nearest(item, tuple(parts)))
        if device not in self.site.devices:
            raise UsageError(
                tr(f"现场没有设备 {device!r}", f"the site has no device {device!r}") + nearest(device, tuple(self.site.devices))
            )
