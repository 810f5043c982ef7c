"""Stock levels as data: each item now, at its target risk, and along the curve; and what a budget buys."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from twin.stocking.budget import spend, total
from twin.stocking.items import Stocked
from twin.stocking.levels import Item, Row, curve, row_of

SCHEMA = 1
COLUMNS = ("item", "risk", "reorder_point", "order_up_to", "reached", "yearly_yuan", "value_yuan")


def data_of(rows: Sequence[Stocked], *, risk: float, parts_risk: float, days: int, name: str, unknown: Sequence[str]) -> dict[str, Any]:
    """Every item; money in yuan. `risk` of consumables in one review period, `parts_risk` that a demand for a part finds nothing."""
    return {
        "schema": SCHEMA,
        "scenario": name,
        "days": days,
        "risk": risk,
        "parts_risk": parts_risk,
        "items": [_item_data(row, parts_risk if row.item.part else risk) for row in rows],
        "no_figure": list(unknown),
    }


def _item_data(row: Stocked, risk: float) -> dict[str, Any]:
    item = row.item
    return {
        "item": item.name,
        "kind": "part" if item.part else "consumable",
        "unit": row.stock.unit,
        "source": row.source,
        "a_day": row.daily_mean,
        "a_day_sd": row.daily_sd,
        "a_year": item.per_year,
        "lead_days": row.stock.lead_time_us / 86_400_000_000,
        "pack": item.pack,
        "lot": item.lot,
        "unit_cost_yuan": item.unit_cost_fen / 100,
        "on_hand": row.stock.on_hand,
        "minimum": row.stock.minimum,
        "now": _level(item, Row(item.risk(row.point), *_at(item, row.point))),
        "target": _level(item, row_of(item, risk)),
        "curve": [_level(item, each) for each in curve(item)],
    }


def _at(item: Item, point: int) -> tuple[int, int, float, float, float]:
    return point, item.upto(point), item.risk(point), item.yearly_fen(point), item.value_fen(point)


def _level(item: Item, row: Row) -> dict[str, Any]:
    return {
        "risk": row.risk,
        "reorder_point": row.point,
        "order_up_to": row.upto,
        "reached": row.reached,
        "stockouts_a_year": item.expected(row.point),
        "yearly_yuan": row.yearly_fen / 100,
        "value_yuan": row.value_fen / 100,
    }


def budget_data(rows: Sequence[Stocked], budget_fen: int) -> dict[str, Any]:
    """What a budget buys on top of the site's minimum levels, in the order in which it prevents most."""
    items, points = [row.item for row in rows], {row.item.name: row.point for row in rows}
    levels, bought = spend(items, points, budget_fen)
    return {
        "budget_yuan": budget_fen / 100,
        "spent_yuan": sum(step.cost_fen for step in bought) / 100,
        "stockouts_a_year": {"before": total(items, points), "after": total(items, levels)},
        "levels": [{"item": name, "reorder_point": point, "was": points[name]} for name, point in levels.items() if point != points[name]],
        "steps": [
            {"item": step.item.name, "from": step.old, "to": step.new, "yuan": step.cost_fen / 100, "prevents_a_year": step.prevents}
            for step in bought
        ],
    }


def csv_of(data: Mapping[str, Any]) -> str:
    """A row for each item and risk of the curve, with the mark by which Excel knows UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for item in data["items"]:
        writer.writerows((item["item"], *(row[key] for key in COLUMNS[1:])) for row in item["curve"])
    return "\ufeff" + text.getvalue()
