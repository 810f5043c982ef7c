"""Which figures an experiment is about, as people name them: "patient.wait.p90,incident.repair.max[class == 一般]"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from pydantic_core import PydanticCustomError

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES, Figure
from twin.expectations import read_where
from twin.problems import did_you_mean, plain
from twin.replications import Wanted
from twin.scenario import scenario_site
from twin.scenario_model import Scenario
from twin.timing.untold import untold_of

USUAL = ("patient.wait.mean", "patient.wait.p90", "patient.stay.p90", "queue.length.max", "window.busy.share")
ALL = "all"
_ONE = re.compile(r"\s*([^\[\],]+?)\s*(?:\[([^\]]*)\])?\s*(?:,|$)")


def read_wanted(text: str) -> tuple[Wanted, ...]:
    """The figures that a text names, "all" for every one that is a number; raises UsageError with the nearest name."""
    if text.strip() == ALL:
        return tuple(Wanted(name) for name, row in FIGURES.items() if row.unit != "list")
    found: dict[Wanted, None] = {}
    place = 0
    while place < len(text):
        match = _ONE.match(text, place)
        if match is None:
            raise UsageError(_spelled(text[place:]))
        found[_wanted(match[1], match[2])] = None
        place = match.end()
    if not found:
        raise UsageError(_spelled(text))
    return tuple(found)


def usual(scenarios: Sequence[Scenario]) -> tuple[Wanted, ...]:
    """What is asked for where nobody says it: the usual figures, and those that the scenarios have limits for."""
    limits = (Wanted(row.figure, row.where) for scenario in scenarios for row in scenario.expectations)
    rows = [*(Wanted(name) for name in USUAL), *limits]
    return simulated(dict.fromkeys(row for row in rows if FIGURES[row.figure].unit != "list"), scenarios)


def simulated(wanted: Iterable[Wanted], scenarios: Iterable[Scenario]) -> tuple[Wanted, ...]:
    """Those of the figures that at least one of the scenarios measures in its fidelity."""
    if any(scenario.fidelity != "timing" for scenario in scenarios):
        return tuple(wanted)
    untold = [untold_of(scenario, scenario_site(scenario)) for scenario in scenarios]
    return tuple(each for each in wanted if not all(one.hides(each.figure, each.where) for one in untold))


def known_figure(name: str) -> Figure:
    """The row of a figure that is one number a day; raises UsageError with the nearest name."""
    row = FIGURES.get(name)
    if row is None:
        raise UsageError(tr(f'没有指标 "{plain(name)}"；', f'no figure "{plain(name)}"; ') + did_you_mean(name, tuple(FIGURES)))
    if row.unit == "list":
        raise UsageError(tr(f"{name} 是一列数，这里要一个数的指标", f"{name} is a list of numbers; an experiment needs one number a day"))
    return row


def told(wanted: Wanted) -> str:
    """The figure as it is written in files and options."""
    return f"{wanted.figure}[{wanted.where}]" if wanted.where else wanted.figure


def _wanted(name: str, where: str | None) -> Wanted:
    row = known_figure(name)
    if where is None:
        return Wanted(name)
    try:
        return Wanted(name, read_where(where, row))
    except PydanticCustomError as error:
        raise at_option(f"{name}[{where}]", error) from None


def at_option(text: str, error: PydanticCustomError, *, without: str = "") -> UsageError:
    """What the door says of a value, told of an option of the command line; `without` words that only a file has."""
    context = error.context or {}
    hint = str(context.get("hint", "")).replace(without, "")
    return UsageError("\n    ".join(filter(None, [f"{plain(text)}: {context.get('what', error)}", hint])))


def _spelled(text: str) -> str:
    return tr(f'"{plain(text)}" 不是指标；写法如 ', f'"{plain(text)}" is no figure; write it like ') + "patient.wait.p90,window.busy.share"
