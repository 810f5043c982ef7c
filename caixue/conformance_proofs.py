"""What each capability of a device card promises, as something that can be tried: one row a capability.

A driver from elsewhere brings rows for its own capabilities in a class attribute `proofs`, a mapping like PROOFS.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from caixue.errors import DeviceError
from caixue.lang import tr
from caixue.tubes import TEST_DAY, LabelContent

_SOON_S = 1.0  # for a printer to say how it is when it is told to say so: docs/assumptions.md A-75
TEST_SERIAL = f"{TEST_DAY}000000"


@dataclass(frozen=True, slots=True)
class Proof:
    """How a capability is tried. `run` takes the driver and gives a detail for the report; it raises when the promise is broken.

    `actuates`: something moves, prints or changes for people. `work`: the device's ordinary work, under which faults show.
    `by_hand`: why no program should try it.
    """

    run: Callable[[Any], str]
    actuates: bool = True
    work: Callable[[Any], object] | None = None
    by_hand: str = ""


class PromiseBroken(AssertionError):
    """A capability did not do what it says."""


def _must(holds: object, detail: str) -> str:
    if not holds:
        raise PromiseBroken(detail)
    return detail


def done_or_refused(driver: Any, work: Callable[[], object]) -> str:
    """The machine does `work`, or refuses with an alarm of its card, as it must when there is no tube or no label."""
    try:
        work()
    except DeviceError as error:
        known = {alarm.name for alarm in driver.card.alarms.values()}
        _must(error.alarm in known, f"{error.alarm!r} is no alarm of the card")
        if hasattr(driver, "reset"):
            driver.reset()
        return tr(f"被拒绝：{error.alarm}", f"refused: {error.alarm}")
    return tr("已完成", "done")


def _jobs(driver: Any) -> str:
    driver.reset()
    values = driver.status().values
    return _must(values["accepted"] == values["completed"], f"accepted {values['accepted']}, completed {values['completed']}")


def _dispense(driver: Any) -> str:
    driver.status()
    lane = next((lane for lane in range(1, 9) if driver.usable(lane)), 1)
    picked = driver.dispense(lane)
    return _must(picked.colour > 0, f"lane {lane}, colour {picked.colour}")


def _lock(driver: Any) -> str:
    lane = 8
    driver.lock_lane(lane)
    driver.status()
    locked = not driver.usable(lane)
    driver.unlock_lane(lane)
    driver.status()
    return _must(locked and driver.usable(lane), f"lane {lane}: locked {locked}, then usable {driver.usable(lane)}")


def _scan(driver: Any) -> str:
    text = driver.scan()
    return tr("读不到码", "nothing to read") if text is None else tr(f"读到 {len(text)} 字", f"{len(text)} characters")


def _print_label(driver: Any) -> str:
    driver.print_label(LabelContent(TEST_SERIAL, ("TEST",)))
    return _must(not driver.status().alarms, f"label {TEST_SERIAL}")


def _print_receipt(driver: Any) -> str:
    receipt = driver.print_receipt(["自检小票 / TEST"])
    return _must(receipt.lines, f"{len(receipt.lines)} lines")


def _ticket(driver: Any) -> str:
    lines = driver.print_ticket("TEST", 0).lines
    return _must(lines, f"{len(lines)} lines")


def _run_on(driver: Any) -> None:
    driver.set_speed(driver.status().values["commanded"])


def _belt(driver: Any) -> str:
    _run_on(driver)
    values = driver.status().values
    return _must(abs(values["speed"] - values["commanded"]) <= 0.2 * values["commanded"], f"{values['speed']} of {values['commanded']} mm/s")


def _mileage(driver: Any) -> str:
    return _must(driver.mileage_km() >= 0, "mileage")


def _paper(driver: Any) -> str:
    driver.status()
    return _must(str(driver.paper) != "unknown", f"paper {driver.paper}")


def _tells(driver: Any) -> str:
    """Switched on, a printer says at once how it is."""
    driver.tell_changes()
    try:
        told = driver.listen(_SOON_S)
    finally:
        driver.tell_changes(on=False)
    return _must(told is not None, "no status came unasked" if told is None else told.state)


def _reads(*names: str) -> Callable[[Any], str]:
    """A proof that the status holds these values."""

    def run(driver: Any) -> str:
        values = driver.status().values
        missing = [name for name in names if name not in values]
        return _must(not missing, f"missing: {missing}" if missing else ", ".join(f"{name} {values[name]}" for name in names))

    return run


def _status(driver: Any) -> str:
    return str(driver.status().state)


def _show(driver: Any) -> str:
    driver.show(1, "TEST")
    driver.clear()
    return tr("显示并清除", "shown and cleared")


PROOFS: Mapping[str, Proof] = {
    "jobs": Proof(_jobs),
    "colour-sensor": Proof(_dispense, work=_dispense),
    "lane-lock": Proof(_lock),
    "applicator": Proof(lambda driver: done_or_refused(driver, driver.apply_label), work=lambda driver: driver.apply_label()),
    "reject-bin": Proof(lambda driver: done_or_refused(driver, driver.reject)),
    "scan": Proof(_scan, actuates=False),
    "status": Proof(_status, actuates=False),
    "print": Proof(_print_label, work=_print_label),
    "mileage": Proof(_mileage, actuates=False),
    "receipts": Proof(_print_receipt, work=_print_receipt),
    "tickets": Proof(_ticket, work=_ticket),
    "cutter": Proof(_print_receipt),
    "paper-near-end": Proof(_paper, actuates=False),
    "automatic-status": Proof(_tells, actuates=False),
    "show": Proof(_show, work=lambda driver: driver.show(1, "TEST")),
    "belt-speed": Proof(_belt, work=_run_on),
    "encoder": Proof(_reads("commanded", "speed"), actuates=False),
    "photo-eyes": Proof(_reads("entered", "left", "eye"), actuates=False),
    "lane-sensors": Proof(_reads(*(f"lane-{lane}" for lane in range(1, 9))), actuates=False),
    "scanner": Proof(_reads("colour", "unread"), actuates=False),
    "self-test": Proof(lambda driver: str(driver.self_test() or driver.reading.state), work=lambda driver: driver.self_test()),
    "presentation": Proof(lambda driver: str(driver.wait_for_code(0.1) is not None), actuates=False),
    "test": Proof(lambda driver: str(driver.test() or "started")),
    "shutdown": Proof(_status, by_hand="switches machines off / 会断电"),
}


def proofs_of(driver: Any) -> Mapping[str, Proof | None]:
    """How each capability on the driver's card is tried; None where nobody has said how."""
    own: Mapping[str, Proof] = getattr(driver, "proofs", {})
    return {name: own.get(name, PROOFS.get(name)) for name in driver.card.capabilities}
