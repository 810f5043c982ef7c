"""The validation page: every comparison with its interval and z-score, Little's law, and the STRESS-DES checklist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from twin.validation.checklist import CHECKLIST
from twin.validation.comparing import PATIENTS_FOR_BOTH, SEED, Compared, Path
from twin.validation.estimates import LIMIT, NOTICED, RARE, beyond, together

INTRODUCTION = f"""\
# 验证：与精确解对照 / Validation against exact results

`python3 noxfile.py -s validate` 生成本页；数字只取决于种子 {SEED}，换一台机器也一样。
*Generated; every number follows from the seed, on any machine.*

每行：独立重复若干次，每次只用去掉开头（预热）之后的患者；区间是 Student t 的 95 %；z 已换成标准正态。|z| ≥ {LIMIT} 算失败：正确的程序一千行里约有一行。
“看得出”：引擎若有这么大的偏差（相对精确值），这一行每两次有一次失败；更小的偏差要靠所有行的 Σz 和 Σz²。
“两引擎”：同一模型 {PATIENTS_FOR_BOTH:,} 位患者，编译引擎与参考引擎逐位相等。
*A row: independent replications, the warm-up of each cut off; Student's 95 % interval; z as a standard normal number. |z| ≥ {LIMIT} fails, which a right
program does once in a thousand rows. "Noticed": with a bias of that size, in percent of the exact value, the row fails in one of two runs; what is
smaller shows in the sums over all rows, if at all. "Engines": the compiled and the reference engine gave the same course of {PATIENTS_FOR_BOTH:,}
patients, to the last bit.*
"""

HEADER = """\
| 模型 *model* | 精确 *exact* | 估计 *estimate* | 95 % | z | 看得出 *noticed* | 次数 *n* | 两引擎 *engines* | 结论 *verdict* |
|---|---|---|---|---|---|---|---|---|"""

LITTLE = """
## 利特尔定律 / Little's law

一条路上的人数对时间的积分 = 每人停留时间之和；整微秒，必须完全相等。人数是参考引擎运行中每个事件之前数出来的（队列、窗口、传送带），
停留时间由编译引擎的结果相加：两边各有来历，队列里忘了一个人、差一微秒都会显出来（`tests/twin/test_validation.py`）。
queue 和 windows 只算没被退回的人，room 是两处合计，所有人。
*Area under the heads on a path = sum of all stays, in whole microseconds: exactly equal. Heads are counted in the reference engine before each event,
in the queue, at the windows, on the belt; stays are sums over the compiled engine's course: a visit forgotten in the queue shows, and so does
a microsecond. "queue" and "windows" are of those who were never sent back, "room" is both, of everybody.*

| 一天 *day* | 路 *path* | 人次 *passed* | 最多同时 *most* | 积分 *area* µs | 停留 *stays* µs | |
|---|---|---|---|---|---|---|"""

CHECKED = """
## STRESS-DES 核对表 / STRESS-DES checklist

条目出自 *items from* Monks et al., Strengthening the reporting of empirical simulation studies: introducing the STRESS guidelines,
Journal of Simulation 13 (2019)；内容是本项目自己的。*The answers are this project's.*

| 条目 *item* | 内容 *answer* |
|---|---|"""


def page(compared: Sequence[Compared], little: Mapping[str, Sequence[Path]]) -> str:
    """The whole page."""
    parts = [INTRODUCTION, summary(compared), *tables(compared), LITTLE]
    parts += [path_row(day, path) for day, paths in little.items() for path in paths if path.passed]
    parts += [CHECKED, *(f"| {item} | {chinese} *{english}* |" for item, chinese, english in CHECKLIST)]
    return "\n".join(parts) + "\n"


def summary(compared: Sequence[Compared]) -> str:
    """How the z-scores lie together."""
    z = [one.estimate.z for one in compared]
    found, expected = beyond(z)
    all_rows = together(z)
    worst = max(compared, key=lambda one: abs(one.estimate.z))
    return "\n".join(
        (
            f"- {len(z)} 行 *rows*，通过 *passed* {sum(one.passed for one in compared)}",
            f"- |z| > {NOTICED}：{found} 行，应有约 *to be expected, about* {expected:.1f}",
            f"- Σz² = {all_rows.squares:.1f}，{len(z)} 个自由度 *degrees of freedom*，概率 *chance of as much or more* {all_rows.squares_chance:.2g}",
            f"- Σz = {all_rows.total:+.1f}，概率 *chance of as much or more* {all_rows.total_chance:.2g}",
            f"- 两个概率小于 {RARE} 即失败 *either below {RARE} fails*：{'通过 *pass*' if all_rows.passed else '**失败 *fail***'}",
            f"- 最大 *largest* |z| = {abs(worst.estimate.z):.2f}：{worst.row.name}",
        )
    )


def tables(compared: Sequence[Compared]) -> Iterator[str]:
    """One table a group of rows."""
    for group, rows in groupby(compared, key=lambda one: one.row.group):
        members = list(rows)
        sources = ", ".join(dict.fromkeys(one.row.source for one in members))
        yield f"\n## {group}\n\n{sources}\n\n{HEADER}"
        yield from map(row, members)


def row(one: Compared) -> str:
    """One line of a table."""
    found, unit = one.estimate, f" {one.row.unit}" if one.row.unit else ""
    alike = {None: "–", True: "=", False: "≠"}[one.alike]
    noticed = f"{found.least_bias / abs(one.row.exact):.1%}"
    return (
        f"| {one.row.name} | {one.row.exact:.6g}{unit} | {found.mean:.6g} | {found.low:.6g} … {found.high:.6g} "
        f"| {found.z:+.2f} | {noticed} | {found.replications} | {alike} | {'通过 *pass*' if one.passed else '**失败 *fail***'} |"
    )


def path_row(day: str, path: Path) -> str:
    """One line of Little's law."""
    same = "=" if path.area_us == path.stays_us else "≠"
    return f"| {day} | {path.name} | {path.passed:,} | {path.most} | {path.area_us:,} | {path.stays_us:,} | {same} |"
