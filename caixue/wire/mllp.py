"""The minimal lower layer protocol of HL7 v2 (HL7 v2.5.1 appendix C): a message between VT and FS CR, and what its acknowledgement says."""

from __future__ import annotations

from dataclasses import dataclass

from caixue.errors import GarbledReply
from caixue.lang import tr

VT, FS, CR = b"\x0b", b"\x1c", b"\r"
MOST_BYTES = 65_536  # of one answer
CODES = {"AA", "AE", "AR", "CA", "CE", "CR"}  # HL7 table 0008


def framed(message: bytes) -> bytes:
    """The message as it goes over the line. Raises ValueError for one that holds VT or FS."""
    if VT in message or FS in message:
        raise ValueError("a message holds neither VT nor FS")
    return VT + message + FS + CR


def unframed(data: bytes) -> bytes | None:
    """The message in what has come so far; None while its end has not. Raises GarbledReply for what is no frame, or one that is too long."""
    if data and not data.startswith(VT):
        raise GarbledReply(tr("应答不是 MLLP：没有起始符", "the answer is no MLLP: it has no start"))
    message, end, rest = data[1:].partition(FS)
    if len(message) > MOST_BYTES:
        raise GarbledReply(tr(f"应答超过 {MOST_BYTES} 字节", f"the answer is longer than {MOST_BYTES} bytes"))
    if not end or not rest:
        return None
    if not rest.startswith(CR):
        raise GarbledReply(tr("应答不是 MLLP：结束符之后没有 CR", "the answer is no MLLP: no CR behind its end"))
    return message


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """What the segment MSA says: the code (HL7 table 0008), and to which message."""

    code: str
    control_id: str


def acknowledgement(message: bytes) -> Acknowledgement:
    """The acknowledgement in a message. Raises GarbledReply for what is no HL7 v2, has no MSA, or a code that does not exist."""
    segments = [line for line in message.replace(b"\n", CR).split(CR) if line]
    if not segments or not segments[0].startswith(b"MSH") or len(segments[0]) < 4:
        raise GarbledReply(tr("应答不是 HL7 v2：不以 MSH 开头", "the answer is no HL7 v2: no MSH at its start"))
    separator = segments[0][3:4]
    found = next((line.split(separator) for line in segments if line.startswith(b"MSA" + separator)), [])
    if len(found) < 3:
        raise GarbledReply(tr("应答里没有 MSA", "the answer has no MSA"))
    code, control_id = (part.decode("ascii", "replace").strip() for part in found[1:3])
    if code not in CODES:
        raise GarbledReply(tr("MSA 的代码不存在", "the code in MSA does not exist"))
    return Acknowledgement(code, control_id)
