"""The fit on the screen: 80 columns, characters of a GBK console, bars of plain signs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import east_asian_width

from caixue.lang import tr
from caixue.units import format_duration
from twin.fitting.bad_rows import WORDS, fate, fate_words
from twin.fitting.fit import Fit
from twin.fitting.profile import Group
from twin.fitting.queue_log import FileRead
from twin.fitting.scenario_files import GROUP_WORDS, draw
from twin.fitting.services import ServiceFit
from twin.fitting.tables import clock
from twin.fitting.text_rows import SEPARATORS
from twin.problems import plain

COLUMNS = 80
SHOWN_ROWS = 10  # bad rows
SHOWN_FILES = 8
BARS = 44
POISSON_FROM = 0.01  # below this chance arrivals are said to vary more than Poisson; docs/assumptions.md A-162


def told(fit: Fit, files: Sequence[Path]) -> Iterator[str]:
    """The lines of the report."""
    log = fit.log
    people = tr(
        f"{len(log.files)} 个文件，{log.rows:,} 行，{len(log.people.line):,} 人",
        f"{len(log.files)} files, {log.rows:,} rows, {len(log.people.line):,} people",
    )
    yield tr("排队记录：", "Queue logs: ") + people
    for one in log.files[:SHOWN_FILES]:
        yield from _file(one)
    if len(log.files) > SHOWN_FILES:
        yield tr(f"  还有 {len(log.files) - SHOWN_FILES} 个文件", f"  and {len(log.files) - SHOWN_FILES} more files")
    yield from _bad(fit)
    for note in fit.notes:
        yield from _wrapped(tr("注意 ", "Note: ") + plain(note))
    yield ""
    yield from _groups(fit)
    yield ""
    yield from _bars(max(fit.groups, key=lambda group: group.per_day), fit.wanted.slot_us)
    if fit.service is not None:
        yield ""
        yield from _services(fit, fit.service)
    if files:
        yield ""
        yield from (f"  {plain(str(path))}" for path in files)


def _file(one: FileRead) -> Iterator[str]:
    if one.repeats:
        return
    separator = tr(*SEPARATORS[one.separator]) if one.separator in SEPARATORS else ""
    dated = tr(f"日期 {one.day}", f"date {one.day}") if one.day else ""
    parts = [plain(one.name), one.encoding, separator, tr(f"{one.rows:,} 行", f"{one.rows:,} rows"), dated]
    yield "  " + " · ".join(filter(None, parts))
    places = tr("、", ", ").join(f"{name}={place}" for name, place in sorted(one.columns.items(), key=lambda item: item[1]))
    dropped = tr(f"；其余 {one.dropped_columns} 列未读入", f"; {one.dropped_columns} other columns not read") if one.dropped_columns else ""
    yield from _wrapped(tr(f"列：{places}{dropped}", f"columns: {places}{dropped}"), "    ")


def _bad(fit: Fit) -> Iterator[str]:
    """How many rows have something wrong, of each kind, and the first of them."""
    bad = fit.log.bad
    if not len(bad):
        yield tr("没有坏行", "No bad rows")
        return
    yield tr(
        f"有问题的行 {len(bad):,} 处，全部列在 bad-rows.csv：", f"{len(bad):,} rows with something wrong, all of them in bad-rows.csv:"
    )
    for kind, count in bad.counts().items():
        words = WORDS[kind]
        yield f"  {count:>8,}  {tr(words.zh, words.en)} → {fate_words(fate(kind))}"
    names = [one.name for one in fit.log.files]
    for _, (file, line, kind) in zip(range(SHOWN_ROWS), bad.sorted(), strict=False):
        words = WORDS[kind]
        yield from _wrapped(f"{plain(names[file])}:{line}: {tr(words.zh, words.en)}{tr('；', '; ')}{tr(words.do_zh, words.do_en)}", "  ")
    if len(bad) > SHOWN_ROWS:
        yield tr(f"  还有 {len(bad) - SHOWN_ROWS:,} 处", f"  and {len(bad) - SHOWN_ROWS:,} more")


def _groups(fit: Fit) -> Iterator[str]:
    widths = (17, -4, -9, -13, -10, -8)
    yield _row(
        [
            tr("日子", "days of"),
            tr("天数", "days"),
            tr("人/天", "a day"),
            tr("时段", "hours"),
            tr("方差比", "var/mean"),
            tr("日波动", "day sd"),
        ],
        widths,
    )
    for group in fit.groups:
        first, last = group.first * fit.wanted.slot_us, group.last * fit.wanted.slot_us
        spread = "-" if group.dispersion is None else f"{group.dispersion:.2f}"
        days = "-" if group.day_sd is None else f"{group.day_sd:.1%}"
        name = tr(*GROUP_WORDS[group.name])
        yield (
            _row([name, f"{len(group.days)}", f"{group.per_day:.1f}", f"{clock(first)}-{clock(last)}", spread, days], widths)
            + f"  {_poisson(group)}"
        )
    yield from _busy(fit)
    for group in fit.groups:
        for odd in group.odd:
            zh = f"异常日 {odd.day}：{odd.people} 人，通常 {odd.usual:.0f}（偏 {odd.score:+.1f} 个标准差）；核实后可 --without {odd.day}"
            en = f"odd day {odd.day}: {odd.people} people, usually {odd.usual:.0f} ({odd.score:+.1f} sd); perhaps --without {odd.day}"
            yield from _wrapped(plain(tr(zh, en)), "  ")


def _busy(fit: Fit) -> Iterator[str]:
    """That the scenarios leave out how days differ, and what makes a busy one of each."""
    busy = [
        f"{tr(*GROUP_WORDS[group.name])} {group.busy_scale:.2f}" for group in fit.groups if group.busy_scale is not None and group.day_sd
    ]
    if busy:
        zh = "场景不含日波动，每天一样忙；忙的一天（十天里一天更忙）用 --set load.scale="
        en = "The scenarios leave out the day sd, all days are equally busy; for a busy one (one in ten is busier) --set load.scale="
        yield from _wrapped(tr(zh, en), "  ")
        for first in range(0, len(busy), 3):
            yield "    " + tr("，", ", ").join(busy[first : first + 3])


def _poisson(group: Group) -> str:
    """Whether the numbers vary as Poisson's do, within the slots and from day to day."""
    if group.p is None:
        return tr("只有一天", "one day only") if len(group.days) == 1 else ""
    p = min(1.0, 2 * min(group.p, 1.0 if group.day_p is None else group.day_p))  # the surer of two tests
    if p >= POISSON_FROM:
        return tr("泊松", "Poisson")
    shown = "p<0.001" if p < 0.001 else f"p={p:.3f}"
    return tr(f"比泊松分散 {shown}", f"over Poisson {shown}")


def _bars(group: Group, slot_us: int) -> Iterator[str]:
    """The busiest group: # up to the low end of the interval, + up to its high end."""
    slots = group.slots[group.first : group.last]
    top = max(max(slot.per_h for slot in slots) * 1.25, 1e-9)
    name, length = tr(*GROUP_WORDS[group.name]), format_duration(slot_us)
    zh = f"{name}，每 {length}，人/小时（# 到区间下端，+ 到上端，95 %）"
    yield from _wrapped(tr(zh, f"{name}, each {length}, people per hour (# to the low end of 95 %, + to the high end)"))
    for slot in slots:
        low, high = (min(BARS, round(value / top * BARS)) for value in (slot.low_per_h, slot.high_per_h))
        span = f"{slot.per_h:7.1f} [{slot.low_per_h:.1f}, {slot.high_per_h:.1f}]"
        yield f"  {clock(slot.start_us)} {span:<24}{'#' * low}{'+' * (high - low)}".rstrip()


def _services(fit: Fit, service: ServiceFit) -> Iterator[str]:
    numbers = f"{service.mean_s:.1f} ± {service.sd_s:.1f} s"
    zh = f"服务时间 {service.n:,} 次，{numbers}，中位 {service.median_s:.0f} s，P90 {service.p90_s:.0f} s，未记录 {service.unrecorded:,}"
    en = f"{service.n:,} services, {numbers}, median {service.median_s:.0f} s, P90 {service.p90_s:.0f} s, {service.unrecorded:,} unrecorded"
    yield from _wrapped(tr(zh, en))
    widths = (16, -23, -9, -8, -9, -13)
    yield _row([tr("分布", "law"), tr("均值 [95 %]", "mean [95 %]"), "sd", "KS", "A-D", "AIC"], widths)
    for law in service.laws:
        mean = f"{law.mean_s:.1f} [{law.mean_low_s:.1f}, {law.mean_high_s:.1f}]"
        fits = [_or_dash(law.ks, ".3f"), _or_dash(law.ad, ".1f"), _or_dash(law.aic, ".1f")]
        mark = "* " if law.name == service.chosen else "  "
        yield _row([mark + law.name, mean, f"{law.sd_s:.1f}", *fits], widths)
    yield from _wrapped(tr(f"* 采用 {service.chosen}：{service.why}", f"* {service.chosen}: {service.why}"))
    drawn = draw(fit)
    if drawn is not None and drawn.approach_s:
        zh = f"场景里的采血时间已减去现场的 approach {drawn.approach_s:g} s：{drawn.law} {drawn.mean_s:.1f} ± {drawn.sd_s:.1f} s"
        en = f"the draw in the scenarios is less the site's approach of {drawn.approach_s:g} s: {drawn.law} {drawn.mean_s:.1f} ± {drawn.sd_s:.1f} s"
        yield from _wrapped(tr(zh, en))


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Cells in columns of so many places, a negative one to the right."""
    padded = []
    for cell, width in zip(cells, widths, strict=True):
        blank = " " * max(0, abs(width) - wide(cell))
        padded.append(blank + cell if width < 0 else cell + blank)
    return "".join(padded).rstrip()


def wide(text: str) -> int:
    """How many columns of a Chinese console the text takes."""
    return sum(2 if east_asian_width(char) in "WFA" else 1 for char in text)


def _wrapped(text: str, indent: str = "") -> Iterator[str]:
    """The text in lines of at most 80 columns; a Chinese line may break anywhere, an English word may not."""
    line = indent
    for piece in _pieces(text):
        if wide(line + piece.rstrip()) > COLUMNS and line.strip():
            yield line.rstrip()
            line = indent + "  "
            piece = piece.lstrip()
        line += piece
    yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """What must stay together: words with the space after them, single Chinese characters with the punctuation after them."""
    piece = ""
    for char in text:
        closing = char in "，。；：、）”!?,.;:"
        new = not closing and bool(piece) and (piece[-1] == " " or wide(char) == 2 or wide(piece[-1]) == 2)
        if new and char != " ":
            yield piece
            piece = ""
        piece += char
    yield piece
