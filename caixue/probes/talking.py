"""A TCP connection on which every operation takes no longer than what is left of one deadline, however slowly the peer drips."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from caixue.errors import GarbledReply, LinkLost, ReplyTimeout
from caixue.lang import tr
from caixue.probes.deadline import Deadline
from caixue.probes.resolving import NAMES, Address, Names
from caixue.site_estate import Target


class Talk:
    """One connection; it is closed when the `with` ends. Raises ReplyTimeout, LinkLost or GarbledReply and no other errors."""

    def __init__(self, connection: socket.socket, deadline: Deadline) -> None:
        self._connection = connection
        self._deadline = deadline

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def encrypt(self, host: str, context: ssl.SSLContext) -> None:
        """TLS with a certificate that holds for `host`. Raises GarbledReply for one that does not."""
        plain = self._connection
        with _errors(self._deadline, "TLS 握手", "shaking hands for TLS"):
            self._connection = context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
            self._connection.settimeout(self._deadline.left_s())
            self._connection.do_handshake()

    def send(self, data: bytes) -> None:
        """Send all of it."""
        with _errors(self._deadline, "发送", "sending"):
            while data:
                self._connection.settimeout(self._deadline.left_s())
                data = data[self._connection.send(data) :]

    def receive(self, most: int) -> bytes:
        """What has come, at most so many bytes; nothing once the peer has closed."""
        with _errors(self._deadline, "等应答", "waiting for the answer"):
            self._connection.settimeout(self._deadline.left_s())
            return self._connection.recv(most)


@contextmanager
def _errors(deadline: Deadline, zh: str, en: str) -> Iterator[None]:
    """The errors of sockets as ours; `zh` and `en` say what was going on."""
    try:
        yield
    except TimeoutError:
        raise deadline.late(zh, en) from None
    except ssl.SSLCertVerificationError as error:
        raise GarbledReply(
            tr(f"证书不可信：{error.verify_message}", f"the certificate is not to be trusted: {error.verify_message}")
        ) from None
    except ssl.SSLError as error:
        raise GarbledReply(tr(f"TLS 出错：{error.reason}", f"TLS failed: {error.reason}")) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise LinkLost(tr(f"{zh}时出错：{why}", f"failed while {en}: {why}")) from None


def connect(target: Target, deadline: Deadline, names: Names = NAMES) -> Talk:
    """A connection to the first address that takes it. Raises ReplyTimeout or LinkLost, and what the last address said."""
    addresses = names.addresses(target.host, deadline)
    for place, address in enumerate(addresses):
        try:
            return Talk(_connected(address, target.port, deadline.share(len(addresses) - place)), deadline)
        except (LinkLost, ReplyTimeout):
            if place == len(addresses) - 1:
                raise
    raise deadline.late("连接", "connecting")


def _connected(address: Address, port: int, deadline: Deadline) -> socket.socket:
    family, (host, _, *more) = address
    with _errors(deadline, "连接", "connecting"):
        connection = socket.socket(family, socket.SOCK_STREAM)  # a machine without IPv6 has none for its addresses
    try:
        with _errors(deadline, "连接", "connecting"):
            connection.settimeout(deadline.left_s())
            connection.connect((host, port, *more))
    except BaseException:
        connection.close()
        raise
    return connection
