"""What is noted in a round of inspection, drafted and checked: answers, readings with their counters, findings (contract C1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from caixue.errors import UsageError
from caixue.journal import Draft
from caixue.lang import tr
from caixue.ops.inspection_items import ANSWERS
from caixue.ops.inspection_points import Point
from caixue.ops.inspection_reading import Observed
from caixue.ops.inspection_rounds import SEVERITIES
from caixue.units import nearest


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of hidden trouble."""

    what: str
    severity: str
    measure: str
    person: str
    until: date
    item: str

    def draft(self, number: str, of_round: str, people: Collection[str]) -> Draft:
        """The event of a finding. Raises UsageError for what is missing, an unknown severity, and somebody who is not of `people`."""
        if not self.what.strip() or not self.measure.strip():
            raise UsageError(tr("请写明发现了什么、怎么处理（--measure）", "say what was found and what is done (--measure)"))
        if self.severity not in SEVERITIES:
            words = "、".join(SEVERITIES)
            raise UsageError(tr(f"{self.severity} 不是等级；写 {words}", f"{self.severity} is no severity; write {words}"))
        if self.person not in people:
            unknown = tr(f"现场文件里没有 {self.person}", f"the site file knows nobody called {self.person}")
            raise UsageError(unknown + nearest(self.person, tuple(people)))
        said = {"what": self.what.strip(), "severity": self.severity, "measure": self.measure.strip()}
        data = {"round": of_round, "item": self.item, **said, "person": self.person, "until": self.until.isoformat()}
        return Draft("inspection.finding", number, data)


def answer_to(point: Point, answer: str, note: str) -> str:
    """The word of an answer, also given in Chinese. Raises UsageError for one that is none, and where a note is missing."""
    if point.automatic:
        name = point.name
        raise UsageError(tr(f"{name} 是自动读数：caixue inspect read {name}", f"{name} is read automatically: caixue inspect read {name}"))
    words = {ANSWERS[word][0]: word for word in point.item.answers}
    word = words.get(answer, answer)
    if word not in point.item.answers:
        choices = "、".join(f"{each}（{ANSWERS[each][0]}）" for each in point.item.answers)
        english = ", ".join(point.item.answers)
        raise UsageError(
            tr(f"{point.name} 的回答 {answer!r} 不在其中：{choices}", f"{answer!r} is no answer to {point.name}; it is one of {english}")
        )
    if word != "ok" and not note.strip():
        raise UsageError(tr(f"{point.name} 不正常，请写明看到什么（--note）", f"{point.name} is not ok: say what you saw (--note)"))
    return word


def drafts_of(observed: Iterable[Observed], number: str) -> list[Draft]:
    """The readings of a round, and each counter that was read on the way once, so that wear is known from them too."""
    observed = list(observed)
    counters = {(one.point.about, name): told for one in observed for name, told in one.counters.items()}
    wear = [
        Draft("wear.read", device, {"counter": name, "value": value, "unit": unit}) for (device, name), (value, unit) in counters.items()
    ]
    return [*(Draft("inspection.read", number, _data(one)) for one in observed), *wear]


def _data(one: Observed) -> dict[str, object]:
    known = {"value": one.value, "limit": one.limit, "unit": one.unit}
    return {"item": one.point.name, **known, "state": one.state.value, "reason": one.reason}
