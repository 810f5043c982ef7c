"""How many days a design is given: a fixed number, or as many as a wanted precision takes (a sequential rule with fixed looks)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from pydantic_core import PydanticCustomError

from caixue.errors import UsageError
from caixue.lang import tr
from caixue.metrics import FIGURES
from twin.expectations import read_limit
from twin.experiments.tally import ENOUGH, Tally
from twin.experiments.wanted import at_option, read_wanted, told
from twin.replications import Wanted

GROWTH = 1.25  # from one look to the next; assumed: docs/assumptions.md A-175
_TARGET = re.compile(r"\s*([^=\[\]]+(?:\[[^\]]*\])?)\s*=\s*(.+?)\s*")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*[%％]")


@dataclass(frozen=True, slots=True)
class Target:
    """Half of the 95 % interval of a figure's mean is to be at most `value`: in the figure's unit, or as a share of the mean."""

    wanted: Wanted
    value: float
    relative: bool
    text: str

    def bound(self, mean: float) -> float:
        """The half-width that is still good enough."""
        return self.value * abs(mean) if self.relative else self.value

    def reached(self, tally: Tally, mean: float | None = None) -> bool:
        """Whether the days so far are enough; `mean` is what a share refers to (default: the tally's own).

        Days that are all alike are not, nor those of which most are alike and few differ: their spread is not known yet.
        """
        return tally.half is not None and not tally.seldom and tally.half <= self.bound(tally.mean if mean is None else mean)

    def share(self, tally: Tally, mean: float | None = None) -> float:
        """About how much of the days that it takes there are already, from 0 to 1."""
        if not tally.half:
            return 0.0
        known = (tally.n - tally.usual) / ENOUGH if tally.seldom else 1.0
        return min(1.0, known, (self.bound(tally.mean if mean is None else mean) / tally.half) ** 2)


@dataclass(frozen=True, slots=True)
class Rule:
    """From `minimum` to `maximum` days, as many as the targets take; without targets `maximum`."""

    minimum: int
    maximum: int
    targets: tuple[Target, ...] = ()

    def looks(self) -> Iterator[int]:
        """After how many days it is seen whether they are enough: the same for every design, batch and number of workers."""
        look = self.minimum if self.targets else self.maximum
        while look < self.maximum:
            yield look
            look = ceil(look * GROWTH)
        yield self.maximum

    def to_json(self) -> dict[str, Any]:
        """The rule as result.json holds it."""
        targets = [{"figure": told(each.wanted), "half_width": each.text} for each in self.targets]
        return {"minimum": self.minimum, "maximum": self.maximum, "precision": targets}


def fixed(days: int) -> Rule:
    """Exactly so many days."""
    return Rule(days, days)


def read_targets(texts: Sequence[str]) -> tuple[Target, ...]:
    """The targets in "patient.wait.p90=30s" and "patient.stay.mean=2%"; raises UsageError."""
    targets = tuple(map(_target, texts))
    for target in targets:
        if sum(each.wanted == target.wanted for each in targets) > 1:
            raise UsageError(tr(f"{told(target.wanted)} 的精度写了两次", f"two precisions for {told(target.wanted)}"))
    return targets


def _target(text: str) -> Target:
    match = _TARGET.fullmatch(text)
    if match is None:
        raise UsageError(_spelled(text))
    wanted = read_wanted(match[1])
    if len(wanted) != 1:
        raise UsageError(_spelled(text))
    if match[2].startswith("-"):
        raise UsageError(_not_above_zero(text))
    if percent := _PERCENT.fullmatch(match[2]):
        value, relative = float(percent[1]) / 100, True
    else:
        value, relative = _amount(text, match[2], wanted[0]), False
    if not value > 0:
        raise UsageError(_not_above_zero(text))
    return Target(wanted[0], value, relative, match[2])


def _not_above_zero(text: str) -> str:
    return tr(f"--precision {text}：要大于零", f"--precision {text}: must be above zero")


def _amount(text: str, amount: str, wanted: Wanted) -> float:
    try:
        return read_limit(f"<= {amount}", FIGURES[wanted.figure]).value
    except PydanticCustomError as error:
        raise at_option(f"--precision {text}", error, without="<= ") from None


def _spelled(text: str) -> str:
    example = "--precision patient.wait.p90=30s, --precision patient.wait.mean=2%"
    return tr(f"--precision {text} 不对；写法如 ", f"--precision {text}: write it like ") + example
