"""Every device card as plain data: for `caixue devices`, and for programs that want to know what a device understands."""

from __future__ import annotations

from typing import Any

from caixue.drivers.card import DeviceCard, Register
from caixue.opening import driver_classes
from twin.faults.catalogue import catalogue


def cards() -> list[dict[str, Any]]:
    """One entry a kind of device, by kind. Bytes are hex, times seconds."""
    return [_card(driver.card) for _, driver in sorted(driver_classes().items())]


def _card(card: DeviceCard) -> dict[str, Any]:
    return {
        "kind": card.kind,
        "zh": card.zh,
        "en": card.en,
        "protocol": card.protocol,
        "baudrate": card.baudrate,
        "reply_timeout_s": card.reply_timeout_s,
        "poll_s": card.poll_s,
        "inputs": [_register(name, register) for name, register in card.inputs.items()],
        "holdings": [_register(name, register) for name, register in card.holdings.items()],
        "commands": {name: code.hex(" ") if isinstance(code, bytes) else code for name, code in card.commands.items()},
        "alarms": [
            {"code": code, "name": alarm.name, "zh": alarm.zh, "en": alarm.en, "blocks": alarm.blocks, "source": alarm.source}
            for code, alarm in card.alarms.items()
        ],
        "durations_s": dict(card.durations_s),
        "limits": dict(card.limits),
        "capabilities": list(card.capabilities),
        "faults": [kind for device, kind in catalogue() if device == card.kind],
        "source": card.source,
    }


def _register(name: str, register: Register) -> dict[str, Any]:
    return {"name": name, "address": register.address, "words": register.words, "unit": register.unit, "source": register.source}


def told(card: dict[str, Any]) -> str:
    """One card as people read it."""
    rows = [f"{card['kind']}  {card['zh']} / {card['en']}  {card['protocol']}, {card['baudrate']} baud, reply {card['reply_timeout_s']:g} s"]
    for table in ("inputs", "holdings"):
        rows += [f"  {table[:-1]} {row['address']}: {row['name']} ({row['unit']})" for row in card[table]]
    rows += [f"  command {name}: {code}" for name, code in card["commands"].items()]
    rows += [f"  alarm {row['code']}: {row['name']} {row['zh']}" + ("" if row["blocks"] else " (works on)") for row in card["alarms"]]
    rows += [f"  {table} " + ", ".join(f"{key} {value:g}" for key, value in card[table].items()) for table in ("durations_s", "limits") if card[table]]
    rows += ["  faults " + ", ".join(card["faults"])] if card["faults"] else []
    return "\n".join([*rows, f"  source {card['source']}"])
