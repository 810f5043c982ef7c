"""The start-up check of driver services on a whole simulated room: found before the doors open, and only its window is held back (C2.1.1, R5.5)."""

from __future__ import annotations

from dataclasses import replace

from caixue.ops.planning import plan
from caixue.ops.services_up import MISSING, STEP, Watched, start_up
from caixue.ops.starting import START_UP
from caixue.probes.processes import Login, Process
from caixue.site import SoftwareSpec, load_site
from tests.twin.test_start_and_stop import MINUTE_US, Room

SITE = load_site("eight-window-full")


class Quarantine:
    """The antivirus has taken the service of some windows away."""

    def __init__(self, *windows: str) -> None:
        self.windows = windows

    def missing(self, software: SoftwareSpec, window: str) -> tuple[str, ...]:
        return software.processes if window in self.windows else ()


class Machine:
    def __init__(self, *names: str) -> None:
        self.names = names

    def running(self) -> list[Process]:
        return [Process(1, frozenset(self.names), 0.0)]

    def logins(self) -> list[Login] | None:
        return None


def test_a_site_without_driver_services_starts_as_ever() -> None:
    assert start_up(load_site("eight-window").software, Quarantine()) is START_UP


def test_with_every_service_running_the_start_up_is_complete() -> None:
    room = Room()
    procedure = start_up(SITE.software, Quarantine())
    assert room.run(procedure).complete
    assert len(plan(room.site, procedure)) == len(plan(room.site, START_UP)) + 8


def test_missing_services_of_three_windows_are_found_before_seven_and_the_other_five_windows_start() -> None:
    room = Room()  # at 06:30
    gone = Quarantine("window-1", "window-2", "window-3")
    outcome = room.run(start_up(SITE.software, gone))
    assert outcome.failed == tuple(f"{STEP}@window-{n}" for n in (1, 2, 3))
    assert room.world.now_us < 30 * MINUTE_US
    ready = {step.rpartition("@")[2] for step, result in outcome.results.items() if step.startswith("test-label") and result == "done"}
    assert ready == {f"window-{n}" for n in (4, 5, 6, 7, 8)}
    told = [event.data["detail"] for event in room.journal.events if event.kind == "sequence.step" and event.data["result"] == "failed"]
    assert all("driver-service 2.4.1 does not run" in detail for detail in told)
    gone.windows = ()  # rolled back
    assert room.run(start_up(SITE.software, gone), resume=True).complete


def test_a_service_that_is_taken_away_after_it_was_seen_is_looked_for_again() -> None:
    room, gone = Room(), Quarantine("window-1")
    room.run(start_up(SITE.software, gone))
    gone.windows = ("window-2",)
    outcome = room.run(start_up(SITE.software, gone), resume=True)
    assert outcome.failed == (f"{STEP}@window-2",)


def test_the_processes_of_this_machine_answer_for_what_runs_here_alone() -> None:
    here, away = SITE.software[1], replace(SITE.software[1], host="server-app")
    assert Watched(SITE, Machine("driver-service")).missing(here, "window-1") == ()
    assert Watched(SITE, Machine("other")).missing(here, "window-1") == ("driver-service",)
    assert Watched(SITE, Machine("other")).missing(away, "window-1") == ()
    assert Watched(SITE, Machine("other"), "server-app").missing(away, "window-1") == ("driver-service",)
    assert MISSING == "service-missing"
