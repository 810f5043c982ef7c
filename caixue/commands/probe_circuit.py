"""The commands `caixue probe circuit …` (contract C2.4): circuits and UPS, what was read at them, and their hand-over to the hospital."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group
from caixue.commands.probe_sheets import listed, said, sheet_desk
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.sheets import Sheet

Number = Annotated[str, typer.Argument(metavar="CIRCUIT", help=tr("线路号，如 circuit-0001 或 1", "The circuit, circuit-0001 or 1"))]
TEXT = tr("文字", "TEXT")
Incident = Annotated[
    str, typer.Option("--incident", metavar=tr("故障单", "INCIDENT"), help=tr("关于哪张故障单", "Which incident it is about"))
]


def register(app: typer.Typer) -> None:
    """Add these commands to the group."""
    mine = group(
        app, "circuit", "线路和 UPS：登记、检查、故障、交院方、收回", "Circuits and UPS: list, inspect, fault, hand over, take back"
    )
    mine.command("add", help=tr("登记一条线路", "List a circuit"))(add)
    mine.command("inspect", help=tr("检查并记读数", "Inspect it and note what was read"))(inspect)
    mine.command("fault", help=tr("发现故障", "A fault was found"))(fault)
    mine.command("mend", help=tr("修好（市电除外）", "It is mended (never mains)"))(mend)
    mine.command("hand-over", help=tr("交给院方，写姓名", "Hand it over to somebody of the hospital"))(hand_over)
    mine.command("take-back", help=tr("从院方收回", "Take it back from the hospital"))(take_back)
    mine.command("retire", help=tr("停用", "It is out of use"))(retire)
    mine.command("list", help=tr("全部线路", "All circuits"))(list_)


def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help=tr("名称", "Its name"))],
    type_: Annotated[str, typer.Option("--type", metavar="TYPE", help="mains, low-voltage, network, ups")] = "",
    feeds: Annotated[
        list[str] | None, typer.Option("--feeds", metavar="DEVICE", help=tr("供给什么，可多次", "What it feeds; may be repeated"))
    ] = None,
    rated: Annotated[str, typer.Option("--rated", metavar=TEXT, help=tr("额定，如“220 V 32 A”", 'Its rating, such as "220 V 32 A"'))] = "",
    contact: Annotated[str, typer.Option("--contact", metavar="PERSON", help=tr("院方联系人", "Whom to call at the hospital"))] = "",
    place: Annotated[str, typer.Option("--place", metavar=TEXT, help=tr("位置", "Where it is"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    from caixue.ops.forms.circuit import FORM

    with sheet_desk(FORM, site, ledger, by) as found:
        values = {"name": name, "type": type_, "feeds": feeds, "rated": rated, "contact": contact, "place": place}
        events = found.sheets.open(by=found.desk.person, op=op, **values)
    said(FORM, events, as_json=as_json)


def inspect(
    number: Number,
    passed: Annotated[bool | None, typer.Option("--passed/--failed", help=tr("合格；不合格写 --failed", "In order; --failed when it is not"))] = None,
    voltage: Annotated[float | None, typer.Option("--voltage", help="V")] = None,
    current: Annotated[float | None, typer.Option("--current", help="A")] = None,
    temperature: Annotated[float | None, typer.Option("--temperature", help=tr("摄氏度", "Degrees Celsius"))] = None,
    battery: Annotated[float | None, typer.Option("--battery", help="V")] = None,
    remarks: Annotated[str, typer.Option("--remarks", metavar=TEXT, help=tr("说明", "Remarks"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    read = {"voltage_v": voltage, "current_a": current, "temperature_c": temperature, "battery_v": battery}
    _step("inspected", number, {"passed": passed, **read, "remarks": remarks}, site, ledger, by, op, as_json=as_json)


def fault(
    number: Number,
    found: Annotated[str, typer.Option("--found", metavar=TEXT, help=tr("发现什么", "What was found"))] = "",
    incident: Incident = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    _step("fault-found", number, {"found": found, "incident": incident}, site, ledger, by, op, as_json=as_json)


def mend(
    number: Number,
    action: Annotated[str, typer.Option("--action", metavar=TEXT, help=tr("怎么修的", "What was done"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    _step("mended", number, {"action": action}, site, ledger, by, op, as_json=as_json)


def hand_over(
    number: Number,
    to: Annotated[str | None, typer.Option("--to", metavar="PERSON", help=tr("交给院方的谁", "To whom of the hospital"))] = None,
    what: Annotated[str, typer.Option("--what", metavar=TEXT, help=tr("做什么", "What for"))] = "",
    incident: Incident = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    person = ask(to, "--to", tr("交给院方的谁", "to whom of the hospital"))
    _step("handed-over", number, {"to": person, "what": what, "incident": incident}, site, ledger, by, op, as_json=as_json)


def take_back(
    number: Number,
    person: Annotated[
        str | None, typer.Option("--person", metavar="PERSON", help=tr("院方谁交还", "Who of the hospital gives it back"))
    ] = None,
    result: Annotated[str, typer.Option("--result", metavar=TEXT, help=tr("结果", "The result"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    giver = ask(person, "--person", tr("院方谁交还", "who of the hospital gives it back"))
    _step("taken-back", number, {"person": giver, "result": result}, site, ledger, by, op, as_json=as_json)


def retire(
    number: Number,
    reason: Annotated[str, typer.Option("--reason", metavar=TEXT, help=tr("原因", "Why"))] = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    _step("retired", number, {"reason": reason}, site, ledger, by, op, as_json=as_json)


def list_(site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    from caixue.ops.forms.circuit import FORM

    heads = (tr("号", "number"), tr("名称", "name"), tr("种类", "kind"), tr("状态", "state"), tr("供给", "feeds"), tr("联系人", "contact"))
    with sheet_desk(FORM, site, ledger, None, acts=False) as found:

        def row(sheet: Sheet) -> tuple[str, ...]:
            values = sheet.values
            return sheet.number, values["name"], values["type"], sheet.state, ", ".join(values["feeds"]), values["contact"]

        listed(found, "circuits", heads, row, as_json=as_json)


def _step(
    step: str, number: str, values: dict[str, object], site: str | None, ledger: str | None, by: str | None, op: str, *, as_json: bool
) -> None:
    """Take one step on one circuit. Raises UsageError for an incident that does not exist."""
    from caixue.commands.incident_desk import looked_up
    from caixue.ops.forms.circuit import FORM

    with sheet_desk(FORM, site, ledger, by) as found:
        if values.get("incident"):
            register, _ = looked_up(found.desk)
            values["incident"] = register.named(str(values["incident"])).number
        events = found.sheets.take(step, number, by=found.desk.person, op=op, **values)
    said(FORM, events, as_json=as_json)
