"""What an engineer's hands do in the room: take from the store, put into devices, and note it in the books as a real one would."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from caixue.ops.spare_chain import KEPT, MAKER, STORAGE_MEDIA
from twin.books import Books
from twin.devices.base import DeviceModel
from twin.devices.label_mechanism import LabelMechanism
from twin.truth import Truth
from twin.world import World


class Hands:
    """Hands in one room. `books` is what caixue knows, `truth` what there really is."""

    def __init__(self, world: World, models: Mapping[str, DeviceModel], books: Books, truth: Truth) -> None:
        self.books = books
        self.truth = truth
        self._world = world
        self._models = models

    @property
    def today(self) -> date:
        """The day of the room's clock."""
        return self._world.clock.now().date()

    # consumables

    def refill(self, device: str, by: str, slots: Iterable[str] = ()) -> None:
        """Fill what a look at `device` shows to be low, and these slots; as far as the store has something."""
        model = self._models.get(device)
        if model is None:
            return
        for slot in dict.fromkeys((*slots, *model.low_slots())):
            pieces = min(model.space(slot), self._there(device, slot))
            if pieces:
                model.put(slot, pieces)
        self.note_what_went_in(device, by)

    def note_what_went_in(self, device: str, by: str) -> None:
        """Whatever was put into `device` comes from the store and stands in the books: also what a repair took."""
        model = self._models.get(device)
        if model is None:
            return
        for slot, pieces in model.handed_in().items():
            item = self.books.consumables.load(device, slot).slot.item
            self.truth.carry_out(item, pieces)
            self.truth.loaded[device, item] += pieces
            self.books.consumables.fill(device, slot, by=by, today=self.today, put_in=pieces, full=not model.space(slot))
        if isinstance(model, LabelMechanism) and model.refill().get("ribbon"):
            self.books.consumables.recorder.note("consumable.refilled", device, actor=by, item="ribbon", quantity=1)

    def look_at_rolls(self, by: str) -> None:
        """Open every printer that does not tell how its roll is: one near its end is counted."""
        consumables = self.books.consumables
        for (device, name), load in list(consumables.levels.items()):
            slot = load.slot
            if not slot.tells and device in self._models and name in self._models[device].low_slots() and load.level > slot.low:
                consumables.count(device, name, slot.low, by=by, reason="seen")

    def _there(self, device: str, slot: str) -> int:
        """How many pieces the store has for a slot: what lies there, as far as it may still be used."""
        item = self.books.consumables.load(device, slot).slot.item
        return min(self.truth.shelf(item), self.books.stock.usable(item, self.today))

    def lacks(self, device: str) -> str:
        """What runs low in `device` and is not in the store; empty when nothing is missing."""
        model = self._models.get(device)
        slots = [slot for slot in model.low_slots() if not self._there(device, slot)] if model is not None else []
        return self.books.consumables.load(device, slots[0]).slot.item if slots else ""

    # parts

    def fetch(self, part: str, incident: str, device: str, by: str) -> str | None:
        """Take `part` from the store for `device` and give its number; None when there is none."""
        if not self.books.keeps(part):
            return None
        number = self.books.spares.take(part, incident, device, by)
        if number is not None:
            self.truth.carry_out(part, 1)
        return number

    def build_in(self, number: str, device: str, by: str) -> None:
        """The part with that number is in the device."""
        spare = self.books.spares.get(number)
        old = self.books.maintenance.wear.parts.get((device, spare.item))
        self.truth.fitted[spare.item] += 1
        self.books.spares.fit(number, f"{spare.item}-{number}", by=by, old_serial=old.serial if old is not None else "")
        self._models[device].renew(spare.item)

    def settle(self, number: str, by: str) -> None:
        """The old part goes back to the maker, or stays in the hospital where it holds data; the user signs."""
        spares = self.books.spares
        to = KEPT if spares.get(number).item in STORAGE_MEDIA else MAKER
        spares.return_old(number, old_serial="", condition="worn", to=to, by=by)
        spares.sign(number, person=self.books.signer)
