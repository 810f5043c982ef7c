"""The duty of refilling (contract C2.1.2, C2.1.3): levels, tasks, what is put in from which lot, counts by hand, and expiry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from caixue.drivers.base import Driver
from caixue.errors import UsageError
from caixue.events import Event
from caixue.journal import Draft, Followed, Recorder
from caixue.lang import tr
from caixue.ops.filling import DUTY, drafts_of_filling, expired_lots
from caixue.ops.loaded import KINDS as LOADED_KINDS
from caixue.ops.loaded import Loaded
from caixue.ops.loads import EXACT, Load
from caixue.ops.refilling import Forecast, Need, refill_list
from caixue.ops.slots import Key, slots_of, told_by
from caixue.ops.stock import Lot, Stock
from caixue.site_model import Site
from caixue.units import nearest

EXPIRY_WARNING = timedelta(days=30)  # docs/assumptions.md A-104
KINDS = (*LOADED_KINDS, "task.opened", "task.done", "task.cancelled")
NO_LONGER = "已不需要 / no longer needed"


@dataclass(frozen=True, slots=True)
class Task:
    """Something to refill, as it was opened; `quantity` in pieces of the store."""

    number: str  # refill-0001
    device: str
    slot: str
    item: str
    quantity: int
    why: str


class Consumables:
    """The consumables in the devices of one site. Its state is what its events say."""

    def __init__(self, recorder: Recorder, site: Site, stock: Stock, followed: Followed | None = None) -> None:
        self.recorder = recorder
        self.site = site
        self.stock = stock
        self.loaded = Loaded(slots_of(site))
        self.tasks: dict[str, Task] = {}  # open ones
        self._opened = 0
        if followed is not None:
            followed.follow(self.hear, KINDS)

    # what is there

    @property
    def levels(self) -> Mapping[Key, Load]:
        """The content of every slot, in walking order."""
        return self.loaded.loads

    def load(self, device: str, slot: str = "") -> Load:
        """The content of a slot; a device with one slot needs no name for it. Raises UsageError for an unknown one."""
        own = tuple(name for of, name in self.levels if of == device)
        if not own:
            devices = tuple(dict.fromkeys(of for of, _ in self.levels))
            raise UsageError(tr(f"{device} 不装耗材", f"{device} holds no consumables") + nearest(device, devices))
        name = own[0] if not slot and len(own) == 1 else slot
        if name not in own:
            raise UsageError(
                tr(f"{device} 没有料位 {name}；有：{'、'.join(own)}", f"{device} has no slot {name!r}; it has {', '.join(own)}")
            )
        return self.levels[device, name]

    def expired(self, today: date) -> dict[Key, tuple[str, ...]]:
        """The lots in each slot whose last day of use is over."""
        lots = {key: expired_lots(load, self.stock, today) for key, load in self.levels.items()}
        return {key: names for key, names in lots.items() if names}

    def expiring(self, today: date, within: timedelta = EXPIRY_WARNING) -> list[tuple[Lot, int]]:
        """Lots of consumables whose last day of use comes within that time, each with how many are in devices, the soonest first."""
        items = {load.slot.item for load in self.levels.values()}
        lots = [lot for lot in self.stock.lots.values() if lot.item in items and lot.expires is not None and lot.expires <= today + within]
        counted = [(lot, self.loaded.in_slots(lot.item, lot.lot)) for lot in lots]
        return sorted(
            ((lot, inside) for lot, inside in counted if lot.on_hand or inside), key=lambda row: (str(row[0].expires), row[0].item)
        )

    def needs(self, forecast: Forecast, now: datetime) -> list[Need]:
        """What must be refilled now, in walking order."""
        return refill_list(self.levels.values(), forecast, now, self.expired(now.date()))

    def task(self, number: str) -> Task:
        """An open task. Raises UsageError for any other."""
        if number not in self.tasks:
            raise UsageError(tr(f"没有未完成的任务 {number}", f"no open task {number}") + nearest(number, self.tasks))
        return self.tasks[number]

    def task_for(self, device: str, slot: str) -> Task | None:
        """The open task for a slot."""
        return next((task for task in self.tasks.values() if (task.device, task.slot) == (device, slot)), None)

    # what is noted

    def open_with(self, levels: Mapping[Key, int] | None = None, *, by: str, op: str = "") -> list[Event]:
        """Note what lies in the slots when the record begins, by default that all are full."""
        found = {key: load.slot.capacity for key, load in self.levels.items()} if levels is None else levels
        return self._settle([[*key, left, EXACT] for key, left in found.items()], by, op)

    def settle(self, *, by: str = "caixue", op: str = "") -> list[Event]:
        """Note the present levels of all slots that are known, so that a record without the workflow's events tells them too."""
        return self._settle([[*key, load.level, load.sign] for key, load in self.levels.items() if load.known], by, op)

    def look(self, driver: Driver, *, by: str = "monitor") -> list[Event]:
        """Note what the last reading of `driver` says of its slots, where that is news. Asks nothing of the device."""
        drafts = []
        for slot, state in told_by(driver).items():
            load = self.levels.get((driver.name, slot))
            if load is not None and load.state != state and not self._older(driver, load):
                drafts.append(Draft("consumable.told", driver.name, {"slot": slot, "item": load.slot.item, "state": state}))
        return self.recorder.note_all(drafts, actor=by) if drafts else []

    def count(self, device: str, slot: str, quantity: int, *, by: str, reason: str = "", op: str = "") -> list[Event]:
        """Note how many tubes, labels or slips a person counted in a slot. Raises UsageError outside 0 to its capacity."""
        load = self.load(device, slot)
        own = load.slot
        if not 0 <= quantity <= own.capacity:
            raise UsageError(
                tr(
                    f"{device} {own.slot} 能装 0–{own.capacity}，不是 {quantity}",
                    f"{device} {own.slot} holds 0 to {own.capacity}, not {quantity}",
                )
            )
        data = {"slot": own.slot, "item": own.item, "quantity": quantity, "reason": reason}
        before = self.recorder.repeated(op, Draft("consumable.counted", device, data), actor=by)
        difference = quantity - load.level if load.known else None
        return before or self.recorder.note_all([Draft("consumable.counted", device, {**data, "difference": difference})], actor=by, op=op)

    def open_tasks(self, forecast: Forecast, now: datetime, *, by: str, op: str = "") -> list[Task]:
        """Open a task for all that must be refilled and has none, cancel those that need not be done any more; give the open ones in walking order."""
        needs = self.needs(forecast, now)
        new = [need for need in needs if self.task_for(*need.slot.key) is None]
        wanted = {need.slot.key for need in needs}
        over = [task.number for task in self.tasks.values() if (task.device, task.slot) not in wanted]
        drafts = [_opened(f"{DUTY}-{number:04d}", need) for number, need in enumerate(new, self._opened + 1)]
        drafts += [Draft("task.cancelled", number, {"reason": NO_LONGER}) for number in over]
        if drafts:
            self.recorder.note_all(drafts, actor=by, op=op)
        return [task for need in needs if (task := self.task_for(*need.slot.key)) is not None]

    def cancel(self, number: str, *, reason: str, by: str, op: str = "") -> list[Event]:
        """Cancel an open task. Raises UsageError without a reason and for a task that is not open."""
        self.task(number)
        if not reason.strip():
            raise UsageError(tr("取消任务要写原因", "cancelling a task needs a reason"))
        return self.recorder.note_all([Draft("task.cancelled", number, {"reason": reason})], actor=by, op=op)

    def fill(
        self, device: str, slot: str, *, by: str, today: date, put_in: int | None = None, full: bool = True, op: str = ""
    ) -> list[Event]:
        """Note that a slot was refilled from the store: with `put_in` pieces, by default with as many as it needs and can get.

        `full`: so many made it full, which says how many had been left. Wrong or expired tubes are noted as removed, the pieces are
        issued by the lots that expire first, and the open task of the slot is done, all at once. Raises UsageError where the store has
        too few, the slot takes no more, or nobody knows what was left.
        """
        load = self.load(device, slot)
        drafts = drafts_of_filling(load, self.stock, today, put_in=put_in, full=full)
        task = self.task_for(*load.slot.key)
        if task is not None:
            quantity = sum(draft.data["quantity"] for draft in drafts if draft.kind == "consumable.refilled")
            drafts.append(Draft("task.done", task.number, {"quantity": quantity}))
        return self.recorder.note_all(drafts, actor=by, op=op)

    def _settle(self, levels: list[list[str | int]], by: str, op: str) -> list[Event]:
        return self.recorder.note_all([Draft("consumable.settled", self.site.name, {"levels": levels})], actor=by, op=op)

    def _older(self, driver: Driver, load: Load) -> bool:
        """Whether the driver's last reading is from before a person had his hands in the slot."""
        assert driver.reading is not None
        age_us = driver.clock.monotonic_us() - driver.reading.at_us
        return self.recorder.clock.monotonic_us() - age_us < load.by_hand_us

    # what is heard

    def hear(self, event: Event) -> None:
        """Take one event."""
        if event.kind == "task.opened":
            data = event.data
            if data["duty"] == DUTY:
                self._opened += 1
                self.tasks[event.subject] = Task(event.subject, data["device"], data["slot"], data["item"], data["quantity"], data["why"])
        elif event.kind.startswith("task."):
            self.tasks.pop(event.subject, None)
        else:
            self.loaded.hear(event)


def _opened(number: str, need: Need) -> Draft:
    slot = need.slot
    data = {"duty": DUTY, "device": slot.device, "slot": slot.slot, "item": slot.item, "quantity": need.quantity, "why": need.why}
    return Draft("task.opened", number, data)
