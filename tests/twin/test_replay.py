"""The replay page: whole, offline, honest about what happened, and the same bytes every time."""

from __future__ import annotations

import base64
import heapq
import io
import json
import random
import re
import shutil
import subprocess
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

from caixue.errors import UsageError
from caixue.events import KINDS, Event
from caixue.fonts import coverage, missing, sans_path
from twin.replay import render_replay, words, write_replay
from twin.replay.patients import nearest_rank
from twin.replay.people import Job, People
from twin.replay.timeline import Fold

US = 1_000_000
WINDOWS = tuple(f"window-{number}" for number in range(1, 9))
TUBES = ("citrate-blue", "serum-yellow", "edta-purple")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


# --- a made-up day: enough like a run to draw, nothing like a model of one


class Day:
    """Writes events in any order and gives them sorted and numbered."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int, str, str, dict[str, Any]]] = []

    def note(self, at_s: float, kind: str, subject: str, **data: Any) -> None:
        self.rows.append((round(at_s * US), len(self.rows), kind, subject, {key.rstrip("_"): value for key, value in data.items()}))

    def events(self) -> list[Event]:
        return [Event(seq, at_us, kind, subject, "", None, data) for seq, (at_us, _, kind, subject, data) in enumerate(sorted(self.rows, key=lambda row: row[:2]))]


FAULTS = (  # name, target, kind, armed, fired, seen, restored, class, symptom
    ("fault-1", "window-3.label-printer", "print-head-dead-dots", 2700, 2711, 2764, 4120, "一般", "scan.no-read"),
    ("fault-2", "window-6.tube-dispenser", "lane-empty", 3600, 3652, 3655, 4480, "一般", "lane-empty"),
    ("fault-3", "window-5.tube-dispenser", "tube-jam", 4800, 4831, 4836, 6900, "较大", "tube-jam"),
    ("fault-4", "window-2.tube-dispenser", "bad-crc", 5400, 5407, 5407, 5995, "", ""),
)


def made_up_day(patients: int = 900, seed: int = 1, windows: tuple[str, ...] = WINDOWS, devices: bool = True) -> list[Event]:
    """Patients over five hours, first come first served, with four faults where there are devices."""
    day, dice = Day(), random.Random(seed)
    day.note(0, "record.started", "room", title="made up", seed=seed)
    blocked = _trouble(day) if devices else {}
    for window in windows:
        day.note(0, "window.opened", window)
        day.note(0, "window.staffed", window)
    free = [(dice.uniform(0, 60), window) for window in windows]
    heapq.heapify(free)
    arrivals = sorted(min(dice.triangular(-400, 18_000, 4500), 17_900) for _ in range(patients))
    bumped = dict.fromkeys(blocked, False)
    for number, arrived in enumerate(max(0.0, at) for at in arrivals):
        name, tubes = f"patient-{number:05d}", 1 + dice.choice((1, 2, 2, 3, 4))
        day.note(arrived, "patient.arrived", name, class_="adult", priority=int(dice.random() < 0.12), tubes=tubes)
        if dice.random() < 0.01:
            day.note(arrived + 500, "patient.left", name, reason="patience")
            continue
        at, window = heapq.heappop(free)
        called = max(at, arrived)
        start, end = blocked.get(window, (0, 0))
        if start <= called < end:
            heapq.heappush(free, (end, window))
            at, window = heapq.heappop(free)
            called = max(at, arrived, end if window in blocked and start <= at < end else 0)
        day.note(called, "patient.called", name, window=window)
        if called < start and called + 200 > start and not bumped.get(window, True):
            bumped[window] = True
            day.note(start, "patient.bumped", name, window=window, reason="window-blocked")
            heapq.heappush(free, (end, window))
            at, window = heapq.heappop(free)
            called = max(at, start + 5)
            day.note(called, "patient.called", name, window=window)
        ready = _prepare(day, called, window, name, tubes) if devices else called
        served = ready + dice.lognormvariate(4.55, 0.4)
        day.note(ready, "draw.started", name, window=window)
        day.note(served, "patient.served", name, window=window)
        heapq.heappush(free, (served + 8, window))
    for window in windows:
        day.note(21_600, "window.closed", window)
    return day.events()


def _prepare(day: Day, at: float, window: str, patient: str, tubes: int) -> float:
    for number in range(tubes):
        serial, tube, printer, scanner = f"S{patient[-5:]}{number}", TUBES[number % 3], f"{window}.label-printer", f"{window}.barcode-scanner"
        day.note(at, "label.created", serial, window=window, patient=patient, tube=tube)
        day.note(at + 0.1, "label.sent", serial, device=printer)
        day.note(at + 1.3, "tube.picked", f"{window}.tube-dispenser", lane=number, tube=tube, serial=serial)
        day.note(at + 1.9, "label.printed", serial, device=printer)
        day.note(at + 4.0, "label.applied", serial, device=f"{window}.collection-host")
        day.note(at + 6.0, "label.verified", serial, device=scanner, printer=printer)
        day.note(at + 7.0, "label.handed-over", serial, window=window, patient=patient)
        day.note(at + 90, "label.drawn", serial, patient=patient)
        day.note(at + 400, "label.received", serial)
        at += 8.96
    day.note(at, "receipt.printed", f"{window}.thermal-printer", patient=patient)
    return at


def _trouble(day: Day) -> dict[str, tuple[float, float]]:
    blocked = {}
    for number, (name, target, kind, armed, fired, seen, over, severity, symptom) in enumerate(FAULTS, 1):
        window = target.partition(".")[0]
        day.note(armed, "twin.fault-armed", name, target=target, kind_=kind)
        day.note(fired, "twin.fault-fired", name, target=target, kind_=kind)
        if not severity:
            for at in range(seen, over, 31):
                day.note(at, "link.garbled", target, detail="bad CRC")
                day.note(at + 0.2, "device.recovered", target)
            day.note(over, "twin.fault-ended", name, target=target, kind_=kind)
            continue
        incident = f"incident-{number}"
        blocked[window] = (seen, over)
        day.note(seen, "alarm.raised" if "-" in symptom and "." not in symptom else "scan.no-read", target, alarm=symptom)
        day.note(seen, "window.blocked", window, device=target, reason=symptom)
        day.note(seen, "incident.opened", incident, device=target, window=window, class_=severity, symptom=symptom, detected_us=seen * US)
        day.note(seen + 40, "incident.acknowledged", incident)
        day.note(seen + 40, "engineer.started", "engineer-1", task="repair", incident=incident)
        day.note(seen + 100, "incident.on-site", incident)
        day.note(seen + 300, "incident.diagnosed", incident, cause=kind)
        day.note(over - 1, "twin.fault-ended", name, target=target, kind_=kind)
        day.note(over - 1, "alarm.cleared", target, alarm=symptom)
        day.note(over, "window.restored", window)
        day.note(over, "incident.restored", incident, part="")
        day.note(over, "engineer.finished", "engineer-1", task="repair", incident=incident)
        day.note(over + 90, "incident.closed", incident)
    day.note(8400, "consumable.low", "window-1.label-printer", item="label-paper", level=80)
    day.note(8500, "engineer.started", "engineer-1", task="refill window-1.label-printer")
    day.note(8700, "consumable.refilled", "window-1.label-printer", item="label-paper", quantity=1)
    day.note(8700, "engineer.finished", "engineer-1", task="refill window-1.label-printer")
    day.note(9000, "alarm.raised", "conveyor-1", alarm="belt-stopped")
    day.note(9600, "alarm.cleared", "conveyor-1", alarm="belt-stopped")
    return blocked


def made_up_result(**changes: Any) -> dict[str, Any]:
    faults = [{"name": row[0], "armed_at": row[3], "fired_at": row[4], "seen_at": row[5], "recovered_at": row[6]} for row in FAULTS]
    expectations = [
        {"figure": "patient.wait.p90", "limit": "<= 20 min", "actual": 742.6, "n": 881, "clause": "G3", "verdict": "pass"},
        {"figure": "incident.repair.max", "limit": "<= 30 min", "actual": 2064.0, "n": 3, "clause": "R3", "verdict": "fail"},
        {"figure": "label.crossed", "limit": "== 0", "actual": 0, "n": 2600, "clause": "C2.1", "verdict": "pass"},
        {"figure": "incident.response.max", "limit": "<= 5 min", "actual": None, "n": 0, "clause": "R3", "verdict": "no-data"},
    ]
    return {
        "schema": 1,
        "title": "周一早高峰，3 号窗打印头故障",
        "scenario": "peak-monday",
        "start": "2026-11-23T07:00:00+08:00",
        "seed": 20261123,
        "fidelity": "wire",
        "engine": "wire",
        "verdict": "pass",
        "expectations": expectations,
        "faults": faults,
        "simulated_s": 21_900.0,
    } | changes
