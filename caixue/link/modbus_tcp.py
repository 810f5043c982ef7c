"""One exchange over Modbus TCP: the transaction number tells our reply from every other, however late it comes."""

from __future__ import annotations

from caixue.clock import US_PER_S
from caixue.errors import GarbledReply, ReplyTimeout
from caixue.link.port import Port
from caixue.wire.mbap import HEADER, LAST_TRANSACTION, Frame, body_size, take_frame, tcp_request
from caixue.wire.modbus import EXCEPTIONS, GATEWAY_ERRORS, WRITE, Reply, Request, decode_reply


def tcp_exchange(port: Port, request: Request, reply_timeout_s: float) -> Reply:
    """Send `request` and give its reply.

    Raises ReplyTimeout when none comes in time, also when a gateway says so for its unit; GarbledReply for one that does
    not fit, or for bytes that are no frame: a stream that is out of step stays so, and the connection is given up.
    """
    with port.lock:
        if port.waiting():
            port.discard()
        port.line.transaction = transaction = port.line.transaction % LAST_TRANSACTION + 1
        port.write(tcp_request(request, transaction), moves=request.function == WRITE)
        body = _await(port, transaction, reply_timeout_s)
    reply = decode_reply(body, request)
    if reply is None:
        raise GarbledReply(f"not a reply: {body[:32].hex(' ')}", device=port.name)
    if reply.error in GATEWAY_ERRORS:
        raise ReplyTimeout(f"Modbus exception {reply.error}: {EXCEPTIONS[reply.error]}", device=port.name)
    return reply


def _await(port: Port, transaction: int, reply_timeout_s: float) -> bytes:
    """Unit, function and data of the frame that belongs to `transaction`; those of others are dropped."""
    now_us = port.clock.monotonic_us
    end_us = now_us() + int(reply_timeout_s * US_PER_S)
    while (left_us := end_us - now_us()) > 0:
        header = port.read(HEADER, left_us / US_PER_S)
        if not header:
            break
        frame = _frame(port, header, end_us)
        if frame.transaction == transaction:
            return frame.body
    raise ReplyTimeout(f"no reply within {reply_timeout_s:g} s", device=port.name)


def _frame(port: Port, header: bytes, end_us: int) -> Frame:
    size, frame, data = body_size(header), None, header
    if size is not None:
        data += port.read(size, max(0, end_us - port.clock.monotonic_us()) / US_PER_S)
        frame, _ = take_frame(data)
    if frame is None:
        port.close()
        raise GarbledReply(f"not a Modbus TCP frame: {data[:32].hex(' ')}", device=port.name)
    return frame
