"""What the probes tell, kept: changes and samples, one incident an episode, and the same after reading the journal again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caixue.journal import Recorder
from caixue.journal.memory import MemoryJournal
from caixue.ops.incidents import Incidents
from caixue.ops.probing import NOTED_US, Probing
from caixue.probes.reading import Reading, State
from caixue.site import load_site
from caixue.sla import Deadlines
from tests.caixue.scripted import FakeClock

SITE = load_site("eight-window-full")
OK, WARN, CRIT, UNKNOWN = State.OK, State.WARN, State.CRIT, State.UNKNOWN
MINUTE_US = 60_000_000


class Bench:
    """The service over a journal in memory, in time that the test moves."""

    def __init__(self) -> None:
        self.clock, self.journal = FakeClock(), MemoryJournal()
        recorder = Recorder(self.journal, self.clock)
        self.incidents = Incidents(recorder, self.clock, Deadlines.of(SITE), followed=self.journal)
        self.probing = Probing(recorder, SITE.hosts, self.incidents, self.journal)

    def tell(self, *states: State, name: str = "his-orders", about: str = "his-interface") -> None:
        for state in states:
            self.clock.advance_to(self.clock.now_us + MINUTE_US)
            self.probing.take(Reading(name, about, state, 1000, int(state is CRIT), 1, "why"))

    def kinds(self, prefix: str) -> list[str]:
        return [event.kind for event in self.journal.events if event.kind.startswith(prefix)]

    @property
    def opened(self) -> list[tuple[str, str, str]]:
        rows = [event.data for event in self.journal.events if event.kind == "incident.opened"]
        return [(row["device"], row["symptom"], row["class"]) for row in rows]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_only_what_is_new_is_noted(bench: Bench) -> None:
    bench.tell(OK, OK, OK, WARN, WARN, OK)
    assert bench.kinds("probe.") == ["probe.noted", "probe.changed", "probe.changed"]


def test_a_sample_is_noted_now_and_then_so_that_a_trend_can_be_told(bench: Bench) -> None:
    bench.tell(*[OK] * (2 * NOTED_US // MINUTE_US + 2))
    assert bench.kinds("probe.") == ["probe.noted"] * 3


def test_one_bad_reading_opens_nothing_and_two_in_a_row_open_one_incident(bench: Bench) -> None:
    bench.tell(OK, CRIT, OK)
    assert not bench.opened
    bench.tell(CRIT, CRIT, CRIT, CRIT)
    assert bench.opened == [("his-interface", "interface-down", "较大")]


def test_a_host_of_the_site_file_is_unreachable_and_its_two_probes_are_one_incident(bench: Bench) -> None:
    bench.tell(CRIT, CRIT, name="server-app-up", about="server-app")
    bench.tell(CRIT, CRIT, name="server-app-ping", about="server-app")
    assert bench.opened == [("server-app", "host-unreachable", "较大")]


@pytest.mark.parametrize("state", [WARN, UNKNOWN])
def test_what_is_slow_or_unknown_is_noted_and_opens_nothing(bench: Bench, state: State) -> None:
    bench.tell(state, state, state)
    assert bench.kinds("probe.") == ["probe.noted"] and not bench.opened


def test_an_incident_that_a_person_closed_is_opened_again_only_by_a_new_episode(bench: Bench) -> None:
    bench.tell(CRIT, CRIT)
    incident = bench.incidents.named("1")
    for state in ("acknowledged", "on-site", "diagnosed", "restored", "closed"):
        bench.incidents.advance(incident, state, by="engineer-1")
    bench.tell(CRIT, CRIT)
    assert len(bench.opened) == 1
    bench.tell(OK, CRIT, CRIT)
    assert len(bench.opened) == 2


def test_while_the_mains_are_out_silence_is_explained(bench: Bench) -> None:
    bench.incidents.on_hold = True
    bench.tell(CRIT, CRIT)
    assert not bench.opened
    bench.incidents.on_hold = False
    bench.tell(CRIT)
    assert len(bench.opened) == 1


def test_a_warning_that_turns_critical_is_a_change_with_its_reason(bench: Bench) -> None:
    bench.tell(WARN, CRIT)
    data = bench.journal.events[-1].data
    assert (data["state"], data["about"], data["lost"], data["tried"], data["detail"]) == ("CRIT", "his-interface", 1, 1, "why")


PROBES = st.sampled_from([("a", "his-interface"), ("b", "his-interface"), ("c", "server-app")])


@given(st.lists(st.tuples(PROBES, st.sampled_from(State)), max_size=25))
def test_after_a_restart_everything_is_known_from_the_journal_and_goes_on_as_if_nothing_had_happened(
    told: list[tuple[tuple[str, str], State]],
) -> None:
    one = Bench()
    for (name, about), state in told:
        one.tell(state, name=name, about=about)
    again = Probing(one.probing.recorder, SITE.hosts, one.incidents, one.journal)
    assert again.known == one.probing.known and again._told == one.probing._told
    before = len(one.opened)
    for known in again.known.values():
        one.clock.advance_to(one.clock.now_us + 1)
        if known.state is CRIT and known.about in again._told:
            again.take(Reading(known.probe, known.about, CRIT, None, 1, 1, "why"))
    assert len(one.opened) == before


def test_a_person_may_note_a_reading_by_hand(bench: Bench) -> None:
    reading = Reading("his-orders", "his-interface", OK, 900, 0, 1)
    events = bench.probing.note([reading, replace(reading, name="lis-results")], by="engineer-1")
    assert [(event.kind, event.actor) for event in events] == [("probe.noted", "engineer-1")] * 2
