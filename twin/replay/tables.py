"""The replay's vocabulary: what every event kind, verdict, task, reason, item and device is called in Chinese."""

from __future__ import annotations

from collections.abc import Mapping

DETAIL, PATIENT, KEY = 0, 1, 2  # how much of the log a reader wants: everything, patients too, or the key events alone

# event kind → (Chinese, who wants to read it); the English beside it is the kind itself, as events.jsonl has it
KINDS: Mapping[str, tuple[str, int]] = {
    "record.started": ("记录开始", KEY),
    "record.ended": ("记录结束", KEY),
    "patient.arrived": ("到达", PATIENT),
    "patient.called": ("叫号", PATIENT),
    "patient.bumped": ("退回候诊", KEY),
    "patient.left": ("离开", KEY),
    "draw.started": ("开始采血", PATIENT),
    "patient.served": ("采血完成", PATIENT),
    "window.opened": ("开窗", KEY),
    "window.closed": ("关窗", KEY),
    "window.staffed": ("护士到岗", PATIENT),
    "window.unstaffed": ("护士离岗", PATIENT),
    "window.blocked": ("窗口停用", KEY),
    "window.restored": ("窗口恢复", KEY),
    "label.created": ("生成标签", DETAIL),
    "label.sent": ("发送打印", DETAIL),
    "label.printed": ("标签已打印", DETAIL),
    "label.applied": ("标签已贴管", DETAIL),
    "label.verified": ("标签已核对", DETAIL),
    "label.handed-over": ("试管交护士", DETAIL),
    "label.drawn": ("试管已采血", DETAIL),
    "label.received": ("试管已签收", DETAIL),
    "label.void": ("标签作废", KEY),
    "label.unknown": ("标签状态不明", KEY),
    "tube.picked": ("取管", DETAIL),
    "tube.rejected": ("剔除试管", KEY),
    "receipt.printed": ("打印凭条", DETAIL),
    "link.garbled": ("应答错误", KEY),
    "link.timeout": ("应答超时", KEY),
    "link.lost": ("通信中断", KEY),
    "device.refused": ("设备拒绝", KEY),
    "alarm.raised": ("报警", KEY),
    "alarm.cleared": ("报警解除", KEY),
    "scan.no-read": ("条码读不出", KEY),
    "scan.mismatch": ("条码不符", KEY),
    "tube.wrong-kind": ("试管种类不符", KEY),
    "device.recovered": ("设备恢复", KEY),
    "consumable.low": ("耗材不足", KEY),
    "consumable.stockout": ("耗材用尽", KEY),
    "consumable.refilled": ("耗材已补", KEY),
    "incident.opened": ("故障单开立", KEY),
    "incident.merged": ("并入故障单", KEY),
    "incident.reclassified": ("重新定级", KEY),
    "incident.acknowledged": ("工程师响应", KEY),
    "incident.on-site": ("工程师到场", KEY),
    "incident.diagnosed": ("原因查明", KEY),
    "incident.restored": ("故障排除", KEY),
    "incident.closed": ("故障单关闭", KEY),
    "engineer.started": ("开始工作", KEY),
    "engineer.finished": ("工作完成", KEY),
    "specimen.received": ("标本签收", DETAIL),
    "specimen.rejected": ("标本拒收", KEY),
    "twin.fault-armed": ("故障布防", KEY),
    "twin.fault-fired": ("故障触发", KEY),
    "twin.fault-ended": ("故障结束", KEY),
    "twin.invariant-broken": ("约束被破坏", KEY),
}

VERDICTS = {"pass": ("通过", "Pass"), "fail": ("不达标", "Fail"), "no-data": ("无数据", "No data")}
TASKS = {
    "incident": "维修",
    "repair": "维修",
    "refill": "补充耗材",
    "round": "巡检",
    "inspection": "巡检",
    "start-up": "开机",
    "shutdown": "关机",
    "maintenance": "保养",
    "call": "接听报修",
    "walk": "前往",
}
REASONS = {
    "patience": "等候过久",
    "window-blocked": "窗口停用",
    "after-labelling": "贴标后离开",
    "patient-left": "患者已离开",
    "print-interrupted": "打印中断",
    "missed-call": "过号",
    "closing": "下班",
    "nothing visibly wrong": "外观无异常",
}
ITEMS = {
    "label-paper": "标签纸",
    "thermal-paper": "热敏纸",
    "ribbon": "碳带",
    "label-print-head": "打印头",
    "cutter": "切刀",
    "tubes": "试管",
}
OTHER_DEVICES = {  # devices without a driver card of their own
    "conveyor": "传送带",
    "kiosk": "自助机",
    "sorter": "分拣机",
    "call-display": "叫号屏",
    "waiting-display": "候诊屏",
    "ups": "不间断电源",
    "switch": "交换机",
    "server": "服务器",
    "lan": "局域网",
    "lis": "检验系统",
    "his": "医院系统",
    "mains": "市电",
}
LETTERS = {"collection-host": "主", "tube-dispenser": "管", "label-printer": "签", "thermal-printer": "凭", "barcode-scanner": "码"}
