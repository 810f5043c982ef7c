"""Tube kinds, the order of draw, the plan of tubes for an order, and what a label says.

The order of draw follows CLSI GP41 (blood culture, citrate, serum, heparin, EDTA, fluoride); the black ESR tube stands
after citrate as in common Chinese practice. The cap colours are those of ISO 6710:2017 Annex F, which is a recommendation.
Popular charts contradict one another, so the sequence is this table and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from caixue.errors import UsageError


@dataclass(frozen=True, slots=True)
class TubeKind:
    """One kind of evacuated tube."""

    name: str
    zh: str
    en: str
    draw_rank: int  # place in the order of draw, 1 first
    volume_ml: float  # blood that one tube takes
    colour: int  # the code that the dispenser's colour sensor reports
    source: str


_GP41 = "CLSI GP41 order of draw"
_VOLUMES = "assumed: docs/assumptions.md A-02"
TUBE_KINDS: Mapping[str, TubeKind] = {
    kind.name: kind
    for kind in (
        TubeKind("citrate-blue", "蓝帽 枸橼酸钠", "blue, citrate", 2, 2.7, 1, f"{_GP41}; volume {_VOLUMES}"),
        TubeKind("esr-black", "黑帽 血沉", "black, ESR", 3, 1.6, 2, f"common Chinese practice; volume {_VOLUMES}"),
        TubeKind("serum-yellow", "黄帽 血清分离胶", "yellow, serum gel", 4, 5.0, 3, f"{_GP41}; volume {_VOLUMES}"),
        TubeKind("heparin-green", "绿帽 肝素", "green, heparin", 5, 4.0, 4, f"{_GP41}; volume {_VOLUMES}"),
        TubeKind("edta-purple", "紫帽 EDTA", "purple, EDTA", 6, 2.0, 5, f"{_GP41}; volume {_VOLUMES}"),
        TubeKind("fluoride-grey", "灰帽 氟化钠", "grey, fluoride", 7, 2.0, 6, f"{_GP41}; volume {_VOLUMES}"),
    )
}


@dataclass(frozen=True, slots=True)
class TestRule:
    """How one laboratory test is drawn: into which tube, how much blood, and with which others it may share a tube."""

    __test__ = False  # the name is the laboratory's word, not a test of ours

    test: str
    tube: str
    volume_ml: float
    group: str  # tests of one group may share a tube
    source: str = "assumed: docs/assumptions.md A-03"


TEST_RULES: Mapping[str, TestRule] = {
    rule.test: rule
    for rule in (
        TestRule("coagulation", "citrate-blue", 2.7, "coagulation"),
        TestRule("d-dimer", "citrate-blue", 0.0, "coagulation"),
        TestRule("esr", "esr-black", 1.6, "esr"),
        TestRule("liver", "serum-yellow", 1.5, "chemistry"),
        TestRule("kidney", "serum-yellow", 1.0, "chemistry"),
        TestRule("lipids", "serum-yellow", 1.0, "chemistry"),
        TestRule("electrolytes", "serum-yellow", 1.0, "chemistry"),
        TestRule("thyroid", "serum-yellow", 2.0, "immunology"),
        TestRule("tumour-markers", "serum-yellow", 3.0, "immunology"),
        TestRule("hepatitis-b", "serum-yellow", 3.0, "infection"),
        TestRule("blood-ammonia", "heparin-green", 3.0, "ammonia"),
        TestRule("chromosomes", "heparin-green", 3.0, "genetics"),
        TestRule("blood-count", "edta-purple", 1.0, "haematology"),
        TestRule("glycated-haemoglobin", "edta-purple", 1.0, "haematology"),
        TestRule("blood-group", "edta-purple", 2.0, "transfusion"),
        TestRule("genotype", "edta-purple", 2.0, "genetics"),
        TestRule("glucose", "fluoride-grey", 1.0, "glucose"),
        TestRule("lactate", "fluoride-grey", 1.0, "glucose"),
    )
}


@dataclass(frozen=True, slots=True)
class PlannedTube:
    """One tube to prepare: its kind and the tests drawn into it."""

    kind: str
    tests: tuple[str, ...]


def plan(tests: Iterable[str]) -> tuple[PlannedTube, ...]:
    """The tubes that an order needs, in the order of draw.

    Tests of one kind and group share a tube until its volume is used up. Raises UsageError for an unknown test.
    """
    open_tubes: dict[tuple[str, str], list[tuple[float, list[str]]]] = {}
    for name in dict.fromkeys(tests):
        rule = TEST_RULES.get(name)
        if rule is None:
            raise UsageError(f"unknown test {name!r}; known: {', '.join(sorted(TEST_RULES))}")
        _pour(open_tubes.setdefault((rule.tube, rule.group), []), rule)
    planned = [PlannedTube(kind, tuple(names)) for (kind, _), tubes in open_tubes.items() for _, names in tubes]
    return in_order_of_draw(planned)


def _pour(tubes: list[tuple[float, list[str]]], rule: TestRule) -> None:
    capacity = TUBE_KINDS[rule.tube].volume_ml
    for index, (used_ml, names) in enumerate(tubes):
        if used_ml + rule.volume_ml <= capacity:
            tubes[index] = (used_ml + rule.volume_ml, [*names, rule.test])
            return
    tubes.append((rule.volume_ml, [rule.test]))


def in_order_of_draw(tubes: Sequence[PlannedTube]) -> tuple[PlannedTube, ...]:
    """The same tubes sorted as they must be drawn; equal kinds keep their order."""
    return tuple(sorted(tubes, key=lambda tube: TUBE_KINDS[tube.kind].draw_rank))


TEST_DAY = "000000"  # test labels carry the serials of a day that no calendar has, so that none is ever a patient's


@dataclass(frozen=True, slots=True)
class LabelContent:
    """What is printed on one label: the Code 128 payload and the lines that people read."""

    serial: str  # 12 digits: YYMMDD and a running number of the day
    lines: tuple[str, ...]


class SerialNumbers:
    """Label serials of one site, each given once: YYMMDD and six digits.

    A restart continues after the last serial of the journal (`start_after`), a new day with `begin`.
    """

    def __init__(self, day: str, *, start_after: int = 0) -> None:
        self._day = _checked_day(day)
        self._last = start_after

    def begin(self, day: str) -> None:
        """From now on give the serials of `day` (YYMMDD), from 1; the day that is going on already goes on. Raises UsageError for an earlier one."""
        if _checked_day(day) < self._day:
            raise UsageError(f"serials of {self._day} have been given; {day!r} is over")
        if day != self._day:
            self._day, self._last = day, 0

    def next(self) -> str:
        """A serial that was never given before; raises UsageError after 999,999 in one day."""
        if self._last >= 999_999:
            raise UsageError("no label serials left for this day")
        self._last += 1
        return f"{self._day}{self._last:06d}"


def _checked_day(day: str) -> str:
    if len(day) != 6 or not (day.isascii() and day.isdigit()) or day == TEST_DAY:
        raise UsageError(f"the day must be YYMMDD, not {day!r}")
    return day
