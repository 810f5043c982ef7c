"""Faults by request while a bench runs: one JSON object a line over TCP on this machine alone, one line back for each.

{"do": "inject", "device": …, "kind": …, "link": false, "for": "10 min", "detail": {…}} · {"do": "repair", "device": …} ·
{"do": "list"}. The answer is {"ok": true, …} or {"ok": false, "error": …}.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from caixue.errors import UsageError
from twin.faults.injector import FaultRecord
from twin.live.room import LiveRoom

LOOPBACK = "127.0.0.1"
LONGEST_LINE = 16_384
MOST_CALLERS = 8
IDLE_S = 60.0  # a caller that asks nothing for so long makes room


class Control:
    """The endpoint; it listens on loopback whatever the devices do, because it asks nobody for a password."""

    def __init__(self, room: LiveRoom) -> None:
        self._room = room
        self._callers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None

    async def open(self, port: int = 0) -> str:
        """Listen; gives HOST:PORT."""
        self._server = await asyncio.start_server(self._serve, LOOPBACK, port, limit=LONGEST_LINE)
        return f"{LOOPBACK}:{self._server.sockets[0].getsockname()[1]}"

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        for caller in self._callers:
            caller.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= MOST_CALLERS:
            writer.close()
            return
        self._callers.add(writer)
        try:
            while line := await asyncio.wait_for(reader.readline(), IDLE_S):
                writer.write(json.dumps(self.answer(line), ensure_ascii=False).encode() + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError):  # gone, or a line longer than any request, or nothing to ask
            pass
        finally:
            self._callers.discard(writer)
            writer.close()

    def answer(self, line: bytes) -> dict[str, Any]:
        """Carry out one request; whatever it holds, there is an answer."""
        try:
            request = json.loads(line)
            if not isinstance(request, dict):
                raise UsageError("a request is a JSON object")
            return {"ok": True, **self._do(request)}
        except UsageError as error:
            return {"ok": False, "error": str(error)}
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            return {"ok": False, "error": f"not a request: {error!r}"}

    def _do(self, request: dict[str, Any]) -> dict[str, Any]:
        room, what = self._room, request.get("do")
        if what == "inject":
            named: dict[str, Any] = {"link": bool(request.get("link")), "duration": request.get("for"), "detail": request.get("detail")}
            return {"fault": _row(room.inject(str(request["device"]), str(request["kind"]), **named))}
        if what == "repair":
            return {"repaired": room.repair(str(request["device"]))}
        if what == "list":
            return {"faults": [_row(record) for record in room.injector.records]}
        raise UsageError(f"do must be inject, repair or list, not {what!r}")


def _row(record: FaultRecord) -> dict[str, Any]:
    """One fault; times in microseconds since the bench started, null where that has not happened."""
    times = {"armed_us": record.armed_us, "fired_us": record.fired_us, "ended_us": record.ended_us}
    return {"name": record.name, "target": record.target, "kind": record.row.kind, "link": record.line.link is not None, **times}
