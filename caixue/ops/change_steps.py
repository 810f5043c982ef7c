"""The way of a change to a software (contract R5.5), the same for a patch and for a change request: tested, approved, installed, taken back or closed."""

from __future__ import annotations

from caixue.ops.sheets import OPENED, Field, Step, Type
from caixue.units import US_PER_MINUTE

TESTED, APPROVED, INSTALLED, ROLLED_BACK, CLOSED, REJECTED = "tested", "approved", "installed", "rolled-back", "closed", "rejected"
ANSWERED, DECLINED = "answered", "declined"
WAITING = (OPENED, ANSWERED, TESTED)  # nobody has approved it yet
ROLLBACK_LIMIT_US = 30 * US_PER_MINUTE  # R3, as any 一般 fault; shown, not enforced

REASON = Field("reason", "原因", "why")
FILE = (
    Field("file", "文件名", "file name", required=False),
    Field("sha256", "文件的 SHA-256", "SHA-256 of the file", required=False),
)

STEPS = (
    Step(
        TESTED,
        "孪生已验证",
        "tested in the twin",
        (Field("verdicts", "孪生的判定", "verdicts of the twin", Type.ROWS),),
        after=(OPENED, ANSWERED, TESTED),
    ),
    Step(APPROVED, "已批准", "approved", (Field("condition", "条件", "on condition that", required=False),), after=WAITING),
    Step(
        INSTALLED,
        "已安装",
        "installed",
        (
            Field("software", "软件", "software"),
            Field("version", "装上的版本", "version that was installed"),
            Field("where", "装在哪里", "where", Type.NAMES),
            Field("before", "之前的版本", "version before"),
            Field("backup", "之前的备份", "backup of what was there"),
        ),
        after=(APPROVED, INSTALLED),
    ),
    Step(
        ROLLED_BACK,
        "已回退",
        "taken back",
        (
            REASON,
            Field("software", "软件", "software"),
            Field("back_to", "回到的版本", "back to version"),
            Field("where", "从哪里", "from where", Type.NAMES),
            Field("begun_us", "何时开始回退", "when the rollback began", Type.INSTANT),
            Field("duration_us", "回退用时", "how long it took", Type.WHOLE, low=0),
        ),
        after=(INSTALLED,),
    ),
    Step(CLOSED, "已完成", "done", (Field("result", "结果", "result"),), after=(INSTALLED,)),
)
