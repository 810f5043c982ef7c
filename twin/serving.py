"""The commands of the live bench: serve, inject, devices."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from caixue.errors import LinkLost, UsageError
from caixue.lang import tr

LOOPBACK_NAMES = ("127.0.0.1", "::1", "localhost")


def register(app: typer.Typer) -> None:
    """Add the bench's commands to the program."""
    app.command("serve", help=tr("把一个场所的设备模型放到串口（pty）和 TCP 上", "Put a site's device models behind ptys and TCP"))(serve)
    app.command("inject", help=tr("向运行中的台架注入故障", "Inject a fault into a running bench"), epilog=_example())(inject)
    app.command("devices", help=tr("列出所有设备卡片", "List every device card"))(devices)


def _example() -> str:
    return tr("例：", "Example: ") + 'caixue inject --control 127.0.0.1:40100 window-3.tube-dispenser lane-empty lane=5 --for "10 min"'


def serve(
    site: Annotated[str, typer.Argument(metavar="SITE", help=tr("自带场所的名字，或 site.toml", "A built-in site, or a site.toml"))],
    ready_file: Annotated[Path | None, typer.Option(help=tr("全部就绪后写出 site.toml", "Write the site.toml once all listen"))] = None,
    host: Annotated[str, typer.Option(help=tr("监听地址", "The address to listen on"))] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65_000, help=tr("第一个 TCP 端口，0 为任意", "The first TCP port, 0 for any"))] = 0,
    only: Annotated[str | None, typer.Option(metavar="tcp|pty", help=tr("只用一种", "One of both alone"))] = None,
    links: Annotated[Path | None, typer.Option(help=tr("pty 链接所在目录", "The folder of the links to the ptys"))] = None,
    seed: Annotated[int, typer.Option(min=0, help=tr("链路故障的种子", "The seed of link faults"))] = 0,
    control: Annotated[str, typer.Option(metavar="PORT|auto|off", help=tr("注入故障的端口，只在本机", "Port for faults, on this machine"))] = "auto",
    journal: Annotated[Path | None, typer.Option(help=tr("把故障记入 JSONL 文件", "Keep what happens to faults in a JSONL file"))] = None,
) -> None:
    from caixue.site import load_site
    from twin.live import serving

    if only not in (None, "tcp", "pty"):
        raise UsageError(tr(f"--only 是 tcp 或 pty，不是 {only}", f"--only is tcp or pty, not {only}"))
    if not (control in ("auto", "off") or (control.isascii() and control.isdigit() and int(control) < 65_536)):
        raise UsageError(tr(f"--control 是端口、auto 或 off，不是 {control}", f"--control is a port, auto or off, not {control}"))
    if host not in LOOPBACK_NAMES:
        _tell(tr(f"注意：{host} 不是本机地址，网络上的人都能连接", f"note: {host} is not loopback; anybody on the network can connect"))
    loaded = load_site(site)
    if not loaded.devices:
        raise UsageError(tr(f"场所 {loaded.name} 没有设备", f"site {loaded.name} has no devices"))
    asked = serving.Asked(site, host, port, only, links, seed, control, journal, ready_file)
    serving.serve(loaded, asked, print=_print, tell=_tell)


def _print(text: str) -> None:
    print(text, flush=True)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def inject(
    words: Annotated[list[str] | None, typer.Argument(metavar="[DEVICE KIND [KEY=VALUE]…]", help=tr("设备、故障、细节", "Device, fault, details"))] = None,
    control: Annotated[str, typer.Option(metavar="HOST:PORT", help=tr("serve 所显示的地址", "As `serve` shows it"))] = "",
    duration: Annotated[str | None, typer.Option("--for", metavar='"10 min"', help=tr("多久；默认到修复为止", "How long; default: until repaired"))] = None,
    link: Annotated[bool, typer.Option("--link", help=tr("是线路的故障", "The fault is the line's"))] = False,
    repair: Annotated[str | None, typer.Option(metavar="DEVICE", help=tr("修好一台设备", "Repair a device"))] = None,
    as_list: Annotated[bool, typer.Option("--list", help=tr("列出注入过的故障", "List the faults so far"))] = False,
    as_json: Annotated[bool, typer.Option("--json", help=tr("输出 JSON", "Print JSON"))] = False,
) -> None:
    from twin.output import json_text

    request = _request(words or [], duration, link, repair, as_list)
    answer = _asked(control, request)
    if not answer.get("ok"):
        raise UsageError(str(answer.get("error", answer)))
    _print(json_text(answer).rstrip() if as_json else _told(answer))


def _request(words: list[str], duration: str | None, link: bool, repair: str | None, as_list: bool) -> dict[str, Any]:
    if (len(words) >= 2) + (repair is not None) + as_list != 1 or len(words) == 1:
        raise UsageError(tr("写 DEVICE KIND，或 --repair DEVICE，或 --list", "write DEVICE KIND, or --repair DEVICE, or --list"))
    if as_list:
        return {"do": "list"}
    if repair is not None:
        return {"do": "repair", "device": repair}
    return {"do": "inject", "device": words[0], "kind": words[1], "link": link, "for": duration, "detail": dict(map(_detail, words[2:]))}


def _detail(word: str) -> tuple[str, Any]:
    import json

    key, sign, value = word.partition("=")
    if not sign or not key:
        raise UsageError(tr(f"{word}：写成 键=值", f"{word}: write KEY=VALUE"))
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


def _asked(control: str, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of the bench. Raises UsageError for a bad address, LinkLost where nobody answers."""
    import json
    import socket

    host, _, port = control.rpartition(":")
    if not host or not port.isdigit():
        raise UsageError(tr("--control HOST:PORT：地址见 serve 的输出", "--control HOST:PORT: `serve` shows it"))
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=10) as connection, connection.makefile("rwb") as stream:
            stream.write(json.dumps(request, ensure_ascii=False).encode() + b"\n")
            stream.flush()
            answer = json.loads(stream.readline())
    except (OSError, ValueError, OverflowError) as error:
        raise LinkLost(tr(f"{control} 没有台架应答：{error}", f"no bench answers at {control}: {error}")) from None
    return answer if isinstance(answer, dict) else {}


def _told(answer: dict[str, Any]) -> str:
    if "repaired" in answer:
        return tr("已修复：", "repaired: ") + (", ".join(answer["repaired"]) or tr("没有要修的", "nothing was broken"))
    faults = answer["faults"] if "faults" in answer else [answer["fault"]]
    state: Callable[[dict[str, Any]], str] = lambda row: "ended" if row["ended_us"] is not None else "fired" if row["fired_us"] is not None else "armed"  # noqa: E731
    return "\n".join(f"{row['name']}  {row['target']}  {row['kind']}  {state(row)}" for row in faults) or tr("没有故障", "no faults")


def devices(as_json: Annotated[bool, typer.Option("--json", help=tr("输出 JSON", "Print JSON"))] = False) -> None:
    from twin.cards import cards, told
    from twin.output import as_bytes, json_text

    if as_json:
        sys.stdout.flush()
        sys.stdout.buffer.write(as_bytes(json_text(cards())))
        sys.stdout.buffer.flush()
    else:
        _print("\n\n".join(map(told, cards())))
