"""How `caixue spares` shows parts, risks and open spares, to people and to programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from caixue.lang import tr
from caixue.units import US_PER_DAY

if TYPE_CHECKING:
    from caixue.ops.spare_chain import Spare, ToOrder
    from caixue.ops.spare_risk import Risk
    from caixue.site_model import StockItem


def part_row(item: StockItem, have: int, order: ToOrder | None) -> dict[str, Any]:
    """A part of the shelf for programs."""
    return {
        "item": item.item,
        "on_hand": have,
        "minimum": item.minimum,
        "to_order": short(order) or 0,
        "lead_days": item.lead_time_us / US_PER_DAY,
        "unit_cost_fen": item.unit_cost_fen,
        "domestic": item.domestic,
    }


def short(order: ToOrder | None) -> int | str:
    return order.quantity if order is not None else ""


def risk_row(row: Risk) -> dict[str, Any]:
    """A part's risk for programs."""
    return {
        "item": row.item,
        "on_hand": row.on_hand,
        "on_order": row.on_order,
        "minimum": row.minimum,
        "lead_days": row.lead_days,
        "demand_per_month": row.demand.per_month,
        "demand_from": row.demand.source,
        "stockout": row.stockout,
        "fill_rate": row.filled,
        "recommended": row.recommended,
        "cost_fen": row.cost_fen,
    }


def spare_row(one: Spare, now_us: int) -> dict[str, Any]:
    """An open spare for programs."""
    return {
        "number": one.number,
        "item": one.item,
        "lot": one.lot,
        "incident": one.incident,
        "device": one.device,
        "state": one.state,
        "serial": one.serial,
        "age_us": one.age_us(now_us),
    }


def to_do(one: Spare) -> str:
    words = {"issued": tr("装上或退库", "fit or bring back"), "fitted": tr("交旧件", "return the old part"), "returned": tr("签字", "sign")}
    return words[one.state]


def by_what(row: Risk) -> str:
    return tr("账本", "ledger") if row.demand.source == "ledger" else tr("故障率", "fault rates")


def money(fen: int | None) -> str:
    return "?" if fen is None else f"{fen / 100:+.2f} {tr('元', 'yuan')}"


def yes(so: bool | None) -> str:
    return "?" if so is None else tr("是", "yes") if so else tr("否", "no")
