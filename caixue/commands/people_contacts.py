"""The commands `caixue people contacts` and `caixue people contact …`: whom to call (contract R1, R2)."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, group
from caixue.commands.people_desk import Act, All, Number, ValidUntil, Why, listed, said
from caixue.lang import tr

_TEXT = tr("文字", "TEXT")
Name = Annotated[str, typer.Option("--name", metavar=_TEXT, help=tr("姓名", "The name"))]
Role = Annotated[str, typer.Option("--role", metavar=_TEXT, help=tr("岗位", "The role"))]
Telephone = Annotated[str, typer.Option("--telephone", metavar=_TEXT, help=tr("电话", "The telephone number"))]
WhatFor = Annotated[str, typer.Option("--for", metavar=_TEXT, help=tr("什么事找他", "What for"))]
Organisation = Annotated[str, typer.Option("--organisation", metavar=_TEXT, help=tr("单位", "The organisation"))]
Email = Annotated[str, typer.Option("--email", metavar=_TEXT, help=tr("邮箱", "The e-mail address"))]


def register_contacts(mine: App) -> None:
    """Add these commands to the group."""
    mine.command("contacts", help=tr("通讯录：现在有效的联系人", "Whom to call: the contacts that hold now"))(contacts)
    contact = group(mine, "contact", "登记、变更、撤下联系人", "List, change, withdraw a contact")
    contact.command("add", help=tr("登记联系人", "List somebody"))(add)
    contact.command("change", help=tr("变更联系人", "Change what is said of somebody"))(change)
    contact.command("withdraw", help=tr("撤下联系人", "Take somebody off the list"))(withdraw)


def contacts(all_: All = False, site: SiteOption = None, ledger: LedgerOption = None, as_json: JsonOption = False) -> None:
    columns = (
        (tr("姓名", "name"), said("name")),
        (tr("岗位", "role"), said("role")),
        (tr("电话", "telephone"), said("telephone")),
        (tr("什么事", "what for"), said("what_for")),
        (tr("有效到", "valid until"), said("valid_until")),
    )
    if all_:
        listed("contact", columns, site, ledger, as_json)
        return
    from caixue.ops.forms.contact import valid

    listed("contact", columns, site, ledger, as_json, kept=lambda sheet, desk: bool(valid([sheet], desk.now.date())))


def add(
    name: Name = "",
    role: Role = "",
    telephone: Telephone = "",
    what_for: WhatFor = "",
    organisation: Organisation = "",
    email: Email = "",
    valid_until: ValidUntil = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    more = {"organisation": organisation, "email": email, "valid_until": valid_until}
    Act("contact", site, ledger, by, op, as_json).open(name=name, role=role, telephone=telephone, what_for=what_for, **more)


def change(
    number: Number,
    name: Name = "",
    role: Role = "",
    telephone: Telephone = "",
    what_for: WhatFor = "",
    organisation: Organisation = "",
    email: Email = "",
    valid_until: ValidUntil = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    more = {"organisation": organisation, "email": email, "valid_until": valid_until}
    Act("contact", site, ledger, by, op, as_json).take(
        "changed", number, name=name, role=role, telephone=telephone, what_for=what_for, **more
    )


def withdraw(
    number: Number,
    reason: Why = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    Act("contact", site, ledger, by, op, as_json).take("withdrawn", number, reason=reason)
