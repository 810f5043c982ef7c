"""Does an HL7 v2 interface read, understand and answer? It is asked NMQ^N01, and the answer must be to just that message.

NMQ^N01 is the standard's own question about the state of an application (HL7 v2.4 chapter 14): it names no patient, orders nothing and
changes nothing. Few receivers know it; one that does not must still answer AE or AR to our control id, which shows as well that it works.
The processing id is T (training), so that no receiver files it.
"""

from __future__ import annotations

from datetime import datetime

from caixue.errors import GarbledReply, LinkLost
from caixue.lang import tr
from caixue.probes.deadline import Deadline
from caixue.probes.reading import Attempt
from caixue.probes.talking import Talk, connect
from caixue.site_estate import Target
from caixue.wire.mllp import acknowledgement, framed, unframed

_CHUNK = 4096


def question(now: datetime) -> tuple[bytes, str]:
    """The message of that instant, and its control id: the instant to the microsecond, 20 characters (the longest that HL7 allows)."""
    control_id = f"{now:%Y%m%d%H%M%S%f}"
    head = f"MSH|^~\\&|CAIXUE||||{now:%Y%m%d%H%M%S%z}||NMQ^N01|{control_id}|T|2.4"
    return f"{head}\rNST|N\r".encode("ascii"), control_id


def attempt(target: Target, deadline: Deadline) -> Attempt:
    """One question and its answer. Raises ReplyTimeout, LinkLost, or GarbledReply for whatever is no answer to it."""
    message, control_id = question(deadline.clock.now())
    with connect(target, deadline) as talk:
        talk.send(framed(message))
        answer = acknowledgement(_whole(talk))
    if answer.control_id != control_id:
        raise GarbledReply(tr("应答的是另一条消息", "it answers another message"))
    return Attempt(deadline.spent_us, values={"ack": answer.code})


def _whole(talk: Talk) -> bytes:
    """The message of one whole frame."""
    data = b""
    while True:
        more = talk.receive(_CHUNK)
        if not more:
            break
        data += more
        message = unframed(data)
        if message is not None:
            return message
    if not data:
        raise LinkLost(tr("没有应答就关闭了", "closed without an answer"))
    raise LinkLost(tr(f"应答只到一半：{len(data)} 字节", f"the answer breaks off after {len(data)} bytes"))
