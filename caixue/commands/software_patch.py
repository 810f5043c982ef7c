"""The commands `caixue software patch …` (contract R5.5): found, tested in the twin, approved by the head, installed, taken back."""

from __future__ import annotations

from typing import Annotated

import typer

from caixue.cli_help import App
from caixue.commands import software_way
from caixue.commands.common import ByOption, JsonOption, LedgerOption, OpOption, SiteOption, ask, group
from caixue.commands.software_desk import Act, File, Maker, Software, file_facts
from caixue.lang import tr

To = Annotated[str | None, typer.Option("--to", metavar=tr("版本", "VERSION"), help=tr("补丁后的版本", "The version after it"))]
Why = Annotated[
    str | None,
    typer.Option("--why", metavar="WHY", help=tr("security、fault、function 或 support", "security, fault, function or support")),
]
Advisory = Annotated[
    str, typer.Option("--advisory", metavar=tr("文字", "TEXT"), help=tr("安全公告号或说明", "The security advisory, or a note"))
]


def register(mine: App) -> None:
    """Add these commands to the group."""
    patch = group(mine, "patch", "补丁：登记、孪生验证、批准、安装、回退", "Patches: found, tested, approved, installed, taken back")
    patch.command("add", help=tr("登记一个补丁", "Register one"))(add)
    software_way.register(patch, "patch")


def add(
    software: Software,
    to: To = None,
    why: Why = None,
    advisory: Advisory = "",
    maker: Maker = "",
    file: File = "",
    site: SiteOption = None,
    ledger: LedgerOption = None,
    by: ByOption = None,
    op: OpOption = "",
    as_json: JsonOption = False,
) -> None:
    version, reason = ask(to, "--to", tr("补丁后的版本", "the version after it")), ask(why, "--why", tr("为什么", "why"))
    facts = file_facts(file)
    Act(site, ledger, by, op, as_json).do(
        lambda desk, book: book.find(software, version, reason, advisory=advisory, maker=maker, by=desk.person, op=op, **facts)
    )
