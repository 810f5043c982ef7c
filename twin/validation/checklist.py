"""The STRESS-DES checklist for studies with the timing fidelity, filled in.

Source of the items: Monks, Currie, Onggo, Robinson, Kunc, Taylor, Strengthening the reporting of empirical simulation studies,
Journal of Simulation 13 (2019).
"""

from __future__ import annotations

CHECKLIST: tuple[tuple[str, str, str], ...] = (
    (
        "1.1 Purpose of the model",
        "多少窗口、人员、备品能守住等候与可用窗口的承诺",
        "how many windows, people and supplies keep the promises on waits and usable windows",
    ),
    (
        "1.2 Model outputs",
        "[指标](figures.md)：等候、停留、队长、窗口、工程师、缺货、运送",
        "the figures of a scenario; times in seconds, nearest-rank percentiles",
    ),
    (
        "1.3 Experimentation aims",
        "场景文件里的 `expect`；`caixue sweep`、`compare`、`plan`",
        "limits of the scenario file; sweeps, paired comparisons, plans",
    ),
    (
        "2.1 Base model overview",
        "取号排队 → 叫号 → 备管 → 采血 → 传送带 → 检验科；见 [architecture](architecture.md)",
        "ticket, call, preparation, draw, belt, laboratory",
    ),
    (
        "2.2 Base model logic",
        "[规则](timing.md)，25 条，两个引擎逐位照办",
        "the rules; both engines obey them to the last bit",
    ),
    (
        "2.3 Scenario logic",
        "场景文件的键与 `--set` 改动；用过的改动写进结果",
        "keys of the scenario file and what `--set` changed; kept with the result",
    ),
    (
        "2.4 Algorithms",
        "派位、排班、补料、维修的次序见规则 8、15、21、22",
        "dispatch, staffing, repairs, refills: rules 8, 15, 21, 22",
    ),
    (
        "2.5.1 Entities",
        "患者的到访（成人、儿童、老人、复采、预约、团体）、试管、故障、补料",
        "visits by class, tubes, troubles, refills",
    ),
    (
        "2.5.2 Activities",
        "备管、采血、卡管处理、补料、维修、装载、运送",
        "preparation, draw, jams, refills, repairs, loading, transport",
    ),
    (
        "2.5.3 Resources",
        "窗口、备用窗口、护士、工程师、料道与纸卷、托盘、传送带",
        "windows, the fallback position, nurses, engineers, lanes and rolls, trays, the belt",
    ),
    (
        "2.5.4 Queues",
        "优先级、先来、编号；被退回和过号的保留位置；工程师的活按急缓、先叫",
        "priority, arrival, number; who is sent back keeps the place; jobs by urgency, then call",
    ),
    (
        "2.5.5 Entry and exit points",
        "门口到达；采完、等不及或放弃离开；试管到检验科",
        "arrival at the door; served, reneged or abandoned; tubes at the laboratory",
    ),
    (
        "3.1 Data sources",
        "现场调查、合同、厂商手册、字节级运行的校准；来源写在每一行旁",
        "survey, contract, manuals, wire runs; the source stands beside every number",
    ),
    (
        "3.2 Input parameters",
        "场景、`site.toml`、`calibration.toml`",
        "scenario, site, calibration",
    ),
    (
        "3.3 Preprocessing",
        "`caixue fit` 读排队日志并列出坏行；`caixue calibrate` 由字节级运行量设备时间",
        "queue logs with their bad rows listed; device times measured on wire runs",
    ),
    (
        "3.4 Assumptions",
        "[假设](assumptions.md)，每条一个编号",
        "numbered, one a row",
    ),
    (
        "4.1 Initialisation",
        "每天从空房间开始，料道按场景给的余量；终止型仿真，不需要预热。本页的稳态行去掉开头",
        "terminating: each day begins empty; the steady-state rows here cut the beginning",
    ),
    (
        "4.2 Run length",
        "最后一位走完、带上没有试管为止",
        "until everybody is through and the belt is empty",
    ),
    (
        "4.3 Estimation approach",
        "独立重复，Student t 区间；比较两种设计用同一批人（共同随机数）并配对；次数按要求的精度定",
        "replications, common random numbers, paired intervals, sequential precision",
    ),
    (
        "5.1 Software",
        "Python；参考引擎 SimPy，编译引擎 numba；版本在 `result.json`",
        "the reference on SimPy, the compiled engine on numba",
    ),
    (
        "5.2 Random sampling",
        "PCG64，每条流由（种子、重复、名字）的 SHA-256 起头；抽数归属患者或（设备，第 k 次），与使用次序无关",
        "named streams; a draw belongs to a visit or to (device, k)",
    ),
    (
        "5.3 Model execution",
        "下一事件法，整微秒；同一时刻按（秩，键）排",
        "next event, whole microseconds; ties by rank and key",
    ),
    (
        "5.4 System specification",
        "任何装有 Python ≥ 3.11 的机器；速度见 [performance](performance.md)；结果与机器、进程数无关",
        "results depend on neither machine nor number of processes",
    ),
    (
        "6.1 Computer model sharing",
        "Apache-2.0，本仓库；`--seed`、`--rep` 重现任一天",
        "this repository; any day can be run again by seed and replication",
    ),
)
