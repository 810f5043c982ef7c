"""An agent over a real ledger and the default site, whose devices say what the test lets them say, in time that the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from caixue.agent.keeping import Keeper
from caixue.agent.lines import Mailbox
from caixue.agent.running import Agent
from caixue.agent.spool import Spool
from caixue.agent.status import Folder
from caixue.agent.watchdog import Watchdog
from caixue.drivers.base import Reading
from caixue.events import Event
from caixue.journal import Recorder
from caixue.ledger import Ledger, open_ledger
from caixue.opening import make_drivers
from caixue.ops.readings import Answer
from caixue.site import Site, load_site
from tests.caixue.scripted import START, FakeClock

S = 1_000_000


class Pings(Watchdog):
    """A watchdog that only counts."""

    def __init__(self) -> None:
        super().__init__({})
        self.every_s, self.told = 1.0, list[str]()

    def tell(self, state: str) -> None:
        self.told.append(state)


class WatchedRoom:
    """One life of an agent; `again()` is the next one over the same ledger."""

    def __init__(self, folder: Path, ledger: Ledger, clock: FakeClock, site: Site) -> None:
        self.folder, self.ledger, self.clock, self.site = folder, ledger, clock, site
        self.said: list[str] = []
        self.again()

    def again(self) -> Agent:
        """The agent dies, and another one takes over."""
        self.mailbox, self.pings = Mailbox(), Pings()
        people = {person.name: person.role for person in self.site.people}
        keeper = Keeper(self.ledger, Spool(self.folder / "spool.jsonl", 50_000), people, self.said.append)
        drivers = make_drivers(self.site.devices.values(), keeper.clock, Recorder(self.mailbox, keeper.clock))
        facts = {"version": "test", "pid": 1, "started": "", "interval_s": 1.0, "ledger": ""}
        self.agent = Agent(self.site, keeper, drivers, [], self.mailbox, Folder(self.folder), self.pings, facts=facts, tell=self.said.append)
        self.agent.start("test", 1)
        return self.agent

    @property
    def now_us(self) -> int:
        return self.agent.now_us

    def wait(self, seconds: float, step_s: float = 1.0) -> None:
        """Let time pass, the agent turning."""
        end_us = self.clock.now_us + round(seconds * S)
        while self.clock.now_us < end_us:
            self.clock.advance_to(min(end_us, self.clock.now_us + round(step_s * S)))
            self.agent.tick(0.0)

    def say(self, kind: str, subject: str, **data: Any) -> None:
        """Something that a driver notes."""
        self.mailbox.append(Event(0, self.now_us, kind, subject, "caixue", None, data))

    def answers(self, device: str, took_s: float = 0.1, state: str = "ready", **values: float) -> None:
        """A device answers."""
        self.mailbox.put(Answer(device, self.now_us, round(took_s * S), Reading(device, self.now_us, state, (), values)))

    def silent(self, device: str) -> None:
        """A device does not answer."""
        self.mailbox.put(Answer(device, self.now_us, S, None))
        self.say("link.timeout", device, detail="no reply")

    def events(self, *kinds: str) -> list[Event]:
        return list(self.ledger.events(kinds))


@contextmanager
def watched_room(folder: Path, site: str = "eight-window", at: Any = START) -> Iterator[WatchedRoom]:
    loaded, clock = load_site(site), FakeClock()
    people = {person.name: person.role for person in loaded.people}
    with open_ledger(folder / "ledger.db", site=loaded.name, people=people, clock=clock, start=at, wait_s=0.0) as ledger:
        yield WatchedRoom(folder, ledger, clock, loaded)
