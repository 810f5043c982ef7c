"""The guided round `caixue inspect round` (contract C1): everything is read, then item by item a person looks and answers.

Every answer is noted at once: whoever leaves, by Ctrl-C or q, finds the round where it was.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from caixue.commands.common import tell
from caixue.commands.inspect_view import counted, tell_readings
from caixue.errors import UsageError
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.commands.inspect_desk import InspectionDesk
    from caixue.ops.inspection_points import Point

Line = Callable[[str], str]  # a question → what was typed; raises EOFError at the end
KEYS = {"": "ok", "1": "ok", "2": "attention", "3": "bad"}
SKIP, LEAVE = "s", "q"


class _Left(Exception):
    """The person goes away; the round stays."""


def guide(duty: InspectionDesk, line: Line | None = None) -> None:
    """Walk through the round that is open, or begin the month's. Without a terminal the readings are made and the rest is listed."""
    current = duty.inspection.begin(by=duty.desk.person)
    print(tr(f"{current.number}：{len(current.open_points)} 项未查", f"{current.number}: {len(current.open_points)} items open"))
    tell_readings(duty.read(()))
    typed = line or (input if sys.stdin is not None and sys.stdin.isatty() else None)
    if typed is None:
        _say_what_is_left(duty)
        return
    try:
        _walk(duty, typed)
        _explain(duty, typed)
        _end(duty, typed)
    except (_Left, EOFError):
        print(tr("\n这一轮留着；再运行 caixue inspect round 接着做", "\nThe round is kept: caixue inspect round goes on"))
    except KeyboardInterrupt:
        print(tr("\n这一轮留着；再运行 caixue inspect round 接着做", "\nThe round is kept: caixue inspect round goes on"))
        raise


def _say_what_is_left(duty: InspectionDesk) -> None:
    for point in duty.inspection.to_look():
        print(f"caixue inspect check {point.name} ok|attention|bad --note …")
        tell(f"{point.item.text}{tr('：', ': ')}{point.item.look}", indent=4)


def _walk(duty: InspectionDesk, line: Line) -> None:
    """Ask about everything that is open; what does not fit is asked again."""
    waiting = duty.inspection.to_look()
    for place, point in enumerate(waiting, 1):
        print(" ".join(filter(None, (f"[{place}/{len(waiting)}]", point.item.text, point.about, f"({point.item.clause})"))))
        tell(point.item.look, indent=4)
        while not _asked(duty, point, line):
            pass


def _asked(duty: InspectionDesk, point: Point, line: Line) -> bool:
    typed = (
        line(tr("    回车/1 正常，2 需注意，3 异常，s 跳过，q 离开：", "    Enter/1 ok, 2 attention, 3 bad, s skip, q leave: "))
        .strip()
        .lower()
    )
    if typed == LEAVE:
        raise _Left
    answer = KEYS.get(typed, typed)
    if answer not in (*KEYS.values(), SKIP):
        print(tr(f"    {typed!r} 不在其中", f"    {typed!r} is none of these"))
        return False
    try:
        if answer == SKIP:
            duty.inspection.skip([point.name], reason=line(tr("    为什么跳过：", "    why: ")), by=duty.desk.person)
        else:
            note = "" if answer == "ok" else line(tr("    看到什么：", "    what was seen: "))
            duty.inspection.check(point.name, answer, note=note, by=duty.desk.person)
    except UsageError as error:
        print(f"    {error}")
        return False
    return True


def _explain(duty: InspectionDesk, line: Line) -> None:
    """Ask for a finding wherever something is critical and has none; nothing typed leaves it for later."""
    inspection, current = duty.inspection, duty.inspection.current
    for name in [] if current is None else inspection.unexplained(current):
        print(tr(f"严重：{name}", f"critical: {name}"))
        what = line(tr("    隐患是什么（回车以后再记）：", "    what is it (Enter: later): ")).strip()
        measure = line(tr("    怎么处理：", "    what is done: ")) if what else ""
        if what and measure.strip():
            found = inspection.find(what, by=duty.desk.person, measure=measure, item=name)
            print(tr(f"    {found.number}，{found.until} 前", f"    {found.number}, until {found.until}"))


def _end(duty: InspectionDesk, line: Line) -> None:
    if line(tr("完成这一轮？回车完成，q 离开：", "Finish the round? Enter finishes, q leaves: ")).strip().lower() == LEAVE:
        raise _Left
    try:
        done = duty.inspection.finish(by=duty.desk.person)
    except UsageError as error:
        print(error)
        return
    print(tr(f"{done.number} 已完成：", f"{done.number} is finished: ") + counted(done.counts))
