"""Hand-over of a shift (contract R1, R2): what is open, what is got round and what runs low, accepted by the one who takes over.

Who hands over is the one who opens the sheet.
"""

from __future__ import annotations

from caixue.lang import tr
from caixue.ops.sheets import OPENED, Asked, Field, Form, Step, Type


def objection(asked: Asked) -> str:
    """Nobody hands over to himself, and only the one who is named takes over."""
    taker = asked.sheet.values["to"] if asked.sheet else asked.values["to"]
    if asked.sheet is None and taker == asked.by:
        return tr("不能交接给自己", "nobody hands over to himself")
    if asked.sheet is not None and asked.by != taker:
        return tr(f"要由接班的 {taker} 来做", f"{taker}, who takes over, does this")
    return ""


FORM = Form(
    "handover",
    "交接班",
    "hand-over",
    (
        Step(
            OPENED,
            "交班",
            "handed over",
            (
                Field("to", "接班人", "who takes over", Type.PERSON),
                Field("incidents", "未了的故障", "open incidents", Type.NAMES, required=False),
                Field("workarounds", "临时办法", "workarounds", Type.NAMES, required=False),
                Field("refills", "待补料", "refills to do", Type.NAMES, required=False),
                Field("low_stock", "库存偏低", "low stock", Type.NAMES, required=False),
                Field("orders", "在途订单", "open orders", Type.NAMES, required=False),
                Field("remarks", "其他", "remarks", required=False),
            ),
        ),
        Step("accepted", "接班", "accepted", (Field("answer", "接班人的话", "what he says", required=False),), (OPENED,)),
        Step("returned", "退回", "returned", (Field("reason", "原因", "why"),), (OPENED,)),
    ),
    objection,
)
