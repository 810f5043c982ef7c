"""Writes the reference pages in docs/ from the code's own tables; `--check` only says which pages are stale."""

from __future__ import annotations

import argparse
import ast
import inspect
import re
import sys
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from importlib import resources
from itertools import groupby
from pathlib import Path

from caixue import errors
from caixue.cli import CRASH, INTERRUPTED, UNREACHABLE, USAGE
from caixue.drivers import jobs
from caixue.drivers.base import Driver
from caixue.drivers.card import DeviceCard, Register
from caixue.drivers.jobs import JobDriver
from caixue.events import GOOD_KINDS, KINDS, TROUBLE_KINDS
from caixue.metrics import FIGURES
from caixue.opening import driver_classes
from caixue.ops.calibration import CALIBRATIONS
from caixue.ops.incidents import SYMPTOMS, Symptom, severity
from caixue.ops.planning import rows_in_order
from caixue.ops.preventive_tasks import TASKS, TaskRow
from caixue.ops.spare_chain import STORAGE_MEDIA
from caixue.ops.starting import START_UP
from caixue.ops.steps import Procedure
from caixue.ops.stopping import SHUT_DOWN
from caixue.ops.wear import LIVES, life_of
from caixue.sla import clause, clause_ids
from caixue.units import format_duration
from caixue.verdict import conclude, exit_code
from twin.expectations import OPERATORS, PROJECT
from twin.faults.catalogue import Fault, catalogue
from twin.faults.felt import EFFECTS, Effect
from twin.faults.untold import BY_FEEL, BY_ITSELF, DEVICES, NOT_SIMULATED, RANDOM
from twin.replay.tables import KINDS as KINDS_ZH
from twin.scenario import builtin_scenarios, load_scenario

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
NOTE = "<!-- 由 docs/generate.py 写成，不要手改 / written by docs/generate.py, do not edit -->"
NONE = "–"

UNITS = {
    "s": "秒；限值写成 `15 min` / seconds; limits are written like `15 min`",
    "count": "个数 / a count",
    "share": "0 到 1 的比例 / a share from 0 to 1",
    "per_h": "每小时 / per hour",
    "per_1000": "每千 / per thousand",
    "yuan": "元 / yuan",
    "list": "一列数，判定取最差的一个 / a list; its worst element is judged",
}
DIRECTIONS = {"low": "低 / low", "high": "高 / high", "neutral": NONE}
PER = {"h": "h", "day": "天 / days", "tube": "管 / tubes", "label": "标签 / labels", "cut": "次切纸 / cuts", "km": "km"}
TARGETS = {  # fault families without a card
    "link": "通信线路 / link",
    "window": "整个窗口 / whole window",
    "mains": "市电 / mains",
    "store": "库房 / store",
    "engineer": "工程师 / engineer",
    "driver-service": "窗口的驱动服务 / the driver service of a window",
}
SUBJECTS = {
    "site": "现场",
    "patient": "患者（化名）",
    "window": "窗口",
    "label": "标签序号",
    "device": "设备",
    "item": "物品",
    "spare": "备件编号",
    "task": "任务号",
    "order": "订单号",
    "delivery": "供货清单号",
    "entry": "账本记录号",
    "file": "文件",
    "revision": "修订号",
    "ledger": "账本",
    "probe": "探测",
    "circuit": "线路号",
    "instruction": "指示号",
    "incident": "故障单号",
    "call": "来电号",
    "run": "开机、关机的一次",
    "supply": "供电",
    "measured": "设备、窗口或 specimens",
    "engineer": "工程师",
    "fault": "故障",
    "invariant": "不变量",
    "period": "月份或年份",
    "sheet": "登记的编号",
    "medium": "备份介质",
    "backup": "备份",
    "software": "软件",
    "cache": "缓存",
    "round": "一轮巡检",
    "finding": "隐患编号",
}
ERRORS_ZH = {
    "CaixueError": "本库有意抛出的一切错误之根。",
    "UsageError": "用法或输入有误，什么也没有发出；改正后再调用。",
    "NotArmed": "会在真实端口上动作或打印，而没有人授权；什么也没有发出；授权后再调用。",
    "LinkError": "线路出错，不是机器出错；重读是安全的。",
    "ReplyTimeout": "在卡片规定的时间内没有完整的应答。",
    "GarbledReply": "收到了字节，但不是对这次请求的有效应答。",
    "LinkLost": "端口关闭或消失；下一次调用会重新打开。",
    "UncertainOutcome": "命令已写出而应答丢失；先读作业寄存器，再决定。",
    "DeviceError": "机器拒绝或报警；可能需要人处理。",
    "LedgerError": "账本够不着，或拒绝写入；要记的没有记下。排除原因后再调用。",
    "LedgerUncertain": "不知道记下没有：提交时断了。先看账本，再用同一个操作号重做。",
    "BackupError": "备份介质不在、已满、只读或不是那一个，或上面的东西不完整；什么也不算数。排除原因后再调用。",
    "BackupDamaged": "备份与做成时不同；不用它恢复任何东西，换一份。",
    "LedgerDamaged": "账本不完整：被人或被故障改过。不再写入；用核对过的备份恢复。",
}


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; nothing at all without rows."""
    lines = ["| " + " | ".join(_cell(each) for each in row) + " |" for row in rows]
    return "\n".join(["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *lines, ""]) if lines else ""


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ") or NONE


def page(title: str, *parts: str) -> str:
    """A whole page; empty parts are left out."""
    return "\n".join([NOTE, f"# {title}", "", *("\n".join([part.rstrip("\n"), ""]) for part in parts if part)])


def code(*words: object) -> str:
    return ", ".join(f"`{word}`" for word in words)


def number(value: float) -> str:
    return f"{value:,.12g}"


def seconds(value: float) -> str:
    return format_duration(round(value * 1_000_000))


# Devices: the drivers' cards.


def devices() -> str:
    drivers = driver_classes()
    intro = (
        "每种设备一张卡片，驱动与模型共用。名称后是驱动类；报警的“阻塞”指报警未解除前设备不能工作。\n"
        "没有写出处的行，出处与卡片相同；`A-NN` 见[假设](assumptions.md)，故障见[故障目录](faults.md)，字节怎么走见[结构](architecture.md)。\n"
        "*One card a kind, shared by driver and model. A blocking alarm stops the device until it is cleared.\n"
        "Rows without a source have the card's.*"
    )
    cards = (driver.card for driver in drivers.values())
    rows = ([f"[{card.zh} / {card.en}](#{card.kind})", code(card.kind), card.protocol] for card in cards)
    index = table(["设备 device", "kind", "协议 protocol"], rows)
    return page("设备与协议 / Devices and protocols", intro, index, *(_device(driver) for driver in drivers.values()), _job_profile())


def _device(driver: type[Driver]) -> str:
    card, modbus = driver.card, issubclass(driver, JobDriver)
    module = driver.__module__.replace(".", "/") + ".py"
    facts = [
        ("驱动 driver", f"[{code(f'{driver.__module__}.{driver.__name__}')}](../{module})"),
        ("协议 protocol", f"{card.protocol}{f'，[{jobs.PROFILE}](#job-profile)' if modbus else ''}"),
        ("波特率 baud rate", card.baudrate),
        ("应答时限 reply time", seconds(card.reply_timeout_s)),
        ("监控间隔 polled every", seconds(card.poll_s)),
        ("能力 capabilities", code(*card.capabilities)),
        ("出处 source", card.source),
    ]
    parts = [
        f'<a id="{card.kind}"></a>\n\n## {card.zh} / {card.en}\n\n{inspect.getdoc(driver)}\n',
        table(["", ""], facts),
        table(["操作 operation", "作用 what it does", "要[授权](arming.md) armed alone"], _operations(driver)),
        _registers("输入寄存器（功能 4） input registers (function 4)", card, card.inputs),
        _registers("保持寄存器（功能 3、16） holding registers (functions 3, 16)", card, card.holdings),
        table(["命令 command", "码 code"], ([code(name), _command(value)] for name, value in card.commands.items())),
        table(["报警码 alarm", "名称 name", "说明 what", "阻塞 blocks", "出处 source"], _alarms(card, modbus)),
        table(["时间 time", "值 value"], ([code(name), seconds(value)] for name, value in card.durations_s.items())),
        table(["限值 limit", "值 value"], ([code(name), number(value)] for name, value in card.limits.items())),
        table(["使用计数 counter of use", "单位 unit", "处所 place", "出处 source"], _counters(card)),
    ]
    return "\n".join(filter(None, parts))


def _operations(driver: type[Driver]) -> Iterator[tuple[str, str, str]]:
    for name, method in inspect.getmembers(driver, inspect.isfunction):
        if not name.startswith("_"):
            words = list(inspect.signature(method).parameters)[1:]
            purpose = (inspect.getdoc(method) or "").partition("\n\n")[0]
            yield code(f"{name}({', '.join(words)})"), purpose, "是 yes" if name in driver.moves else NONE


def _registers(title: str, card: DeviceCard, registers: Mapping[str, Register]) -> str:
    rows = ([row.address, code(name), row.unit, _source(row.source, card)] for name, row in registers.items())
    return table([title, "名称 name", "含义 meaning", "出处 source"], rows)


def _counters(card: DeviceCard) -> Iterator[tuple[object, ...]]:
    for name, counter in card.counters.items():
        yield code(name), counter.unit, counter.place or NONE, _source(counter.source, card)


def _source(own: str, card: DeviceCard) -> str:
    return "" if own in card.source else own


def _command(value: int | bytes) -> str:
    return str(value) if isinstance(value, int) else code(value.hex(" ").upper())


def _alarms(card: DeviceCard, modbus: bool) -> Iterator[tuple[object, ...]]:
    for value, alarm in card.alarms.items():
        shown = value if modbus else f"0x{value:02X}"
        yield shown, code(alarm.name), f"{alarm.zh} / {alarm.en}", "是 yes" if alarm.blocks else NONE, _source(alarm.source, card)


def _job_profile() -> str:
    doc = (inspect.getdoc(jobs) or "").partition("\n\n")
    return (
        '<a id="job-profile"></a>\n\n## caixue-job/1\n\n'
        f"一次写入三个保持寄存器（命令、参数、作业号）就是一个作业，作业号 1–{jobs.LAST_JOB} 循环。设备在输入寄存器里显示最近接受的、最近完成的作业号和结果；\n"
        f"写入未确认时先读回，只有明确没有接受才再发，最多 {jobs.RESENDS} 次。\n\n*{doc[0]} {doc[2]}*\n"
    )


# Faults.


def faults() -> str:
    intro = (
        "每行一种可以注入的故障，写法见[场景文件](scenario.md)；`caixue faults` 列出同一张表。修复是均值 ± 标准差，按对数正态抽取；\n"
        "等级是通常的等级，故障单自己的等级由当时的情况算出（[合同](reference/contract.md)）。\n"
        "*One row a fault that a scenario can inject. Repairs are mean ± sd, drawn lognormally; the class is the usual one.*\n\n"
        "平均间隔用于 `[random_faults]`（[场景文件](scenario.md)）。“护士”指护士不叫工程师也能处理；孪生里的护士只动手清卡住的试管和标签。\n"
        "*Mean times between faults are the rates of `[random_faults]`. The twin's nurse tries jams only.*"
    )
    groups = groupby(catalogue().values(), key=lambda row: row.device)
    return page("故障目录 / Fault catalogue", intro, *(_faults_of(device, list(rows)) for device, rows in groups))


def _faults_of(device: str, rows: Sequence[Fault]) -> str:
    card = driver_classes()[device].card if device in driver_classes() else None
    title = f"{card.zh} / {card.en}" if card else TARGETS[device]
    heads = ["kind", "说明 what", "等级 class", "修复 repair", "平均间隔 mean between", "备件 part", "参数 keys (= 默认 default)", "出处 source"]
    return f'<a id="{device}"></a>\n\n## {title}\n\n{table(heads, map(_fault, rows))}'


def _fault(row: Fault) -> tuple[str, ...]:
    repair = f"{seconds(row.repair_mean_s)} ± {seconds(row.repair_sd_s)}" + ("（护士 nurse）" if row.nurse_clears else "")
    between = NONE if row.mean_between is None else f"{number(row.mean_between)} {PER[row.per]}"
    keys = code(*(f"{key} = {_toml(value)}" for key, value in row.detail.items())) if row.detail else ""
    return code(row.kind), f"{row.zh} / {row.en}", row.severity, repair, between, row.part, keys, row.source


def timing_faults() -> str:
    intro = (
        "定时保真度怎样对待每种故障；停窗、变慢、叫人的时间是量出来的（[标定](../calibration.md)）。\n"
        "*What the timing engines make of each kind of fault; the times are measured (calibration).*\n\n"
        "表里没有的种类（第三方设备）：装在窗口的停窗，公用的只占工程师。\n"
        "*Kinds without a row, of third parties: at a window they stop it; elsewhere they only take the engineer's time.*"
    )
    rows = (_felt(device, list(group)) for device, group in groupby(EFFECTS, key=lambda row: row.device))
    body = table(["对象 of", "kind", "作用 effect", "缘由 why"], (row for group in rows for row in group))
    return page("定时保真度里的故障 / Faults in timing", intro, body)


def _felt(device: str, rows: Sequence[Effect]) -> Iterator[tuple[str, ...]]:
    for (feel, zh, en), group in groupby(rows, key=lambda row: (row.feel, row.zh, row.en)):
        yield device, code(*(row.kind for row in group)), " / ".join(feel.value), f"{zh} / {en}"


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


# Figures.


def figures() -> str:
    intro = (
        "每个指标只由当天记录（day record）算出；百分位数取最近秩。没有样本的指标是 `null`，对它的限值判为 `no-data`，整个运行不通过。\n"
        '例外：定时保真度[不模拟的指标](#定时保真度--timing-fidelity)也是 `null`，对它的限值标 `"simulated": false`，不计入结论；全都不模拟才不通过。\n'
        "*Figures are computed from the day record alone; percentiles are nearest-rank.\n"
        "Without samples a figure is null, and a limit on it is no-data, which fails. The exception is a figure that timing does not simulate:\n"
        'it is null too, but a limit on it is marked `"simulated": false` and not judged; only a run with nothing else to judge fails.*'
    )
    heads = ["figure", "指标 name", "单位 unit", "越…越好 good", "定义 definition", "`where` 可用 fields"]
    rows = (
        [code(f.name), f"{f.zh} / {f.en}", code(f.unit), DIRECTIONS[f.direction], f.definition, code(*f.fields) if f.fields else ""]
        for f in FIGURES.values()
    )
    used = {f.unit for f in FIGURES.values()}
    units = table(["单位 unit", "含义 meaning"], ([code(unit), meaning] for unit, meaning in UNITS.items() if unit in used))
    limits = (
        f"## 限值 / Limits\n\n比较符 operators：{code(*OPERATORS)}。`where` 用 `==`、`!=` 比较，可用 `and` 连接，\n"
        "例如 `class == 一般 and window != window-3`；`class` 对患者是人群，对故障单是等级。\n"
        "多次重复时，实际值是各次的均值，`low`、`high` 是均值的 95 % 区间（Student t）。\n"
        "*`class` is the patient class of patients, the severity of incidents.\n"
        "Over replications, actual is the mean, low and high its 95 % interval.*\n"
    )
    return page("指标与结论 / Figures and verdicts", intro, table(heads, rows), "## 单位 / Units\n\n" + units, limits, _not_simulated())


def _not_simulated() -> str:
    names = code(*(name for name in FIGURES if name in NOT_SIMULATED))
    return (
        "## 定时保真度 / Timing fidelity\n\n"
        f"`timing` 不模拟标签、电话和维修记录。这些指标在那里是 `null`，对它们的限值不计入结论：{names}。\n"
        "*Timing simulates no labels, calls or repair records: these figures are null there, and limits on them are not judged\n"
        "([decision 20](decisions/0020-what-timing-does-not-simulate.md)).*\n\n"
        "有些指标只在某些场景里不知道，同样处理；对比见[标定](calibration.md)。\n"
        "*Others are unknown in some scenarios only, and treated alike; calibration.md has what was measured.*\n\n"
        f"{table(['何时 when', '指标 figures', '缘由 why'], _untold())}"
    )


def _untold() -> Iterator[list[object]]:
    """When timing does not know which figures."""
    rows = [
        ("有设备的现场 / a site with devices", DEVICES),
        ("`[random_faults]`", RANDOM),
        *((f"`[[fault]]`：{' / '.join(feel.value)}", reason) for feel, reason in BY_FEEL.items()),
        ("`[[fault]]`：传送带停，`for` / the belt stands, with `for`", BY_ITSELF),
    ]
    for when, reason in rows:
        fields = f"；`where` {code(*sorted(reason.fields))} of incidents" if reason.fields else ""
        yield [when, code(*(name for name in FIGURES if name in reason.figures)) + fields, f"{reason.zh} / {reason.en}"]


# The contract.


def contract() -> str:
    intro = "合同条款用自己的短句写成；★ 为不允许偏离的条款。 *The clauses in our own short words; ★ allows no deviation.*"
    heads = ["条款 clause", "内容 content", "自带场景里的限值 limits in the shipped scenarios"]
    judged, clauses = _judged(), [clause(name) for name in clause_ids()]
    rows = ([f"{row.id} ★" if row.star else row.id, f"{row.zh} / {row.en}", judged.get(row.id, "")] for row in clauses)
    other = f"场景里 `clause = \"{PROJECT}\"`（默认）表示限值由项目自定。 *`clause = \"{PROJECT}\"`, the default, marks a limit of the project's own.*"
    return page("合同 / The contract", intro, table(heads, rows), other, _kept(), _deadlines(), _symptoms())


def _kept() -> str:
    """Clause → the modules that say they keep it, the commands that do, and the file that tests it."""
    duties, modules = _saying(*_ROOMS), _saying("caixue/commands", "twin/commands", "twin/cli.py")
    commands = {name: list(dict.fromkeys(map(_typed, paths))) for name, paths in modules.items()}
    tests = {path.stem.removeprefix("test_"): path.name for path in (ROOT / "tests" / "contract").glob("test_*.py")}
    heads = ["条款 clause", "模块 modules", "命令 commands", "测试 test"]
    intro = "## 在哪里做到 / Where each clause is kept\n\n每个模块在首句里写明它所做的条款。 *Each module names the clauses it keeps in its first lines.*\n\n"
    rows = (
        [name, code(*duties.get(name, ())), code(*commands.get(name, ())), code(f"tests/contract/{tests[stem]}") if stem in tests else ""]
        for name in clause_ids()
        for stem in [name.lower().replace(".", "_")]
    )
    return intro + table(heads, rows)


def _typed(path: str) -> str:
    """The command that a module holds: "incident_view" is part of `caixue incident`; the twin's have names of several words."""
    stem = Path(path).stem
    word = stem.replace("_", "-") if path.startswith("twin/") else stem.partition("_")[0]
    own_names = {"cli": "run", "store": "stock"}
    return f"caixue {own_names.get(stem, word)}"


def _saying(*folders: str) -> Mapping[str, list[str]]:
    """Clause → the modules in these folders (or files) whose docstring names it; in the folders of ops too."""
    found: dict[str, list[str]] = {}
    deep = {"caixue/ops": "**/*.py"}
    for path in sorted(path for name in folders for path in ([ROOT / name] if name.endswith(".py") else (ROOT / name).glob(deep.get(name, "*.py")))):
        said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for name in dict.fromkeys(re.findall(r"\b(?:C|R|G|S)\d(?:\.\d+)*\b", said)):
            found.setdefault(name, []).append(path.relative_to(ROOT).as_posix())
    return found


_ROOMS = ("caixue", "caixue/ops", "caixue/probes", "caixue/ledger", "caixue/doctor", "caixue/months", "twin/planning", "twin/stocking")


def _judged() -> Mapping[str, str]:
    """Clause → the figures that the shipped scenarios hold against it."""
    found: dict[str, dict[str, None]] = {}
    for name, _ in builtin_scenarios():
        for row in load_scenario(name).expectations:
            found.setdefault(row.clause, {})[f"{name}: {code(row.figure)}"] = None
    return {name: "；".join(rows) for name, rows in found.items()}


def _deadlines() -> str:
    content = tomllib.loads(resources.files("caixue").joinpath("contract.toml").read_text(encoding="utf-8"))
    shown = ([row["class"], _limit(row), row["clause"]] for row in content["deadline"])
    owed = ([code(row["presence"]), f"{row['zh']} / {row['en']}", code(*row["clocks"]), row["clause"]] for row in content["attendance"])
    why = (
        "怎样处理故障见[故障](../incidents.md)；暂停与特殊时段见[决定 0014](../decisions/0014-pauses-and-special-periods.md)。\n"
        "*How incidents are handled: [incidents](../incidents.md); pauses and special periods: decision 0014.*\n\n"
    )
    return (
        "## 时限 / Deadlines\n\n"
        + table(["等级 class", "时限 limit", "条款 clause"], shown)
        + f"\n{why}"
        + table(["来电时 when a call comes", "应做到 what is owed", "启动的时限 clocks", "条款 clause"], owed)
    )


def _limit(row: Mapping[str, object]) -> str:
    if "within" in row:
        return f"{row['within']}"
    if "working_days" in row:
        return f"{row['working_days']} 个工作日（按现场的解释） / working days, as the site reads them"
    return f"现场文件 `[readings] {row['reading']}` / the site's reading"


def _symptoms() -> str:
    heads = ["症状 symptom", "说明 what", "通常修复 usual repair", "窗口仍可用 window usable", "窗口停用 window lost", "共用设备 shared device"]
    intro = (
        "故障单的等级在开立时由症状和停用的窗口数算出；两个及以上窗口停用为重大，共用设备（传送带等）使任何窗口停用也是重大。\n"
        "理由见[决定 0004](../decisions/0004-class-of-an-incident.md)与[0008](../decisions/0008-the-belt.md)。\n"
        "*The class follows from the symptom and the windows lost when the incident opens. Two windows or more make it 重大;\n"
        "so does any window that a shared device stops.*\n\n"
    )
    return "## 故障等级 / Classes of incidents\n\n" + intro + table([*heads, "出处 source"], map(_symptom, SYMPTOMS.values()))


def _symptom(row: Symptom) -> tuple[str, ...]:
    classes = severity(row.name, 0), severity(row.name, 1), severity(row.name, 0, shared=True)
    return code(row.name), row.zh, seconds(row.expected_repair_s), *classes, row.source


# Start-up and shut-down.


def start_and_stop() -> str:
    intro = (
        "`caixue startup run` 开机，`caixue shutdown run` 按顺序关机。次序由下表算出：每一步都在它所需的各步之后，其余按表的先后；表里没有的设备跳过。\n"
        "“先完成”没做成，这一步就不做；“先试过”只管先后：一个窗口坏了，不耽误别的窗口。同一行指本设备、本窗口的那一步，公用设备则指所有窗口的。\n"
        "*The order is computed: each step comes after what it needs, otherwise as the table has it. A step whose needs were not met is left out;\n"
        "“after” is order alone, so that a dead window holds up no other. A row means the step of the same device or window; for what is shared, of all.*"
    )
    resume = (
        "## 断点与人工步骤 / Checkpoints and steps by hand\n\n"
        "做完的每一步都记在账本里。中途失败、Ctrl-C、进程没了，`--resume` 从没做完的地方接着做：先看做完的是否仍然有效（设备重启过、报警了、被拉走了），\n"
        "失效的和依赖它的重做，其余不重复。人工步骤要有名字才算做完：终端里输入，或 `--confirm 步骤 --by 姓名`；机器没做成而人已处理好的步骤也可以这样确认。\n"
        "`--dry-run` 一个字节也不发。真实端口要先[授权](../arming.md)。试打标签的序号以 000000 开头，不会是患者的。\n"
        "不间断电源的输出在关机完成 5 分钟后断开；市电若没有切断，它会自行恢复输出，所以最后一步是人工断开总电源。\n"
        "*Every step that is done is in the ledger. `--resume` looks whether what was done still holds, repeats what does not and what rests on it, and\n"
        "goes on. A step by hand needs a name; so does vouching for one that a machine failed. The serials of test labels begin with 000000.\n"
        "While the mains stay, a UPS switches its output on again by itself: cutting them by hand is the last step.*\n"
    )
    both = (f"## {each.zh} / {each.en}\n\n{_steps(each)}" for each in (START_UP, SHUT_DOWN))
    return page("开机与关机 / Start-up and shut-down", intro, *both, resume)


def _steps(procedure: Procedure) -> str:
    heads = ["步骤 step", "做什么 what", "设备 devices", "先完成 needs", "先试过 after"]
    rows = (
        [code(row.name), f"{row.zh} / {row.en}", code(*row.kinds) if row.kinds else "**人工 by hand**", code(*row.needs), code(*row.after)]
        for row in rows_in_order(procedure)
    )
    return table(heads, rows)


# Maintenance and spare parts.


def maintenance() -> str:
    intro = (
        "保养到期看两样：日历，和设备自己的计数，先到的算。计数由驱动从设备读出；退回去的（换过设备、清过零）会说明，磨损从不变小。\n"
        "需要窗口空闲的任务 15:00 以后做。没有做过的从账本开始那天算。校准合格与否由表定；超差的设备一直标着，直到有一次合格。\n"
        "为什么这样：[决定 0017](../decisions/0017-wear-and-spares.md)。\n"
        "*A task is due by calendar or by the device's own counter, whichever comes first. A counter that goes back is told, and wear never falls.\n"
        "What needs an idle window waits until 15:00. The table says whether a calibration passed; a device that failed stays flagged.*"
    )
    commands = (
        "```\n"
        "caixue maintain due --site my-site.toml --days 7\n"
        "caixue maintain wear --site my-site.toml --read --by engineer-1\n"
        'caixue maintain done window-1.label-printer clean-print-head --took "3 min" --by engineer-1\n'
        "caixue maintain calibrate conveyor-1 belt-speed --before 180 --after 200 --by engineer-1\n"
        "caixue maintain replace window-3.label-printer print-head --serial NH-17 --old-serial OH-03 --by engineer-1\n"
        "caixue spares risk --wanted 0.95\n"
        "caixue spares issue motor window-4.collection-host --incident incident-0007 --by engineer-1\n"
        "caixue spares return spare-0001 --to maker --condition worn --by engineer-1\n"
        "caixue spares sign spare-0001 --by nurse-1\n"
        "```\n"
    )
    chain = (
        "## 一件备件的路 / The way of a spare\n\n"
        "领用 → 装上（写序列号） → 旧件交还 → 用户签字；没用上的退库。签字的是护士或科室负责人，不能是工程师自己。存数据的旧件留在医院：\n"
        f"{'、'.join(f'{zh} {code(item)}' for item, zh in STORAGE_MEDIA.items())}。库里没有时记为缺货，故障单据此报厂家。\n"
        "*Issued, fitted, the old part returned, signed by a nurse or the head of department; or back on the shelf. Old parts that hold data stay\n"
        "in the hospital. A shortage is noted, and the incident's escalation to the maker follows it.*\n"
    )
    plan = table(["任务 task", "做什么 what", "设备 devices", "间隔 interval", "用时 takes", "备件 part"], map(_task, TASKS))
    checks = (
        [code(row.quantity), code(row.kind), f"{row.zh} / {row.en}", f"{number(row.reference)} ± {number(row.tolerance)} {row.unit}"]
        for row in CALIBRATIONS
    )
    lives = ([code(life.part), code(life.kind), code(life.counter), number(life.limit), life.source] for life in LIVES)
    return page(
        "保养、校准与备件 / Maintenance, calibration and spare parts",
        intro,
        commands,
        f"## 计划 / The plan\n\n{plan}",
        f"## 校准 / Calibrations\n\n{table(['校准项 quantity', '设备 device', '说明 what', '标准与公差 reference, tolerance'], checks)}",
        f"## 寿命 / Lives\n\n{table(['部件 part', '设备 device', '计数 counter', '寿命 life', '出处 source'], lives)}",
        chain,
    )


def _task(row: TaskRow) -> list[object]:
    life = life_of(row.kind, row.part) if row.part else None
    wear = row.every or (life.limit if life is not None else 0)
    every = [f"{row.days} 天 / d" if row.days else "", f"{row.months} 月 / months" if row.months else "", f"{number(wear)} {code(row.counter)}" if wear else ""]
    part = code(row.part) if row.part else NONE
    return [code(row.name), f"{row.zh} / {row.en}", code(row.kind), "，".join(filter(None, every)), seconds(row.duration_s), part]


# Events.


def events() -> str:
    intro = (
        "日志 `events.jsonl` 每行一个事件，真实与仿真用同一套词：`seq`（从 0 起的序号）、`at_us`（自记录开始的微秒）、`kind`、`subject`、`actor`（谁记的）、\n"
        "`cause`（引起它的事件，可为 `null`）、`data`。`twin.` 开头的只有孪生知道，`caixue` 的代码不读。\n"
        "*One event a line, the same words for a real and a simulated room. Kinds that begin with `twin.` are known to the twin alone.*\n\n"
        "“征兆”：设备出问题的第一个迹象；“好转”：修复之后的第一个好迹象。 *trouble: a first sign that a device fails; good: a first sign that it works again.*"
    )
    heads = ["kind", "说明 what", "subject", "data", "迹象 sign"]
    groups: dict[str, list[tuple[str, ...]]] = {}
    for kind, row in KINDS.items():
        groups.setdefault(kind.partition(".")[0], []).append(_event(kind, row))
    return page("事件 / Events", intro, *(f"## {prefix}\n\n{table(heads, rows)}" for prefix, rows in groups.items()))


def _event(kind: str, row: tuple[str, tuple[str, ...]]) -> tuple[str, ...]:
    subject, keys = row
    sign = "征兆 trouble" if kind in TROUBLE_KINDS else "好转 good" if kind in GOOD_KINDS else ""
    return code(kind), KINDS_ZH[kind][0], f"{SUBJECTS[subject]} {subject}", code(*keys) if keys else "", sign


# Errors and exit codes.


def error_page() -> str:
    intro = "错误按调用者下一步做什么分类，都在 `caixue.errors`。 *Errors are grouped by what the caller does next.*"
    heads = ["错误 error", "上级 base", "含义 meaning", "命令行退出码 exit code"]
    classes = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, errors.CaixueError)]
    rows = (
        [code(each.__name__), code(each.__bases__[0].__name__), f"{ERRORS_ZH[each.__name__]} {inspect.getdoc(each)}", _exit_of(each)]
        for each in classes
    )
    codes = table(["退出码 code", "含义 meaning"], _exit_codes())
    return page("错误与退出码 / Errors and exit codes", intro, table(heads, rows), "## 退出码 / Exit codes\n\n" + codes)


def _exit_of(error: type[Exception]) -> int:
    unreachable = (errors.LinkError, errors.LedgerError, errors.BackupError)
    return USAGE if issubclass(error, errors.UsageError) else UNREACHABLE if issubclass(error, unreachable) else CRASH


def _exit_codes() -> list[tuple[int, str]]:
    passed, failed = conclude(()), conclude((), broken=("",))
    return [
        (exit_code(passed), "通过 / pass"),
        (CRASH, "程序自身出错，或设备拒绝 / the program itself failed, or a device refused"),
        (USAGE, "场景、现场文件或用法有误 / invalid scenario or site file, or wrong use"),
        (exit_code(passed, steady=False), "首个故障之前未处于稳态 / not in steady state before the first fault"),
        (UNREACHABLE, "设备、数据库或备份介质连不上或拒绝 / device, database or backup medium unreachable, or it refused"),
        (
            exit_code(failed),
            "不达标：限值不守、没有样本、故障没有触发或没被发现、不变量被破坏"
            " / a limit breached or without samples, a fault that never fired or was never seen, a broken invariant",
        ),
        (INTERRUPTED, "用 Ctrl-C 中断 / broken off with Ctrl-C"),
    ]


PAGES: Mapping[str, Callable[[], str]] = {
    "devices.md": devices,
    "faults.md": faults,
    "figures.md": figures,
    "reference/timing-faults.md": timing_faults,
    "reference/contract.md": contract,
    "reference/start-and-stop.md": start_and_stop,
    "reference/maintenance.md": maintenance,
    "events.md": events,
    "errors.md": error_page,
}


def stale() -> list[str]:
    """The pages that are not what the code's tables say."""
    return [name for name, write in PAGES.items() if not (DOCS / name).is_file() or (DOCS / name).read_text(encoding="utf-8") != write()]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the stale pages, or only name them; returns the exit code."""
    parser = argparse.ArgumentParser(prog="docs/generate.py", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when a page is stale")
    check = parser.parse_args(arguments).check
    for name in (found := stale()):
        if check:
            print(f"docs/{name} 过时：python docs/generate.py / is stale", file=sys.stderr)
        else:
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8", newline="\n")
            print(f"docs/{name}")
    return 1 if check and found else 0


if __name__ == "__main__":
    sys.exit(main())
