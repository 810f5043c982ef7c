"""Spare parts: whatever people do with them, each piece is in one place, nothing is fitted that was not issued, and replay equals live."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from caixue.errors import UsageError
from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.spare_chain import DESTINATIONS, FITTED, ISSUED, KEPT, RETURNED, SIGNED, STORAGE_MEDIA, UNUSED, needed_by, parts_of
from caixue.ops.spare_demand import BELIEVED_DAYS, RATES, catalogue_demand, demand
from caixue.ops.spare_risk import Risk, risks
from caixue.ops.spares import Spares
from caixue.ops.stock import Stock
from caixue.ops.wear import Wear
from caixue.site import load_site
from caixue.site_model import LEAD_TIME_US
from caixue.units import US_PER_DAY
from tests.caixue.scripted import FakeClock
from twin.faults.catalogue import catalogue

FULL = load_site("eight-window-full")
SITE = replace(FULL, stock=tuple(item for item in FULL.stock if item.item != "ups-battery"))  # one part that the store does not keep
HEAD, PRINTER = "print-head", "window-1.label-printer"
ENGINEER, NURSE = "engineer-1", "nurse-1"


def shelf(site: Any = SITE, *, stocked: bool = True) -> tuple[Spares, MemoryJournal, FakeClock]:
    clock, journal = FakeClock(), MemoryJournal()
    recorder = Recorder(journal, clock)
    stock = Stock(recorder, site.stock, journal)
    spares = Spares(recorder, site, stock, Wear(recorder, journal), journal)
    if stocked:
        stock.open_with(by=ENGINEER)
    return spares, journal, clock


def signed(spares: Spares, number: str, to: str = "maker") -> None:
    spares.fit(number, f"N-{number}", by=ENGINEER, old_serial=f"O-{number}")
    spares.return_old(number, old_serial="", condition="worn", to=to, by=ENGINEER)
    spares.sign(number, person=NURSE)


# the way of one spare


def test_a_part_is_taken_fitted_returned_and_signed_and_every_step_stands_in_the_journal() -> None:
    spares, journal, _ = shelf()
    number = spares.take(HEAD, "incident-0007", PRINTER, ENGINEER)
    assert number == "spare-0001" and spares.stock.on_hand(HEAD) == 1
    spares.fit(number, "NH-1", by=ENGINEER, old_serial="OH-1", wear_at=29)
    spares.return_old(number, old_serial="OH-1", condition="worn", to="maker", by=ENGINEER)
    spares.sign(number, person=NURSE)
    kinds = [event.kind for event in journal.events if not event.kind.startswith("stock.received")]
    assert kinds == ["stock.issued", "spare.issued", "spare.fitted", "part.replaced", "spare.returned", "spare.signed"]
    spare = spares.get(number)
    assert (spare.state, spare.serial, spare.old_serial, spare.to, spare.person) == (SIGNED, "NH-1", "OH-1", "maker", NURSE)
    assert spares.wear.where("NH-1") == PRINTER and spares.wear.of_part(PRINTER, HEAD, "printed-km") == 0
    assert spares.open == []


def test_an_empty_shelf_gives_nothing_and_the_shortage_is_noted_for_the_maker() -> None:
    spares, journal, _ = shelf(stocked=False)
    assert spares.take(HEAD, "incident-0001", PRINTER, ENGINEER) is None
    (event,) = journal.events
    assert (event.kind, event.subject, event.data) == ("spare.missing", HEAD, {"incident": "incident-0001", "device": PRINTER})
    assert spares.asked(HEAD) == 1


def test_a_part_that_devices_need_and_the_site_does_not_keep_is_missing_and_no_mistake() -> None:
    spares, _, _ = shelf()
    assert "ups-battery" in needed_by(SITE) and "ups-battery" not in parts_of(SITE)
    assert spares.take("ups-battery", "incident-0001", "ups-room", ENGINEER) is None


def test_what_was_not_needed_goes_back_on_the_shelf() -> None:
    spares, _, _ = shelf()
    number = spares.take(HEAD, "", PRINTER, ENGINEER)
    spares.bring_back(number, reason="only dirty", by=ENGINEER)
    assert (spares.stock.on_hand(HEAD), spares.get(number).state, spares.asked(HEAD)) == (2, UNUSED, 0)


def test_open_spares_are_listed_with_their_age() -> None:
    spares, _, clock = shelf()
    number = spares.take(HEAD, "", PRINTER, ENGINEER)
    clock.advance_to(3 * US_PER_DAY)
    (open_one,) = spares.open
    assert (open_one.number, open_one.state, open_one.age_us(clock.now_us)) == (number, ISSUED, 3 * US_PER_DAY)


@pytest.mark.parametrize("item", sorted(set(STORAGE_MEDIA) & set(parts_of(SITE))))
def test_what_holds_data_stays_in_the_hospital(item: str) -> None:
    spares, journal, _ = shelf()
    number = spares.take(item, "", "window-1.collection-host", ENGINEER)
    spares.fit(number, "SSD-2", by=ENGINEER, old_serial="SSD-1")
    before = len(journal.events)
    for to in set(DESTINATIONS) - {KEPT}:
        with pytest.raises(UsageError, match=KEPT):
            spares.return_old(number, old_serial="SSD-1", condition="broken", to=to, by=ENGINEER)
    assert len(journal.events) == before
    spares.return_old(number, old_serial="SSD-1", condition="broken", to=KEPT, by=ENGINEER)
    assert spares.get(number).to == KEPT


def test_only_the_user_signs() -> None:
    spares, _, _ = shelf()
    number = spares.take(HEAD, "", PRINTER, ENGINEER)
    spares.fit(number, "N", by=ENGINEER)
    spares.return_old(number, old_serial="", condition="worn", to="scrapped", by=ENGINEER)
    for person in (ENGINEER, "maker-1", "facilities-1", "nobody"):
        with pytest.raises(UsageError):
            spares.sign(number, person=person)
    spares.sign(number, person="head-1")
    assert spares.get(number).person == "head-1"


def test_the_second_replacement_knows_which_part_comes_out() -> None:
    spares, _, _ = shelf()
    for serial in ("N-1", "N-2"):
        spares.fit(spares.take(HEAD, "", PRINTER, ENGINEER) or "", serial, by=ENGINEER)
    assert [one.old_serial for one in spares.by_number.values()] == ["", "N-1"]
    assert spares.wear.where("N-1") == "" and spares.wear.where("N-2") == PRINTER


def test_a_serial_number_is_built_in_once() -> None:
    spares, _, _ = shelf()
    first, second = (spares.take(HEAD, "", device, ENGINEER) for device in (PRINTER, "window-2.label-printer"))
    spares.fit(first, "N-1", by=ENGINEER)
    with pytest.raises(UsageError, match=PRINTER):
        spares.fit(second, "N-1", by=ENGINEER)
    assert spares.get(second).state == ISSUED


@pytest.mark.parametrize(
    "act",
    [
        lambda spares: spares.take("print-heat", "", PRINTER, ENGINEER),
        lambda spares: spares.take(HEAD, "", "window-9.label-printer", ENGINEER),
        lambda spares: spares.take("serum-yellow", "", PRINTER, ENGINEER),
        lambda spares: spares.fit("spare-0002", "N", by=ENGINEER),
        lambda spares: spares.fit("spare-0001", "  ", by=ENGINEER),
        lambda spares: spares.fit("spare-0001", "O", old_serial="O", by=ENGINEER),
        lambda spares: spares.return_old("spare-0001", old_serial="", condition="worn", to="maker", by=ENGINEER),
        lambda spares: spares.sign("spare-0001", person=NURSE),
        lambda spares: spares.bring_back("spare-0001", reason=" ", by=ENGINEER),
    ],
)
def test_bad_input_is_refused_and_nothing_is_noted(act: Any) -> None:
    spares, journal, _ = shelf()
    spares.take(HEAD, "", PRINTER, ENGINEER)
    before = len(journal.events)
    with pytest.raises(UsageError):
        act(spares)
    assert len(journal.events) == before


@pytest.mark.parametrize(("condition", "to", "old_serial"), [("", "maker", ""), ("worn", "home", ""), ("worn", "maker", "O-2")])
def test_a_return_needs_a_condition_a_known_destination_and_the_part_that_was_taken_out(condition: str, to: str, old_serial: str) -> None:
    spares, journal, _ = shelf()
    number = spares.take(HEAD, "", PRINTER, ENGINEER)
    spares.fit(number, "N-1", by=ENGINEER, old_serial="O-1")
    before = len(journal.events)
    with pytest.raises(UsageError):
        spares.return_old(number, old_serial=old_serial, condition=condition, to=to, by=ENGINEER)
    assert len(journal.events) == before


# what must be ordered, and what the shelf is worth


def test_what_falls_below_its_minimum_is_to_be_ordered_less_what_is_on_its_way() -> None:
    spares, _, _ = shelf()
    assert spares.to_order() == []
    for _ in range(2):
        signed(spares, spares.take(HEAD, "", PRINTER, ENGINEER))
    (wanted,) = spares.to_order()
    assert (wanted.item, wanted.quantity, wanted.cost_fen) == (HEAD, 1, 90_000)
    assert spares.to_order({HEAD: 1}) == []
    (more,) = spares.to_order(minimum={HEAD: 3})
    assert more.quantity == 3


def test_the_rates_are_those_of_the_fault_catalogue_and_none_is_left_out() -> None:
    known = {(fault.part, device, kind, fault.per, fault.mean_between) for (device, kind), fault in catalogue().items() if fault.part and fault.mean_between}
    assert {(rate.part, rate.kind, rate.fault, rate.per, rate.mean_between) for rate in RATES} == known


def test_demand_grows_with_the_devices_that_break_and_is_shared_where_they_share_the_work() -> None:
    full, half = catalogue_demand(SITE), catalogue_demand(SITE.with_windows(4))
    assert half["motor"] == pytest.approx(full["motor"] / 2)
    assert half["print-head"] == pytest.approx(full["print-head"]), "the same kilometres on fewer heads"
    assert 0 < full["print-head"] < 0.2 and 0.1 < full["motor"] < 0.3


def test_a_long_record_counts_for_itself_and_a_short_one_is_not_believed() -> None:
    rates = {HEAD: 0.06}
    assert demand(HEAD, rates, 0, BELIEVED_DAYS - 1).source == "catalogue"
    counted = demand(HEAD, rates, 12, 365.25)
    assert counted.source == "ledger" and counted.per_month == pytest.approx(1.0) and counted.during(30.4375) == pytest.approx(1.0)
    assert demand("host-pc-ssd", rates, 0, 10).per_month == 0


def test_the_part_most_at_risk_comes_first_and_a_minimum_is_recommended_with_its_cost() -> None:
    spares, _, _ = shelf()
    found = {row.item: row for row in risks(spares, days=0, wanted=0.99)}
    assert [row.stockout for row in found.values()] == sorted((row.stockout for row in found.values()), reverse=True)
    cutter = found["cutter"]
    assert cutter.recommended > cutter.minimum and cutter.cost_fen == (cutter.recommended - cutter.minimum) * 35_000
    assert found["ups-battery"].on_hand == 0 and found["ups-battery"].cost_fen is None
    assert found["host-pc-ssd"].recommended == found["host-pc-ssd"].minimum, "nobody knows how often it fails: the site's own figure stays"


def test_a_delivery_that_comes_soon_makes_the_risk_smaller() -> None:
    spares, _, _ = shelf()
    def of(**how: Any) -> Risk:
        return next(row for row in risks(spares, days=0, **how) if row.item == "motor")
    assert of(on_order={"motor": 1}, next_days={"motor": 1.0}).stockout < of().stockout
    assert of().lead_days == LEAD_TIME_US / US_PER_DAY


def test_a_site_may_give_a_part_a_lead_time_and_a_make_of_its_own(tmp_path: Any) -> None:
    place = tmp_path / "site.toml"
    more = '\n[[stock]]\nitem = "motor"\non_hand = 1\nminimum = 1\nunit = "piece"\nunit_cost = "450 yuan"\nlead_time = "60 d"\ndomestic = false\n'
    place.write_text('schema = 1\nextends = "eight-window"\n' + more, encoding="utf-8")
    motor = next(item for item in load_site(place).stock if item.item == "motor")
    assert (motor.lead_time_us, motor.domestic) == (60 * US_PER_DAY, False)


# everything at once


class Chains(RuleBasedStateMachine):
    """People take, fit, return, sign and bring back parts in any order, also in wrong ones; devices' counters go on, back and begin again."""

    numbers = Bundle("numbers")
    items = st.sampled_from([HEAD, "motor", "host-pc-ssd", "suction-cup"])
    devices = st.sampled_from([PRINTER, "window-2.label-printer", "window-1.collection-host"])

    def __init__(self) -> None:
        super().__init__()
        small = replace(SITE, stock=tuple(replace(item, on_hand=min(item.on_hand, 2)) for item in SITE.stock))
        self.spares, self.journal, self.clock = shelf(small)
        self.states: dict[str, str] = {}
        self.fitted = 0

    def attempt(self, number: str, target: str, fits: bool, act: Any) -> None:
        """An act that `fits` succeeds; any other is refused and notes nothing."""
        before = len(self.journal.events)
        if fits:
            act()
            self.states[number] = target
        else:
            with pytest.raises(UsageError):
                act()
            assert len(self.journal.events) == before

    @rule(target=numbers, item=items, device=devices)
    def take(self, item: str, device: str) -> Any:
        there = self.spares.stock.usable(item, date(2026, 11, 23))
        number = self.spares.take(item, "", device, ENGINEER)
        assert (number is not None) == (there > 0)
        if number is None:
            return multiple()
        self.states[number] = ISSUED
        return number

    @rule(number=numbers, wear_at=st.none() | st.integers(0, 60))
    def fit(self, number: str, wear_at: int | None) -> None:
        self.fitted += 1
        serial = f"N-{self.fitted}"
        self.attempt(number, FITTED, self.states[number] == ISSUED, lambda: self.spares.fit(number, serial, by=ENGINEER, wear_at=wear_at))

    @rule(number=numbers, to=st.sampled_from(DESTINATIONS))
    def give_back(self, number: str, to: str) -> None:
        fits = self.states[number] == FITTED and (to == KEPT or self.spares.get(number).item not in STORAGE_MEDIA)
        self.attempt(number, RETURNED, fits, lambda: self.spares.return_old(number, old_serial="", condition="worn", to=to, by=ENGINEER))

    @rule(number=numbers, person=st.sampled_from([NURSE, "head-1", ENGINEER]))
    def sign(self, number: str, person: str) -> None:
        fits = self.states[number] == RETURNED and person != ENGINEER
        self.attempt(number, SIGNED, fits, lambda: self.spares.sign(number, person=person))

    @rule(number=consumes(numbers))
    def bring_back(self, number: str) -> None:
        self.attempt(number, UNUSED, self.states[number] == ISSUED, lambda: self.spares.bring_back(number, reason="not needed", by=ENGINEER))

    @rule(device=devices, value=st.integers(0, 60))
    def read_wear(self, device: str, value: int) -> None:
        counter = "labels" if device.endswith("host") else "printed-km"
        self.spares.wear.note({device: {counter: value}}, {counter: "km"}, by=ENGINEER)

    @rule(days=st.integers(1, 30))
    def days_pass(self, days: int) -> None:
        self.clock.advance_to(self.clock.now_us + days * US_PER_DAY)

    @invariant()
    def each_spare_is_in_exactly_the_state_that_was_reached(self) -> None:
        assert {number: spare.state for number, spare in self.spares.by_number.items()} == self.states

    @invariant()
    def no_part_is_built_in_that_was_not_issued_for_that_device(self) -> None:
        fitted = {(spare.device, spare.item, spare.serial) for spare in self.spares.by_number.values() if spare.serial}
        assert {(device, part, built.serial) for (device, part), built in self.spares.wear.parts.items()} <= fitted
        serials = [event.data["new_serial"] for event in self.journal.events if event.kind == "part.replaced"]
        assert len(serials) == len(set(serials)) == sum(state in (FITTED, RETURNED, SIGNED) for state in self.states.values())

    @invariant()
    def the_store_and_the_spares_agree(self) -> None:
        for item in (HEAD, "motor", "host-pc-ssd", "suction-cup"):
            out = sum(spare.item == item and spare.state != UNUSED for spare in self.spares.by_number.values())
            lots = [lot for lot in self.spares.stock.lots.values() if lot.item == item]
            assert sum(lot.issued - lot.returned for lot in lots) == out and all(lot.on_hand >= 0 for lot in lots)

    @invariant()
    def wear_is_never_below_nothing(self) -> None:
        wear = self.spares.wear
        for device, part in wear.parts:
            for counter in ("printed-km", "labels"):
                assert (wear.of_part(device, part, counter) or 0) >= 0

    def teardown(self) -> None:
        """Whoever hears the same events knows the same."""
        recorder = Recorder(MemoryJournal(), self.clock)
        again = Spares(recorder, self.spares.site, Stock(recorder, self.spares.site.stock), Wear(recorder))
        for event in self.journal.events:
            for listener in (again.stock.hear, again.wear.hear, again.hear):
                listener(event)
        assert (again.by_number, again.missing, again.stock.lots) == (self.spares.by_number, self.spares.missing, self.spares.stock.lots)
        assert (again.wear.meters, again.wear.parts, again.wear.restarts) == (self.spares.wear.meters, self.spares.wear.parts, self.spares.wear.restarts)


Chains.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestChains = Chains.TestCase
