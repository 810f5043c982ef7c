"""Scenarios small enough for a test, and runs that carry the line which replays them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caixue.cli import command_line
from caixue.events import Event
from caixue.lang import tr
from twin.experiment import Result, run
from twin.scenario import load_scenario, parse_scenario
from twin.scenario_model import Scenario


@dataclass(frozen=True, eq=False)
class Ran:
    """A run that is over. pytest shows its repr beside a failed assertion, and that is the line which replays it."""

    result: Result
    line: str

    def __repr__(self) -> str:
        return f"\n{self.line}\n"

    @property
    def exit_code(self) -> int:
        """What `caixue run` would end with."""
        return self.result.exit_code

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it failed whatever its figures: faults that never fired or were never seen, invariants that broke."""
        return self.result.verdict.reasons

    @property
    def faults(self) -> list[dict[str, Any]]:
        """The faults' times, as in result.json."""
        faults: list[dict[str, Any]] = self.result.data["faults"]
        return faults

    def figure(self, name: str) -> Any:
        """One figure of the run."""
        return self.result.data["figures"][name]

    def events(self, *kinds: str) -> list[Event]:
        """The events of these kinds, in order; all of them when none is named."""
        return [event for event in self.result.events if not kinds or event.kind in kinds]

    def of_serial(self, serial: str) -> list[str]:
        """The steps of one label's life, in order."""
        return [event.kind.removeprefix("label.") for event in self.result.events if event.subject == serial]


def ran(scenario: str, *overrides: str) -> Ran:
    """Run a built-in scenario by its name, or the text of one, to its end."""
    line = replay_line(scenario, overrides)
    print(line)  # pytest shows it when the test fails
    return Ran(run(read(scenario, *overrides)), line)


def read(scenario: str, *overrides: str) -> Scenario:
    """A built-in scenario by its name, or the one in a text."""
    if "\n" in scenario:
        return parse_scenario(scenario.encode(), Path("small.toml"), overrides)
    return load_scenario(scenario, overrides)


def replay_line(scenario: str, overrides: tuple[str, ...] = ()) -> str:
    """What to type to see the same run again."""
    sets = [word for override in overrides for word in ("--set", override)]
    if "\n" not in scenario:
        return command_line(["caixue", "run", scenario, *sets])
    return f"{command_line(['caixue', 'run', 'small.toml', *sets])}   # small.toml:\n{scenario}"


def small(
    *tables: str,
    site: str = "eight-window",
    windows: int = 2,
    duration: str = "20 min",
    per_h: str = "60",
    service: str = '{ distribution = "exponential", mean = "60 s" }',
    seed: int = 1,
    load: str = "",
) -> str:
    """The text of a small scenario: `tables` stand at its end, `load` are further lines of its [load]."""
    head = f'schema = 1\nsite = "{site}"\nduration = "{duration}"\nseed = {seed}\n'
    return f"{head}[windows]\ncount = {windows}\n[load]\nrates_per_h = [{per_h}]\nservice = {service}\n{load}\n" + "\n".join(tables)


def bare(*tables: str, **numbers: Any) -> str:
    """The text of a small scenario whose windows have no devices."""
    return small(*tables, **{"site": "bare-windows", **numbers})


def fault(target: str, kind: str, at: str = "+3 min", end: str = 'until = "repaired"', **detail: Any) -> str:
    """A [[fault]] table; a `target` that begins with "link:" is the link of that device."""
    where = f'link = "{target.removeprefix("link:")}"' if target.startswith("link:") else f'device = "{target}"'
    more = "".join(f"{key} = {_toml(value)}\n" for key, value in detail.items())
    return f'[[fault]]\nat = "{at}"\n{where}\nkind = "{kind}"\n{end}\n{more}'


def _toml(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, (int, float)) else f'"{value}"'


def assert_clean(one: Ran) -> None:
    """The run broke no promise: every fault fired and was seen, no invariant broke, no limit was breached."""
    assert (one.exit_code, one.reasons) == (0, ()), f"{one.reasons} in{one!r}"


def assert_fails(one: Ran, *wanted: str) -> None:
    """The run ended with 99, and each of `wanted` stands in one of its reasons."""
    assert one.exit_code == 99, f"ended with {one.exit_code} in{one!r}"
    missing = [words for words in wanted if not any(words in reason for reason in one.reasons)]
    assert not missing, f"{missing} not among {one.reasons} in{one!r}"


def never_fired(name: str) -> str:
    """The reason that a verdict gives for a fault that never fired."""
    return tr(f"{name}：从未触发", f"{name}: never fired")


def never_seen(name: str) -> str:
    """The reason that a verdict gives for a fault that nobody noticed."""
    return tr(f"{name}：已触发，但从未被发现", f"{name}: fired, but never seen")


def in_order(times: dict[str, Any]) -> bool:
    """Whether a fault was armed, fired, seen and recovered, one after the other."""
    steps = [times[key] for key in ("armed_at", "fired_at", "seen_at", "recovered_at")]
    return None not in steps and steps == sorted(steps)


def occupants(one: Ran) -> Iterator[tuple[str, str, int, int]]:
    """(window, patient, called, gone) of every call of the run, in microseconds, in the order in which they ended."""
    at_window: dict[str, tuple[str, int]] = {}
    for event in one.events("patient.called", "patient.bumped", "patient.served", "patient.left"):
        if event.kind == "patient.called":
            at_window[event.subject] = (event.data["window"], event.at_us)
        elif event.subject in at_window:
            window, called_us = at_window.pop(event.subject)
            yield window, event.subject, called_us, event.at_us
