"""The chart of a plan: nurses and expected waits by half hour, as SVG for documents and as bars of text for consoles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from caixue.lang import tr

Rows = Sequence[Mapping[str, Any]]

WIDTH, HEIGHT = 760, 360
_LEFT, _RIGHT, _TOP, _BOTTOM = 50, 60, 50, 50
_BAR = 40  # columns of the longest bar of text


def svg(title: str, rows: Rows, limit_s: float | None) -> str:
    """Bars for nurses (scale on the left), a line for the P90 wait of those who come then in minutes (right), dashed the limit of the day's P90."""
    most = max((row["windows"] for row in rows), default=1) or 1
    waits = [(row["wait_p90"] or 0.0) / 60 for row in rows]
    longest = max([*waits, (limit_s or 0.0) / 60, 1.0]) * 1.1
    inner_w, inner_h = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
    step = inner_w / max(1, len(rows))
    parts = [_text(_LEFT, 24, title, "start", 15), *_axes(most, longest, inner_h)]
    for place, row in enumerate(rows):
        x, height = _LEFT + place * step, inner_h * row["nurses"] / most
        opened = inner_h * row["windows"] / most
        parts.append(_bar(x + 2, _TOP + inner_h - opened, step - 4, opened, "#e3e7ec"))
        parts.append(_bar(x + 2, _TOP + inner_h - height, step - 4, height, "#4c78a8"))
        parts.append(_text(x + step / 2, _TOP + inner_h - height + 14, str(row["nurses"]), "middle", 11, "#ffffff"))
        parts.append(_text(x + step / 2, HEIGHT - _BOTTOM + 16, row["from"], "middle", 10))
    points = " ".join(f"{_LEFT + (place + 0.5) * step:.1f},{_TOP + inner_h * (1 - wait / longest):.1f}" for place, wait in enumerate(waits))
    parts.append(f'<polyline points="{points}" fill="none" stroke="#e45756" stroke-width="2"/>')
    if limit_s is not None:
        y = _TOP + inner_h * (1 - limit_s / 60 / longest)
        parts.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#e45756" stroke-dasharray="6 4"/>')
    legend = tr(
        "蓝：护士  灰：开放窗口  红：该时段来的人等候 P90（分钟）",
        "blue: nurses  grey: windows open  red: P90 wait of those who come then (min)",
    )
    parts.append(_text(_LEFT, HEIGHT - 12, legend, "start", 11))
    body = "\n".join(parts)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">\n{body}\n</svg>\n'


def _axes(most: int, longest: float, inner_h: float) -> list[str]:
    found = []
    for part in range(5):
        y = _TOP + inner_h * (1 - part / 4)
        found.append(f'<line x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}" stroke="#d0d4d8" stroke-width="0.5"/>')
        found.append(_text(_LEFT - 6, y + 4, f"{most * part / 4:g}", "end", 10))
        found.append(_text(WIDTH - _RIGHT + 6, y + 4, f"{longest * part / 4:.0f} min", "start", 10))
    return found


def _bar(x: float, y: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(x: float, y: float, text: str, anchor: str, size: int, colour: str = "#222222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="{colour}">{escape(text)}</text>'


def bars(rows: Rows) -> list[str]:
    """A line for each half hour, in 80 columns: # nurses, . windows open without one, then both as numbers and the P90 wait of those who come then."""
    most = max((row["windows"] for row in rows), default=1) or 1
    scale = min(5.0, _BAR / most)
    found = []
    for row in rows:
        nurses = round(row["nurses"] * scale)
        bar = "#" * nurses + "." * (round(row["windows"] * scale) - nurses)
        found.append(f"{row['from']}  {bar:<{_BAR}}  {row['nurses']:>3} /{row['windows']:>3}  {_minutes(row.get('wait_p90')):>9}")
    return found


def _minutes(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds / 60:.1f} min"
