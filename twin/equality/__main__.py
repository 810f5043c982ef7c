"""`python -m twin.equality [--days N] [--seed S] [--processes P]`: random days through both timing engines, compared to the last bit.

Exit 0: all equal; 1: some day differs; 130: broken off with Ctrl-C, with the count so far.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from caixue.errors import CaixueError
from caixue.lang import tr
from twin.equality.tally import Tally, Unequal, compare_day, compare_days, tasks
from twin.pools import open_pool

MOST_SHOWN = 10  # unequal days


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print."""
    options = _options(arguments)
    try:
        if options.day is not None:
            return _report(compare_day(options.seed, options.day), options.seed)
        tally, whole = _compare(options)
    except CaixueError as error:
        print(error, file=sys.stderr)
        return 2
    code = _report(tally, options.seed)
    return code if whole else 130


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m twin.equality", description=__doc__)
    parser.add_argument("--days", type=_natural, default=2_000, help=tr("比较多少天（默认 2000）", "how many days (default 2,000)"))
    parser.add_argument("--seed", type=_natural, default=1, help=tr("随机种子（默认 1）", "seed (default 1)"))
    parser.add_argument("--day", type=_natural, help=tr("只重算这一天", "repeat this day alone"))
    parser.add_argument("--processes", type=_natural, default=1, help=tr("进程数（默认 1；0：每核一个）", "processes (default 1; 0: one a core)"))
    parser.add_argument("--quiet", action="store_true", help=tr("不显示进度", "no progress bar"))
    return parser.parse_args(arguments)


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(tr(f"{text} 不是自然数", f"{text} is not a whole number from 0"))
    return int(text)


def _compare(options: argparse.Namespace) -> tuple[Tally, bool]:
    """What was counted, and whether these are all days."""
    tally = Tally()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with suppress(KeyboardInterrupt), open_pool(options.processes or None) as pool:
        with Progress(*columns, console=Console(stderr=True), disable=options.quiet or not sys.stderr.isatty()) as bar:
            shown = bar.add_task(tr("天", "days"), total=options.days)
            for part in pool.ordered(compare_days, tasks(options.seed, options.days)):
                tally += part
                bar.update(shown, completed=tally.days)
        return tally, True
    return tally, False


def _report(tally: Tally, seed: int) -> int:
    for name, value in _rows(tally):
        print(f"{name}: {value:,}")
    for unequal in tally.unequal[:MOST_SHOWN]:
        print(_told(unequal, seed))
    return 1 if tally.unequal else 0


def _rows(tally: Tally) -> list[tuple[str, int]]:
    return [
        (tr("天", "days"), tally.days),
        (tr("病人", "patients"), tally.patients),
        (tr("退回队列", "bumps"), tally.bumps),
        (tr("工程师作业", "jobs of engineers"), tally.jobs),
        (tr("缺料", "stock-outs"), tally.stock_outs),
        (tr("中断的天", "days broken off"), tally.unfinished),
        (tr("算不下去的天", "days that could not go on"), tally.refused),
        (tr("事件", "events"), tally.events),
        (tr("与前一事件同一时刻", "at the instant of the event before"), tally.coincident),
        (tr("不相等的天", "unequal days"), len(tally.unequal)),
    ]


def _told(unequal: Unequal, seed: int) -> str:
    found = unequal.difference
    where = tr(f"第 {unequal.day} 天：{found.field} 第 {found.row} 行", f"day {unequal.day}: {found.field}, row {found.row}")
    values = tr(f"reference {found.first or '无'}，compiled {found.second or '无'}", f"reference {found.first}, compiled {found.second}")
    return f"{where}: {values}\n  python -m twin.equality --seed {seed} --day {unequal.day}"


if __name__ == "__main__":
    sys.exit(main())
