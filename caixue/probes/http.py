"""Does a web interface answer GET with success, and with the text that it should hold? HTTP/1.1 (RFC 9112); no proxy, no redirect is followed."""

from __future__ import annotations

import io
import re
import ssl
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote

from caixue import __version__
from caixue.errors import GarbledReply, LinkLost
from caixue.lang import tr
from caixue.probes.deadline import Deadline
from caixue.probes.reading import Attempt
from caixue.probes.talking import Talk, connect
from caixue.site_estate import Target

MOST_BYTES = 65_536  # of the body that are read; docs/assumptions.md A-191
_PLAIN = "/?&=%:@!$'()*+,;~-._"  # what stays as it is in path and query
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)
# The peer names one, and Python has others that raise, or that take longer than the deadline.
_CHARSETS = {"utf-8", "gbk", "gb2312", "gb18030", "big5", "us-ascii", "iso-8859-1", "utf-16"}


class _Heard(io.RawIOBase):
    """A talk as the standard library's parser reads it."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.ended = False  # the peer has closed

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._talk.receive(len(buffer))
        self.ended = self.ended or not data
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        """What the parser asks a socket for."""
        return io.BufferedReader(self)


def attempt(target: Target, deadline: Deadline, expect: str = "") -> Attempt:
    """One GET. Raises ReplyTimeout, LinkLost, or GarbledReply for a status other than 2xx and an answer without the text `expect`."""
    with connect(target, deadline) as talk:
        if target.scheme == "https":
            talk.encrypt(target.host, ssl.create_default_context())
        talk.send(_request(target))
        return _answer(talk, deadline, expect)


def _request(target: Target) -> bytes:
    usual = (target.scheme, target.port) in (("http", 80), ("https", 443))
    host = f"[{target.host}]" if ":" in target.host else target.host.encode("idna").decode("ascii")
    lines = (
        f"GET {quote(target.path, safe=_PLAIN)} HTTP/1.1",
        f"Host: {host if usual else f'{host}:{target.port}'}",
        f"User-Agent: caixue/{__version__}",
        "Accept: */*",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "\r\n".join([*lines, "", ""]).encode("ascii")


def _answer(talk: Talk, deadline: Deadline, expect: str) -> Attempt:
    heard = _Heard(talk)
    response = HTTPResponse(heard, method="GET")  # type: ignore[arg-type]  # all it asks a socket for is makefile()
    try:
        response.begin()
        if heard.ended:  # the parser takes the end of the stream for the end of the headers
            raise LinkLost(tr("应答头只到一半", "the head of the answer breaks off"))
        body = response.read(MOST_BYTES)
    except ConnectionError:
        raise LinkLost(tr("没有应答就关闭了", "closed without an answer")) from None
    except (HTTPException, ValueError) as error:
        raise GarbledReply(tr(f"不是 HTTP 应答：{type(error).__name__}", f"no HTTP answer: {type(error).__name__}")) from None
    latency_us, values = deadline.spent_us, {"status": response.status, "bytes": len(body)}
    if not 200 <= response.status <= 299:
        raise GarbledReply(_unwanted(response.status))
    if response.length and len(body) < MOST_BYTES:
        raise GarbledReply(tr(f"应答只到一半：{len(body)} 字节", f"the answer breaks off after {len(body)} bytes"))
    if expect and expect not in _text(body, response.headers.get("Content-Type", "")):
        raise GarbledReply(tr("应答里没有该有的文字", "the answer lacks the expected text"))
    return Attempt(latency_us, values=values)


def _unwanted(status: int) -> str:
    if 300 <= status <= 399:
        return tr(f"HTTP {status}：指到别处，没有跟去", f"HTTP {status}: it leads elsewhere and is not followed")
    return f"HTTP {status}"


def _text(body: bytes, content_type: str) -> str:
    named = _CHARSET.search(content_type)
    charset = named[1].lower() if named else ""
    return body.decode(charset if charset in _CHARSETS else "utf-8", "replace")
