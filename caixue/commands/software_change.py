"""The commands `caixue software change …` (contract R5.1, R5.5): customisation and configuration, asked for, answered, and then as a patch."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands import software_way
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group
from caixue.commands.software_desk import Act, File, Maker, Number, Software, Version, file_facts, in_register
from caixue.lang import tr

_TEXT = tr("文字", "TEXT")
Matter = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help=tr("customisation 定制，configuration 配置", "customisation or configuration"))
]
What = Annotated[str | None, typer.Option("--what", metavar=_TEXT, help=tr("改什么", "What is to be changed"))]
Why = Annotated[str, typer.Option("--why", metavar=_TEXT, help=tr("为什么", "Why"))]
Asker = Annotated[str | None, typer.Option("--asked-by", metavar=_TEXT, help=tr("谁提出：岗位或姓名", "Who asks for it"))]
Answer = Annotated[str | None, typer.Option("--answer", metavar=_TEXT, help=tr("厂家的答复", "What the maker says"))]
Free = Annotated[bool, typer.Option("--free/--not-free", help=tr("免费（合同 R5.1）", "Free of charge (contract R5.1)"))]


def register(mine: App) -> None:
    """Add these commands to the group."""
    change = group(mine, "change", "变更：定制与配置，同补丁一样验证、批准", "Change requests, which go the same way as a patch")
    change.command("ask", help=tr("提出变更", "Ask for one"))(ask_)
    change.command("answer", help=tr("厂家的答复，不另收费", "The maker's answer; it is free of charge"))(answer_)
    software_way.register(change, "change")


def ask_(
    software: Software,
    kind: Matter = None,
    what: What = None,
    why: Why = "",
    asked_by: Asker = None,
    version: Version = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    matter = ask(kind, "--kind", tr("定制还是配置", "customisation or configuration"))
    said, who = ask(what, "--what", tr("改什么", "what is to be changed")), ask(asked_by, "--asked-by", tr("谁提出", "who asks for it"))
    Act(site, ledger, by, op, as_json).do(
        lambda desk, book: book.ask(software, matter, said, asked_by=who, why=why, version=version, by=desk.person, op=op)
    )


def answer_(
    number: Number,
    answer: Answer = None,
    maker: Maker = "",
    free: Free = True,
    version: Version = "",
    file: File = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    said, who = (
        ask(answer, "--answer", tr("厂家怎么说", "what the maker says")),
        ask(maker or None, "--maker", tr("哪个厂家", "which maker")),
    )
    sheet, facts = in_register("change", number), file_facts(file)
    Act(site, ledger, by, op, as_json).do(
        lambda desk, book: book.answer(sheet, said, maker=who, free=free, version=version, by=desk.person, op=op, **facts)
    )
