"""Sixty storms of two hundred exchanges: nothing moves twice, nothing is read wrong, no tube leaves with another's label."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, fields
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from caixue.errors import DeviceError, LinkError, LinkLost, UncertainOutcome
from caixue.tubes import LabelContent
from tests.twin.linked_window import LinkedWindow
from twin.faults.damage import CHANGES
from twin.faults.link import DIRECTIONS, FAULTS, disturbance
from twin.line import TO_HOST
from twin.world import US

SEEDS, EXCHANGES = range(60), 200
LATE_S = 0.8  # below reply time and quiet time of all five devices: the shortest have 0.5 s each


@dataclass
class Toll:
    """What a storm did."""

    exchanges: int = 0
    fired: int = 0
    troubles: int = 0  # disturbed exchanges that caixue noticed
    trays: int = 0
    helps: int = 0  # times that the window needed a restart
    jobs: int = 0  # jobs reported done
    raised: int = 0  # jobs that raised
    uncertain: int = 0  # of these, with an outcome that reading back could not tell
    wrong: int = 0  # tubes that are not what their tray says
    doubles: int = 0  # tubes or movements beyond the one that was asked for
    missing: int = 0  # jobs reported done that were not
    unhealed: int = 0

    def add(self, other: Toll) -> None:
        """Sum up."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def all_storms(storm: Callable[[int], Toll]) -> Toll:
    """The toll of all seeds, shown with a failed assertion."""
    toll = Toll()
    for seed in SEEDS:
        toll.add(storm(seed))
    print(toll)
    return toll


def window_storm(seed: int) -> Toll:
    """A window that prepares trays under bad weather on all its lines, and restarts when it must; then the weather clears."""
    toll, place = Toll(), LinkedWindow()

    def fired() -> None:
        toll.fired += 1

    def serve(patient: int) -> None:
        tray = place.serve(patient)
        if tray is not None:
            toll.trays += 1
            toll.wrong += place.wrong_tubes(tray)
            return
        toll.helps += 1
        place.things.nurse.clear()  # the nurse throws away what is not certain
        toll.unhealed += not place.heal()

    def work() -> None:
        patient = 0
        while place.exchanges < EXCHANGES:
            patient += 1
            serve(patient)

    place.storm(seed, LATE_S, fired)
    place.run(work)
    place.calm()
    toll.exchanges, toll.doubles = place.exchanges, len(place.crowded)
    toll.troubles = sum(event.kind.startswith("link.") for event in place.journal.events)
    place.run(place.heal)
    trays = toll.trays
    place.run(serve, 999)
    toll.unhealed += toll.trays == trays
    place.world.close()
    return toll


def test_no_storm_over_a_window_gives_a_nurse_a_wrong_label_or_a_second_tube() -> None:
    toll = all_storms(window_storm)
    assert (toll.wrong, toll.doubles, toll.unhealed) == (0, 0, 0)
    assert toll.exchanges >= len(SEEDS) * EXCHANGES
    assert toll.fired > 1000 and toll.troubles > 400  # it was a storm
    assert toll.trays > 2 * len(SEEDS)


def job_storm(seed: int) -> Toll:
    """Dispenser and host in turn, job by job; each job's physical effect is counted."""
    toll, place = Toll(), LinkedWindow()
    dispenser, host = place.driver("tube-dispenser"), place.driver("collection-host")

    def job(operation: Callable[[], object], count: Callable[[], int]) -> None:
        before = count()
        try:
            operation()
        except LinkError as error:
            toll.raised += 1
            toll.uncertain += isinstance(error, UncertainOutcome)
            place.world.clock.sleep(10)
            toll.doubles += max(0, count() - before - 1)
        else:
            toll.jobs += 1
            toll.missing += count() == before
            toll.doubles += max(0, count() - before - 1)

    def work() -> None:
        while place.exchanges < EXCHANGES:
            job(lambda: dispenser.dispense(5), lambda: place.dispensed)
            job(host.clear, lambda: place.cycles)

    place.storm(seed, LATE_S)
    place.run(work)
    toll.exchanges = place.exchanges
    place.world.close()
    return toll


def test_no_storm_makes_a_dispenser_or_a_host_move_twice_or_report_what_it_did_not_do() -> None:
    toll = all_storms(job_storm)
    assert (toll.doubles, toll.missing) == (0, 0)
    assert toll.exchanges >= len(SEEDS) * EXCHANGES
    assert toll.jobs > 5000 and toll.raised == 0  # reading back decided every write that was not confirmed


# Any chain of faults on any link. Late by at most 0.3 s in all; a bound on time, a declared error, and work again afterwards.

PATIENCE_S = 120  # no operation of any driver may take longer, whatever the line does
own: dict[str, st.SearchStrategy[dict[str, int]]] = {
    "latency": st.fixed_dictionaries({"delay_us": st.integers(1, 100_000)}),
    "jitter": st.fixed_dictionaries({"jitter_us": st.integers(1, 100_000)}),
    "bandwidth": st.fixed_dictionaries({"bytes_per_s": st.integers(100, 1000)}),
    "merged": st.fixed_dictionaries({"within_us": st.integers(1, 100_000)}),
    "partial": st.fixed_dictionaries({"pieces": st.integers(2, 5), "gap_us": st.integers(1, 50_000)}),
    "reset": st.fixed_dictionaries({"back_us": st.integers(1, 3 * US)}),
    "slow-close": st.fixed_dictionaries({"linger_us": st.integers(1, 3 * US), "back_us": st.integers(1, 3 * US)}),
    "wrong-reply": st.just({}),
    **{kind: st.just({}) for kind in CHANGES if kind != "partial"},
}


def directions(kind: str) -> list[str]:
    """Those that a scenario may name for this kind."""
    row = next(row for row in FAULTS if row.kind == kind)
    return sorted(DIRECTIONS) if {"direction"} & (row.options | row.detail).keys() else [TO_HOST]


often = st.fixed_dictionaries({"every": st.integers(1, 5), "probability": st.sampled_from([0.1, 0.5, 1.0]), "after": st.integers(0, 5)})
faults = st.sampled_from(sorted(own)).flatmap(lambda kind: st.tuples(st.just(kind), st.sampled_from(directions(kind)), own[kind], often))


# Two wrong replies in a row undo each other and leave an old reply to the same question, which RTU cannot tell from a new one.
chains = st.lists(faults, min_size=1, max_size=4).filter(lambda chain: sum(kind == "wrong-reply" for kind, *_ in chain) < 2)


def operations(place: LinkedWindow) -> list[Callable[[], object]]:
    """What a program may ask of five drivers."""
    dispenser, host, printer, slips, scanner = (
        place.driver(kind) for kind in ("tube-dispenser", "collection-host", "label-printer", "thermal-printer", "barcode-scanner")
    )
    label = LabelContent(place.serials.next(), ("王**", "黄帽"))
    return [
        dispenser.status, host.status, printer.status, slips.status, scanner.status, scanner.scan,
        lambda: dispenser.dispense(5), host.clear, printer.purge, lambda: printer.print_label(label), lambda: slips.print_receipt(["采血回执"]),
    ]  # fmt: skip


@given(chains, st.integers(0, 1000))
@settings(max_examples=60)
def test_any_chain_of_faults_ends_every_operation_in_time_with_success_or_a_declared_error(
    chain: list[tuple[str, str, Any, Any]], seed: int
) -> None:
    place = LinkedWindow()
    for name, line in place.lines.items():
        for number, (kind, direction, detail, how) in enumerate(chain):
            for one in DIRECTIONS[direction]:
                dice = random.Random(f"{seed} {number} {name} {one}")
                change = disturbance(kind, dice, lambda: None, line=line, direction=one, **detail, **how)
                (line.to_host if one == TO_HOST else line.to_device).append(change)
    for operation in operations(place):
        before_us, dispensed = place.world.now_us, place.dispensed
        with suppress(LinkError, DeviceError):
            place.run(operation)
        assert place.world.now_us - before_us < PATIENCE_S * US, operation
        assert place.dispensed - dispensed <= 1
    place.calm()
    place.run(place.world.clock.sleep, 10)
    for driver in place.drivers.values():
        with suppress(LinkLost):  # a port that was lost while nobody used it says so once
            place.run(driver.status)
    assert place.run(place.heal)
    for operation in operations(place):
        place.run(operation)
    place.world.close()
