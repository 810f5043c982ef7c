"""What `caixue refill` shows: what must be refilled, what is left everywhere, and what expires (contract C2.1.2, C2.1.3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.commands.common import Desk, JsonOption, LedgerOption, SiteOption, emit, open_desk, show, site_source
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.consumables import Consumables
    from caixue.ops.loads import Load
    from caixue.ops.refilling import Need

UNREACHABLE = 4
PATIENTS = 100.0  # caixue.ops.refilling.PATIENTS_PER_H, which is not loaded for a help page

Read = Annotated[bool, typer.Option("--read", help=tr("先向设备问余量；只读，不动设备", "Ask the devices first; reads only"))]
Patients = Annotated[
    float,
    typer.Option(
        "--patients-per-h", min=0, max=100_000, metavar=tr("人", "N"), help=tr("估计每小时多少患者", "How many patients an hour to expect")
    ),
]


def consumables(desk: Desk) -> Consumables:
    """The duty on this desk's ledger."""
    from caixue.ops.consumables import Consumables
    from caixue.ops.stock import Stock

    return Consumables(desk.recorder, desk.site, Stock(desk.recorder, desk.site.stock, desk.ledger), desk.ledger)


def _ask_devices(desk: Desk, duty: Consumables, source: str) -> list[str]:
    """Ask every device that holds consumables, note what it says, and give those that did not answer. Nothing is moved or printed."""
    from caixue.errors import DeviceError, LinkError
    from caixue.opening import open_site

    opened, silent = open_site(source), []
    for device in dict.fromkeys(device for device, _ in duty.levels):
        driver = opened.drivers[device]
        try:
            driver.status()
        except (LinkError, DeviceError):
            silent.append(device)
            continue
        finally:
            driver.port.close()
        duty.look(driver)
    return silent


def list_(
    site: SiteOption = None,
    ledger: LedgerOption = None,
    read: Read = False,
    patients_per_h: Patients = PATIENTS,
    as_json: JsonOption = False,
) -> int:
    from caixue.ops.refilling import forecast_for

    with open_desk(site, ledger) as desk:
        duty, now = consumables(desk), desk.now
        silent = _ask_devices(desk, duty, site_source(site)) if read else []
        needs = duty.needs(forecast_for(desk.site, now, patients_per_h), now)
        rows = [_need(duty, need, duty.stock.usable(need.slot.item, now.date())) for need in needs]
    if as_json:
        emit({"schema": 1, "needs": rows, "silent": silent})
    else:
        heads = (
            tr("设备", "device"),
            tr("料位", "slot"),
            tr("物品", "item"),
            tr("补多少", "put in"),
            tr("原因", "why"),
            tr("库里可用", "in store"),
            tr("任务", "task"),
        )
        keys = ("device", "slot", "item", "quantity", "reason", "in_store", "task")
        show("", heads, [[row[key] for key in keys] for row in rows], empty=tr("没有要补的", "nothing needs refilling"))
        for device in silent:
            print(tr(f"{device} 没有应答", f"{device} does not answer"))
    return UNREACHABLE if silent else 0


def _need(duty: Consumables, need: Need, in_store: int) -> dict[str, Any]:
    from caixue.ops.refilling import WHY_ZH

    slot, task = need.slot, duty.task_for(*need.slot.key)
    return {
        "device": slot.device,
        "slot": slot.slot,
        "item": slot.item,
        "quantity": need.quantity,
        "why": need.why,
        "reason": tr(WHY_ZH[need.why], need.why),
        "urgency": need.urgency,
        "remove": [{"lot": lot, "quantity": count} for lot, count in need.remove],
        "in_store": in_store,
        "task": None if task is None else task.number,
    }


def levels(site: SiteOption = None, ledger: LedgerOption = None, read: Read = False, as_json: JsonOption = False) -> int:
    with open_desk(site, ledger) as desk:
        duty = consumables(desk)
        silent = _ask_devices(desk, duty, site_source(site)) if read else []
        loads = list(duty.levels.values())
    if as_json:
        emit({"schema": 1, "levels": [_level(load) for load in loads], "silent": silent})
    else:
        heads = (
            tr("设备", "device"),
            tr("料位", "slot"),
            tr("物品", "item"),
            tr("剩余", "left"),
            tr("满", "full"),
            tr("长 m", "m"),
            tr("批号", "lots"),
        )
        show("", heads, [_shown(load) for load in loads])
    return UNREACHABLE if silent else 0


def _level(load: Load) -> dict[str, Any]:
    slot = load.slot
    return {
        "device": slot.device,
        "slot": slot.slot,
        "item": slot.item,
        "level": load.level if load.known else None,
        "sign": load.sign,
        "unit": slot.unit,
        "capacity": slot.capacity,
        "metres": slot.metres(load.level) if slot.roll and load.known else None,
        "told": load.state or None,
        "lots": [{"lot": lot, "quantity": number} for lot, number in load.content],
    }


def _shown(load: Load) -> Sequence[Any]:
    slot = load.slot
    left = f"{load.sign if load.sign != '=' else ''}{load.level}" if load.known else "?"
    metres = f"{slot.metres(load.level):.1f}" if slot.roll and load.known else ""
    lots = ", ".join(f"{lot} {number}" for lot, number in load.content)
    return slot.device, slot.slot, slot.item, left, slot.capacity, metres, lots


def expiry(
    days: Annotated[int, typer.Option(min=0, max=36_500, metavar=tr("天", "N"), help=tr("几天内到期", "Within how many days"))] = 30,
    site: SiteOption = None,
    ledger: LedgerOption = None,
    as_json: JsonOption = False,
) -> None:
    with open_desk(site, ledger) as desk:
        duty, today = consumables(desk), desk.now.date()
        rows = duty.expiring(today, timedelta(days=days))
        places = {(lot.item, lot.lot): [" ".join(key) for key, lots in duty.expired(today).items() if lot.lot in lots] for lot, _ in rows}
    found = [
        {
            "item": lot.item,
            "lot": lot.lot,
            "expires": lot.expires,
            "in_store": lot.on_hand,
            "in_devices": inside,
            "expired": lot.expired(today),
            "expired_in": places[lot.item, lot.lot],
        }
        for lot, inside in rows
    ]
    if as_json:
        emit({"schema": 1, "lots": found})
        return
    heads = (tr("物品", "item"), tr("批号", "lot"), tr("有效期", "expires"), tr("库里", "in store"), tr("设备里", "in devices"), "")
    shown = [[row["item"], row["lot"], row["expires"], row["in_store"], row["in_devices"], _mark(row)] for row in found]
    show("", heads, shown, empty=tr(f"{days} 天内没有到期的", f"nothing expires within {days} days"))


def _mark(row: dict[str, Any]) -> str:
    where = "、".join(row["expired_in"])
    return (tr("已过期", "expired") + (f"：{where}" if where else "")) if row["expired"] else ""
