"""The fit as a picture: the load of each kind of day with its intervals, and the services with their laws. Plain SVG, made here."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import numpy as np

from caixue.lang import tr
from twin.fitting.fit import Fit
from twin.fitting.laws import law_cdf
from twin.fitting.profile import Group
from twin.fitting.scenario_files import GROUP_WORDS
from twin.fitting.services import ServiceFit
from twin.fitting.tables import clock

WIDTH, PANEL, PLOT = 760, 190, 120  # pixels: of the page, of a panel, of the bars in it
LEFT, RIGHT, TOP = 56, 16, 40
_COLOURS = {"lognormal": "#b3402a", "gamma": "#2a6f4e", "exponential": "#8a6d1f"}
_STYLE = "text{font:12px sans-serif;fill:#222}.s{font-size:10px;fill:#555}.b{fill:#7c9cc4}.i{stroke:#1f3b63;stroke-width:1}.a{stroke:#999;stroke-width:1}"


def chart_svg(fit: Fit) -> str:
    """The picture, a panel for each group and one for the services."""
    hours = min(group.first for group in fit.groups), max(group.last for group in fit.groups)  # all panels have the same axes
    top = _round_top(max(_top(group) for group in fit.groups))
    panels = [_load(group, fit.wanted.slot_us, place, hours, top) for place, group in enumerate(fit.groups)]
    if fit.service is not None:
        panels.append(_services(fit.service, len(panels)))
    height = TOP + PANEL * len(panels)
    title = tr("到达（每小时人数，95 % 区间）与服务时间", "Arrivals per hour with 95 % intervals, and services")
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/><text x="{LEFT}" y="24">{escape(title)}</text>',
        *(row for panel in panels for row in panel),
        "</svg>",
    ]
    return "\n".join(rows) + "\n"


def _top(group: Group) -> float:
    """How high a panel must be: the bars in any case, and intervals unless they are wider than anything."""
    slots = group.slots[group.first : group.last]
    highest = max(slot.per_h for slot in slots)
    return max(highest, min(1.5 * highest, max(slot.high_per_h for slot in slots)))


def _load(group: Group, slot_us: int, place: int, hours: tuple[int, int], top: float) -> Iterator[str]:
    slots = group.slots[hours[0] : hours[1]]
    base, step = TOP + PANEL * place + 24 + PLOT, (WIDTH - LEFT - RIGHT) / len(slots)
    days = tr(f"{len(group.days)} 天，平均每天 {group.per_day:.0f} 人", f"{len(group.days)} days, {group.per_day:.0f} people a day")
    yield f'<text x="{LEFT}" y="{base - PLOT - 10}">{escape(tr(*GROUP_WORDS[group.name]))} · {escape(days)}</text>'
    yield from _axis(base, top)
    every = max(1, -(-len(slots) // 16))
    for number, slot in enumerate(slots):
        x = LEFT + number * step
        if number % every == 0:
            yield f'<text class="s" x="{x:.1f}" y="{base + 14}">{clock(slot.start_us)}</text>'
        if not group.first <= hours[0] + number < group.last:
            continue
        yield _bar(x, base, step, slot.per_h / top)
        ends = [base - PLOT * min(1.0, value / top) for value in (slot.low_per_h, slot.high_per_h)]
        middle = x + step / 2
        yield f'<line class="i" x1="{middle:.1f}" x2="{middle:.1f}" y1="{ends[0]:.1f}" y2="{ends[1]:.1f}"/>'


def _services(service: ServiceFit, place: int) -> Iterator[str]:
    bars = service.histogram
    shares = [count / service.n for *_, count in bars]
    top = _round_top(max(shares))
    base, step = TOP + PANEL * place + 24 + PLOT, (WIDTH - LEFT - RIGHT) / len(bars)
    chosen = tr(
        f"{service.n} 次服务，平均 {service.mean_s:.0f} s，采用 {service.chosen}",
        f"{service.n} services, mean {service.mean_s:.0f} s, chosen: {service.chosen}",
    )
    yield f'<text x="{LEFT}" y="{base - PLOT - 10}">{escape(chosen)}</text>'
    yield from _axis(base, top)
    for number, share in enumerate(shares):
        yield _bar(LEFT + number * step, base, step, share / top)
        if number % 4 == 0:
            yield f'<text class="s" x="{LEFT + number * step:.1f}" y="{base + 14}">{bars[number][0]:g} s</text>'
    edges = np.array([low for low, *_ in bars])
    for law in service.laws:
        upto = law_cdf(law, edges)
        if upto is None:
            continue
        points = " ".join(
            f"{LEFT + (number + 0.5) * step:.1f},{base - PLOT * min(1.0, float(share) / top):.1f}"
            for number, share in enumerate(np.diff(np.append(upto, 1.0)))
        )
        width = 2.5 if law.name == service.chosen else 1
        yield f'<polyline fill="none" stroke="{_COLOURS[law.name]}" stroke-width="{width}" points="{points}"/>'
    for number, (name, colour) in enumerate(_COLOURS.items()):
        if any(law.name == name for law in service.laws):
            yield f'<text class="s" x="{WIDTH - RIGHT - 90}" y="{base - PLOT + 4 + 14 * number}" style="fill:{colour}">{name}</text>'


def _axis(base: float, top: float) -> Iterator[str]:
    for share in (0.0, 0.5, 1.0):
        y = base - PLOT * share
        yield f'<line class="a" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="s" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{top * share:g}</text>'


def _bar(x: float, base: float, step: float, share: float) -> str:
    height = PLOT * min(1.0, share)
    return f'<rect class="b" x="{x + step * 0.1:.1f}" y="{base - height:.1f}" width="{step * 0.8:.1f}" height="{height:.1f}"/>'


def _round_top(value: float) -> float:
    """The next round number for the top of an axis."""
    power = 10.0 ** np.floor(np.log10(max(value, 1e-9)))
    return float(next(factor * power for factor in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if factor * power >= value * (1 - 1e-12)))
