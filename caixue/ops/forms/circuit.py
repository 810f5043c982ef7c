"""Circuits and UPS (contract C2.4): mains, low voltage, network; what each feeds, what was read at it, and whose hands it is in.

Mains are worked on together with the hospital: a fault there is handed over to somebody of the hospital by name, and never mended by us.
"""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type
from caixue.roles import HOSPITAL

MAINS, LOW_VOLTAGE, NETWORK, UPS = "mains", "low-voltage", "network", "ups"
TYPES = (MAINS, LOW_VOLTAGE, NETWORK, UPS)
IN_USE, FAULTY, HANDED_OVER, RETIRED = "in-use", "faulty", "handed-over", "retired"
READ = ("voltage_v", "current_a", "temperature_c", "battery_v")


def objection(asked: Asked) -> str:
    """Names are unique, an inspection reads something, mains are the hospital's, and who got a circuit gives it back."""
    said, sheet = asked.values, asked.sheet
    if sheet is None:
        twin = next((each for each in asked.sheets.values() if each.state != RETIRED and each.values["name"] == said["name"]), None)
        return "" if twin is None else tr(f"{said['name']} 已登记为 {twin.number}", f"{said['name']} is {twin.number} already")
    if asked.step.name == "inspected" and not any(name in said for name in (*READ, "remarks")):
        return tr("检查要写读数或说明", "an inspection needs a reading or a remark")
    if asked.step.name == "mended" and sheet.values["type"] == MAINS:
        return tr("市电由院方处理：先交给院方（handed-over）", "mains are the hospital's: hand it over")
    if asked.step.name == "taken-back" and said["person"] != sheet.values["to"]:
        to = sheet.values["to"]
        return tr(f"交给的是 {to}，由 {to} 交还", f"{to} has it and gives it back")
    return ""


_INCIDENT = Field("incident", "故障单", "incident", required=False)
FORM = Form(
    "circuit",
    "线路",
    "circuits",
    (
        Step(
            OPENED,
            "登记",
            "listed",
            (
                Field("name", "名称", "name"),
                Field("type", "种类", "kind", Type.CHOICE, choices=TYPES),
                Field("feeds", "供给", "what it feeds", Type.NAMES),
                Field("rated", "额定", "rating"),
                Field("contact", "院方联系人", "contact of the hospital", Type.PERSON, roles=(HOSPITAL,)),
                Field("place", "位置", "where", required=False),
            ),
            state=IN_USE,
        ),
        Step(
            "inspected",
            "检查",
            "inspected",
            (
                Field("passed", "合格", "in order", Type.FLAG),
                Field("voltage_v", "电压 V", "voltage, V", Type.NUMBER, required=False, low=0, high=1000),
                Field("current_a", "电流 A", "current, A", Type.NUMBER, required=False, low=0, high=1000),
                Field("temperature_c", "温度 ℃", "temperature, °C", Type.NUMBER, required=False, low=-40, high=200),
                Field("battery_v", "电池电压 V", "battery, V", Type.NUMBER, required=False, low=0, high=1000),
                Field("remarks", "说明", "remarks", required=False),
            ),
            (IN_USE,),
            IN_USE,
        ),
        Step("fault-found", "发现故障", "fault found", (Field("found", "发现什么", "what was found"), _INCIDENT), (IN_USE,), FAULTY),
        Step("mended", "修好", "mended", (Field("action", "怎么修的", "what was done"),), (FAULTY,), IN_USE),
        Step(
            "handed-over",
            "交院方",
            "handed over to the hospital",
            (Field("to", "交给谁", "to whom", Type.PERSON, roles=(HOSPITAL,)), Field("what", "做什么", "what for"), _INCIDENT),
            (IN_USE, FAULTY),
        ),
        Step(
            "taken-back",
            "收回",
            "taken back",
            (Field("person", "谁交还", "who gives it back", Type.PERSON, roles=(HOSPITAL,)), Field("result", "结果", "result")),
            (HANDED_OVER,),
            IN_USE,
        ),
        Step(RETIRED, "停用", "retired", (Field("reason", "原因", "why"),), (IN_USE, FAULTY)),
    ),
    objection,
)
