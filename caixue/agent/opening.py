"""From a site file to a running agent: the lock, the ledger, the spool, the drivers, a thread for each line."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from caixue import __version__
from caixue.agent.daily import DayLine
from caixue.agent.keeping import Keeper
from caixue.agent.lines import Asking, Line, Mailbox, ProbeLine, ProgramLine
from caixue.agent.overhearing import Overheard
from caixue.agent.running import Agent
from caixue.agent.spool import Spool
from caixue.agent.status import Folder, Lock
from caixue.agent.watchdog import SUPERVISOR, Watchdog
from caixue.clock import US_PER_S, Clock, SystemClock
from caixue.drivers.base import Driver
from caixue.errors import CaixueError, LedgerDamaged, LedgerError, UsageError
from caixue.journal import Recorder
from caixue.lang import tr
from caixue.ledger import Ledger, open_ledger
from caixue.ledger.engine import file_of, url_of
from caixue.opening import make_drivers
from caixue.probes.processes import ThisMachine
from caixue.site import DeviceSpec, Site
from caixue.site_estate import target_of

IN_THE_TWIN = "twin://"
TURN_S = 2.0  # how long the agent waits for another program's turn before it uses the spool
LEDGER_S, AGAIN_S = 60.0, 2.0  # how long it waits at its start for a ledger that cannot be reached, looking every so often

Tell = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for."""

    ledger: str
    folder: Folder
    interval_s: float
    patience_s: float = LEDGER_S
    journals: tuple[Path, ...] = ()  # of window programs, to read along


def folder_of(ledger: str, site: str) -> Folder:
    """Where the agent of that ledger keeps its things: beside the ledger's file; for a server, in the present folder."""
    file = file_of(url_of(ledger))
    return Folder(Path(f"{file}.agent") if file is not None else Path(f"{site}.agent"))


def monitored(site: Site) -> dict[str, DeviceSpec]:
    """The devices that can be reached. Raises UsageError where every device is a simulated one."""
    found = {name: spec for name, spec in site.devices.items() if not spec.url.startswith(IN_THE_TWIN)}
    if not found:
        raise UsageError(
            tr(
                f"{site.name} 的设备都在孪生里（twin://），代理够不着；先运行 caixue serve，用它写出的 site.toml",
                f"the devices of {site.name} exist in the twin alone (twin://); run `caixue serve` and use the site.toml that it writes",
            )
        )
    return found


def run(site: Site, asked: Asked, environment: Mapping[str, str], tell: Tell, *, once: bool = False, clock: Clock | None = None) -> int:
    """Run the agent of `site` until a signal ends it, or for one round. Raises UsageError where another agent runs, LedgerError without a ledger."""
    specs = monitored(site)
    asked.folder.make()
    with ExitStack() as stack:
        stack.enter_context(Lock(asked.folder))
        mailbox = Mailbox()
        mailbox.stop_on_signals()
        ledger = stack.enter_context(_ledger(site, asked, tell, clock or SystemClock()))
        spool = Spool(asked.folder.spool)
        stack.callback(spool.close)
        keeper = Keeper(ledger, spool, {person.name: person.role for person in site.people}, tell)
        agent = _agent(site, asked, specs, keeper, mailbox, environment, tell)
        if unreal := len(site.devices) - len(specs):
            tell(tr(f"{unreal} 台设备只在孪生里，不监控", f"{unreal} devices exist in the twin alone and are not watched"))
        if once:
            agent.once()
            return 0
        _live(agent, tell)
    return 0


def _live(agent: Agent, tell: Tell) -> None:
    agent.start(__version__, os.getpid())
    tell(tr(f"代理在运行：{len(agent.lines)} 条线路，{len(agent.drivers)} 台设备", f"the agent runs: {len(agent.lines)} lines, {len(agent.drivers)} devices"))
    reason = "error"
    try:
        agent.run()
        reason = agent.stopping
    except UsageError as error:
        reason = str(error)
        raise CaixueError(reason) from error  # not a mistake of whoever started it: it is worth starting again
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:300]
        raise
    finally:
        agent.stop(reason)
    tell(tr(f"代理已停止（{reason}）", f"the agent has stopped ({reason})"))


def _agent(
    site: Site, asked: Asked, specs: Mapping[str, DeviceSpec], keeper: Keeper, mailbox: Mailbox, environment: Mapping[str, str], tell: Tell
) -> Agent:
    clock = keeper.clock
    drivers = make_drivers(specs.values(), clock, Recorder(mailbox, clock))
    lines: list[Asking] = [*lines_of(specs, drivers, asked.interval_s, clock, mailbox), *probe_lines(site, clock, mailbox)]
    lines += [ProgramLine(ThisMachine(), clock, mailbox)] if any(spec.processes for spec in site.software) else []
    parent = os.getppid()
    agent = Agent(
        site,
        keeper,
        drivers,
        lines,
        mailbox,
        asked.folder,
        Watchdog(environment),
        facts={
            "version": __version__,
            "pid": os.getpid(),
            "started": clock.now().isoformat(),
            "interval_s": asked.interval_s,
            "ledger": keeper.ledger.engine.url.render_as_string(hide_password=True),
        },
        tell=tell,
        overheard=[Overheard(path) for path in asked.journals],
        orphaned=(lambda: os.getppid() != parent) if environment.get(SUPERVISOR) else lambda: False,
    )
    if asked.journals:
        lines.append(DayLine(asked.journals, site, keeper.ledger.clock, lambda day: day in agent.duties.daily.days, mailbox))
    return agent


def lines_of(specs: Mapping[str, DeviceSpec], drivers: Mapping[str, Driver], interval_s: float, clock: Clock, mailbox: Mailbox) -> list[Line]:
    """One line for the devices of each URL, by the name of its first device."""
    by_url: dict[str, list[Driver]] = {}
    for name, spec in specs.items():
        by_url.setdefault(spec.url, []).append(drivers[name])
    return [Line(own[0].name, own, interval_s, clock, mailbox) for own in by_url.values()]


def probe_lines(site: Site, clock: Clock, mailbox: Mailbox) -> list[ProbeLine]:
    """One line for each probe of the site; addresses of the documentation's range are nobody's and are not asked."""
    return [ProbeLine(spec, clock, mailbox) for spec in site.probes if not target_of(spec.target).example]


def _ledger(site: Site, asked: Asked, tell: Tell, clock: Clock) -> Ledger:
    """The ledger; one that cannot be reached yet is waited for, because without it nobody knows which incidents are open."""
    people = {person.name: person.role for person in site.people}
    until_us, told = clock.monotonic_us() + int(asked.patience_s * US_PER_S), False
    while True:
        try:
            return open_ledger(asked.ledger, site=site.name, people=people, clock=clock, wait_s=TURN_S)
        except LedgerDamaged:
            raise
        except LedgerError as error:
            if clock.monotonic_us() >= until_us:
                raise
            if not told:
                tell(tr(f"等待账本：{error}", f"waiting for the ledger: {error}"))
            told = True
            clock.sleep(AGAIN_S)
