"""The commands `caixue people equipment` and `caixue people exception …`: domestic equipment only, but for what is allowed (contract R4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, Desk, JsonOption, LedgerOption, OpOption, SiteOption, emit, group, open_desk, show
from caixue.commands.people_desk import Act, All, Number, ValidUntil, Why, book, listed, said
from caixue.lang import tr

if TYPE_CHECKING:
    from caixue.ops.equipment import Thing

BROKEN = 99  # as where a limit is not kept
_TEXT = tr("文字", "TEXT")
ThingName = Annotated[
    str,
    typer.Argument(
        metavar="THING", help=tr("设备、设备种类、主机、软件或物品的名字", "A device, a kind of device, a host, a software or an item")
    ),
]
Purpose = Annotated[str, typer.Option("--why", metavar=_TEXT, help=tr("为什么不能用国产的", "Why it cannot be a domestic one"))]
Maker = Annotated[str, typer.Option("--maker", metavar=_TEXT, help=tr("厂家", "The maker"))]

GROUPS = {"device": ("设备", "device"), "host": ("主机", "host"), "software": ("软件", "software"), "stock": ("库存", "stock")}
MAKES = {
    "domestic": ("国产", "domestic"),
    "excepted": ("进口，已批准", "foreign, allowed"),
    "foreign": ("进口，没有批准", "foreign, not allowed"),
    "unknown": ("没有写明", "nobody has said"),
}


def register_equipment(mine: App) -> None:
    """Add these commands to the group."""
    mine.command(
        "equipment", help=tr("国产设备政策：清单逐项；有问题退出码 99", "Domestic equipment: the whole inventory; 99 for findings")
    )(equipment)
    exception = group(mine, "exception", "进口设备的例外：申请、批准", "Exceptions for foreign equipment: asked, allowed")
    exception.command("ask", help=tr("申请", "Ask for one"))(ask_)
    exception.command("allow", help=tr("科室负责人或院方批准；不能是申请人", "The head or the hospital allows it, never who asks"))(allow)
    exception.command("refuse", help=tr("不批准", "Refuse it"))(refuse)
    exception.command("withdraw", help=tr("撤回", "Withdraw it"))(withdraw)
    exception.command("list", help=tr("有效的和申请中的；--all 全部", "Those that hold or are asked for; --all shows all"))(list_)


def equipment(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> int:
    from caixue.ops.equipment import counts, findings, inventory

    with open_desk(site, ledger) as desk:
        things = inventory(desk.site, book(desk, "exception").sheets.values(), desk.now.date())
    broken = findings(things)
    if as_json:
        emit({"schema": 1, "counts": counts(things), "things": [asdict(thing) for thing in things]})
    else:
        heads = (tr("类", "group"), tr("名称", "name"), tr("件", "n"), tr("产地", "make"), tr("厂家", "maker"), tr("批准", "allowed by"))
        show("", heads, _rows(things if all_ else broken), empty=tr("全部合规", "all is in order"))
        print(tr("；", "; ").join(f"{tr(*MAKES[make])} {number}" for make, number in counts(things).items()))
    return BROKEN if broken else 0


def _rows(things: Iterable[Thing]) -> list[tuple[Any, ...]]:
    """One row for what is alike at every window."""
    alike: dict[tuple[str, ...], int] = {}
    for one in things:
        name = f"*.{one.name.partition('.')[2]}" if "." in one.name and one.group == "device" else one.name
        key = (one.group, name, tr(*MAKES[one.make]), one.maker, f"{one.exception} {one.allowed_by}".strip())
        alike[key] = alike.get(key, 0) + 1
    return [(tr(*GROUPS[group]), name, number, *rest) for (group, name, *rest), number in alike.items()]


def ask_(
    thing: ThingName,
    why: Purpose = "",
    maker: Maker = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("exception", site, ledger, by, op, as_json).do(
        lambda desk: book(desk, "exception").open(by=desk.person, op=op, thing=_known(desk, thing), why=why, maker=maker)
    )


def allow(
    number: Number,
    valid_until: ValidUntil = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("exception", site, ledger, by, op, as_json).take("allowed", number, valid_until=valid_until)


def refuse(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("exception", site, ledger, by, op, as_json).take("refused", number, reason=reason)


def withdraw(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("exception", site, ledger, by, op, as_json).take("withdrawn", number, reason=reason)


def list_(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    columns = (
        (tr("什么", "thing"), said("thing")),
        (tr("为什么", "why"), said("why")),
        (tr("申请", "asked by"), lambda sheet: sheet.opened_by),
        (tr("批准", "allowed by"), lambda sheet: sheet.by("allowed")),
        (tr("有效到", "valid until"), said("valid_until")),
    )
    listed("exception", columns, site, ledger, as_json, over=() if all_ else ("refused", "withdrawn"))


def _known(desk: Desk, thing: str) -> str:
    from caixue.errors import UsageError
    from caixue.ops.equipment import names
    from caixue.units import nearest

    known = names(desk.site)
    if thing not in known:
        raise UsageError(tr(f"现场文件里没有 {thing}", f"the site file has no {thing}") + nearest(thing, known))
    return thing
