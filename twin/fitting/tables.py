"""The fit as files for programs and spreadsheets: fit.json, profile.csv, bad-rows.csv. The same logs give the same bytes."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from caixue import __version__
from caixue.lang import tr
from twin.fitting.bad_rows import WORDS, Kind, fate, fate_words
from twin.fitting.fit import Fit
from twin.fitting.laws import Law
from twin.fitting.profile import UNDATED, Group, OddDay, Slot
from twin.fitting.queue_log import FileRead
from twin.fitting.scenario_files import draw, file_name, next_day
from twin.fitting.services import ServiceFit

PROFILE_COLUMNS = ("group", "from", "to", "days", "people", "per_h", "low_per_h", "high_per_h", "dispersion", "p", "in_scenario")
BAD_COLUMNS = ("file", "line", "kind", "what", "becomes", "do")


def fit_data(fit: Fit) -> dict[str, Any]:
    """Everything that was found, for programs; times in seconds, rates per hour, intervals of 95 %."""
    bad = fit.log.bad.counts_by_file()
    return {
        "schema": 1,
        "files": [_file(one, bad.get(number, {})) for number, one in enumerate(fit.log.files)],
        "rows": fit.log.rows,
        "people": len(fit.log.people.line),
        "bad_rows": {_word(kind): count for kind, count in fit.log.bad.counts().items()},
        "slot_s": fit.wanted.slot_us / 1e6,
        "groups": [_group(one, fit) for one in fit.groups],
        "service": None if fit.service is None else _service(fit.service, fit),
        "site": fit.wanted.site,
        "notes": list(fit.notes),
        "software": {"caixue": __version__},
    }


def profile_csv(fit: Fit) -> str:
    """A line for each slot of each group."""
    return _csv(PROFILE_COLUMNS, (row for group in fit.groups for row in _profile_rows(group, fit.wanted.slot_us)))


def bad_rows_csv(fit: Fit) -> str:
    """A line for each row with something wrong: where it is, what it is, what became of it and what to do."""
    names = [one.name for one in fit.log.files]
    texts = {
        kind: (_word(kind), tr(words.zh, words.en), fate_words(fate(kind)), tr(words.do_zh, words.do_en)) for kind, words in WORDS.items()
    }
    return _csv(BAD_COLUMNS, ((names[file], line, *texts[kind]) for file, line, kind in fit.log.bad.sorted()))


def _csv(columns: Sequence[str], rows: Iterator[Sequence[object]]) -> str:
    """With the mark that tells Excel that it is UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _safe(cell: object) -> object:
    """A name of a file that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@") else cell


def _profile_rows(group: Group, slot_us: int) -> Iterator[Sequence[object]]:
    for number, slot in enumerate(group.slots):
        if slot.people or group.first <= number < group.last:
            numbers = (_rounded(value) for value in (slot.per_h, slot.low_per_h, slot.high_per_h, slot.dispersion, slot.p))
            inside = int(group.first <= number < group.last)
            yield (group.name, clock(slot.start_us), clock(slot.start_us + slot_us), len(group.days), slot.people, *numbers, inside)


def clock(us: int) -> str:
    """A time of day, 24:00 at its end."""
    return f"{us // 3_600_000_000:02d}:{us // 60_000_000 % 60:02d}"


def _word(kind: Kind) -> str:
    return kind.name.lower().replace("_", "-")


def _file(one: FileRead, bad: Mapping[Kind, int]) -> dict[str, Any]:
    known = {
        "name": one.name,
        "encoding": one.encoding,
        "separator": one.separator,
        "rows": one.rows,
        "columns": dict(one.columns),
        "columns_not_read": one.dropped_columns,
        "bad_rows": {_word(kind): count for kind, count in bad.items()},
    }
    extra = {
        "date": one.day.isoformat() if one.day else None,
        "same_as": one.repeats or None,
        "broken_characters": one.broken_characters or None,
    }
    return known | {key: value for key, value in extra.items() if value is not None}


def _group(group: Group, fit: Fit) -> dict[str, Any]:
    odd = {one.day: one for one in group.odd}
    return {
        "group": group.name,
        "days": [_day(day, people, odd) for day, people in zip(group.days, group.people, strict=True)],
        "per_day": _rounded(group.per_day),
        "dispersion": _rounded(group.dispersion),
        "dispersion_p": _rounded(group.p),
        "day_dispersion": _rounded(group.day_dispersion),
        "day_dispersion_p": _rounded(group.day_p),
        "day_sd": _rounded(group.day_sd),
        "priority_share": _rounded(group.urgent_share),
        "served_at_once": group.at_once,
        "outside": group.outside,
        "scenario": file_name(group.name),
        "start_day": None if group.name == UNDATED else next_day(group.name, fit).isoformat(),
        "slots": [_slot(slot) for slot in group.slots[group.first : group.last]],
    }  # fmt: skip


def _day(day: str, people: int, odd: Mapping[str, OddDay]) -> dict[str, Any]:
    return {"day": day, "people": people} | ({"odd": _rounded(odd[day].score)} if day in odd else {})


def _slot(slot: Slot) -> dict[str, Any]:
    numbers = {"per_h": slot.per_h, "low_per_h": slot.low_per_h, "high_per_h": slot.high_per_h, "dispersion": slot.dispersion, "p": slot.p}
    return {"from": clock(slot.start_us), "people": slot.people} | {name: _rounded(value) for name, value in numbers.items()}


def _service(service: ServiceFit, fit: Fit) -> dict[str, Any]:
    drawn = draw(fit)
    assert drawn is not None
    numbers = {key: _rounded(getattr(service, key)) for key in ("mean_s", "sd_s", "median_s", "p90_s", "resolution_s")}
    return {
        "n": service.n,
        "unrecorded": service.unrecorded,
        **numbers,
        "laws": [_law(law) for law in service.laws],
        "chosen": service.chosen,
        "why": service.why,
        "approach_taken_off_s": drawn.approach_s,
        "histogram": [[_rounded(low), _rounded(high), count] for low, high, count in service.histogram],
    }


def _law(law: Law) -> dict[str, Any]:
    return {key: value if isinstance(value, str) else _rounded(value) for key, value in asdict(law).items()}


def _rounded(value: float | None) -> float | None:
    """Six digits are more than any log supports, and few enough to be the same on every machine."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")
