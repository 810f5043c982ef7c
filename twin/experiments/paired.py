"""Two designs on the same days: what changes for the same people and the same chance, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from caixue import __version__
from caixue.lang import tr
from caixue.metrics import FIGURES
from twin.commit import commit
from twin.experiments.batches import MOST_TOLD, Answer, Batch, Work, carry_out, days_a_task, design_for, engine_of
from twin.experiments.holm import chance, shown
from twin.experiments.precision import Rule, Target
from twin.experiments.tally import Pair
from twin.experiments.wanted import told
from twin.pools import Pool
from twin.replications import Wanted
from twin.scenario_model import Scenario

STATISTICS = ("a", "b", "difference", "low", "high", "n", "sd", "b_lower", "b_higher", "correlation", "saved", "verdict")
BETTER, WORSE, LOWER, HIGHER, OPEN = "better", "worse", "lower", "higher", "open"


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two designs, and the changes that make it."""

    scenario: Scenario
    design: Any
    sets: tuple[str, ...]

    @classmethod
    def of(cls, scenario: Scenario, sets: Sequence[str]) -> Side:
        """The side of a scenario; raises UsageError for what its fidelity cannot do."""
        return cls(scenario, design_for(scenario), tuple(sets))

    def to_json(self) -> dict[str, Any]:
        """The side as result.json holds it."""
        one = self.scenario
        engine = engine_of(self.design)
        return {"scenario": one.name, "title": one.title, "fidelity": one.fidelity, "engine": engine, "sets": list(self.sets)}


@dataclass(slots=True)
class Comparing:
    """A comparison on its way: days 0 to `days - 1` of both designs are counted."""

    wanted: tuple[Wanted, ...]
    rule: Rule
    pairs: list[Pair]
    days: int = 0
    broken: tuple[str, ...] = ()  # the first things that went wrong on either side

    @property
    def precise(self) -> bool:
        """Whether the differences are known as well as was asked; a share refers to the mean of A."""
        return all(target.reached(pair.difference, pair.a.mean) for target, pair in self._targets())

    @property
    def finished(self) -> bool:
        """Whether these are all the days that it takes."""
        return self.days == self.rule.maximum or (bool(self.rule.targets) and self.days in self.rule.looks() and self.precise)

    @property
    def expected(self) -> int:
        """About how many days it takes."""
        if not self.rule.targets:
            return self.rule.maximum
        share = min(target.share(pair.difference, pair.a.mean) for target, pair in self._targets())
        return int(min(self.rule.maximum, max(self.rule.minimum, self.days / max(share, 1e-9))))

    def _targets(self) -> Iterator[tuple[Target, Pair]]:
        for target in self.rule.targets:
            yield target, self.pairs[self.wanted.index(target.wanted)]


def compare(
    a: Any,
    b: Any,
    wanted: Sequence[Wanted],
    rule: Rule,
    pool: Pool,
    *,
    batch: int | None = None,
    work: Work = carry_out,
    seen: Callable[[Comparing], bool] = lambda comparing: False,
) -> Comparing:
    """Run both designs on the same replications. Their scenarios have one seed, so that the same people come to both.

    `seen` is called after each pair of batches; when it says so, or when the user interrupts, the result is over the days so far.
    """
    comparing = Comparing(tuple(wanted), rule, [Pair() for _ in wanted])
    size = batch or min(days_a_task(a), days_a_task(b))
    try:
        for look in rule.looks():
            firsts = range(comparing.days, look, size)
            tasks = (Batch(design, first, min(size, look - first), comparing.wanted) for first in firsts for design in (a, b))
            answers = pool.ordered(work, tasks)
            for one, other in zip(answers, answers, strict=True):
                _add(comparing, one, other)
                if seen(comparing):
                    return comparing
            if comparing.finished:
                break
    except KeyboardInterrupt:
        pass
    return comparing


def _add(comparing: Comparing, a: Answer, b: Answer) -> None:
    pairs = deepcopy(comparing.pairs)  # a batch counts whole or not at all, wherever an interrupt comes
    for mine, theirs in zip(a.values.tolist(), b.values.tolist(), strict=True):
        for pair, one, other in zip(pairs, mine, theirs, strict=True):
            pair.add(one, other)
    notes = (*(f"A {text}" for text in a.broken), *(f"B {text}" for text in b.broken))
    comparing.pairs, comparing.days = pairs, comparing.days + len(a.values)
    comparing.broken = (*comparing.broken, *notes)[:MOST_TOLD]


def compared(a: Side, b: Side, comparing: Comparing) -> dict[str, Any]:
    """The comparison as result.json holds it."""
    sure = surely(comparing.pairs)
    rows = (row_of(wanted, pair, sure=one) for wanted, pair, one in zip(comparing.wanted, comparing.pairs, sure, strict=True))
    figures = dict(zip(map(told, comparing.wanted), rows, strict=True))
    return {
        "schema": 1,
        "kind": "compare",
        "a": a.to_json(),
        "b": b.to_json(),
        "seed": a.scenario.seed,
        "rule": comparing.rule.to_json(),
        "replications": comparing.days,
        "complete": comparing.finished,
        **({"precise": comparing.precise} if comparing.rule.targets else {}),
        "figures": figures,
        **({"broken": list(comparing.broken)} if comparing.broken else {}),
        "software": {"caixue": __version__, "commit": commit()},
    }


def surely(pairs: Sequence[Pair]) -> list[bool]:
    """Of which figures a word may be said when all of these are looked at together (Holm over them, 5 % in all)."""
    return shown([chance(pair.difference) for pair in pairs])


def row_of(wanted: Wanted, pair: Pair, *, sure: bool = True) -> dict[str, Any]:
    """What is said of one figure: both means, the difference B - A with its own 95 % interval, and a verdict where that excludes 0.

    `sure`: whether it may be said beside the other figures shown, as `surely` tells.
    """
    difference = pair.difference.to_json()
    if not pair.difference.n:
        return {**dict.fromkeys(STATISTICS), "n": 0, "verdict": OPEN}
    n = pair.difference.n
    return {
        "a": pair.a.mean,
        "b": pair.b.mean,
        "difference": difference["mean"],
        **{key: difference[key] for key in ("low", "high", "n", "sd")},
        "b_lower": pair.lower / n,
        "b_higher": pair.higher / n,
        "correlation": pair.correlation,
        "saved": pair.saved,
        "verdict": verdict(wanted.figure, pair) if sure else OPEN,
    }


def verdict(figure: str, pair: Pair) -> str:
    """better, worse, or lower, higher where no direction is the good one; "open" while the interval has 0 in it, or is none."""
    half, mean = pair.difference.half, pair.difference.mean
    if half is None or abs(mean) <= half or not all(surely([pair])):
        return OPEN
    direction = FIGURES[figure].direction
    if direction == "neutral":
        return LOWER if mean < 0 else HIGHER
    return BETTER if (mean < 0) == (direction == "low") else WORSE


def words(verdict: str) -> str:
    """The verdict as people read it."""
    return {
        BETTER: tr("B 更好", "B is better"),
        WORSE: tr("B 更差", "B is worse"),
        LOWER: tr("B 更低", "B is lower"),
        HIGHER: tr("B 更高", "B is higher"),
        OPEN: tr("分不出", "not shown"),
    }[verdict]
