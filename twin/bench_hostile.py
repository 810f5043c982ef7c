"""Clients that misbehave, to see what a bench does about them: `python -m twin.bench_hostile HOST PORT CONNECTS [SEED]`.

Never point it at a real device.
"""

from __future__ import annotations

import socket
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle, islice

from twin.chance import Chance, Dice

HALF_FRAME = bytes.fromhex("01 10 00 00 00 7b f6 00")  # begins a write of 246 bytes that never come
REQUEST = bytes.fromhex("01 04 00 00 00 09 30 0c")
KEPT_OPEN = 20

Deed = Callable[[socket.socket, Dice], object]

DEEDS: tuple[Deed, ...] = (
    lambda connection, dice: None,  # connects and goes
    lambda connection, dice: connection.sendall(HALF_FRAME),
    lambda connection, dice: connection.sendall(dice.randbytes(200)),
    lambda connection, dice: connection.sendall(dice.randbytes(4096)),  # far more than any frame
    lambda connection, dice: connection.sendall(REQUEST * 50),  # and never reads
    lambda connection, dice: connection.sendall(b"\x1b\x1d\x1f\x10\x04" * 40),  # begins of printer commands
)


def attack(host: str, port: int, connects: int, dice: Dice) -> Iterator[bool]:
    """Connect that often, each time with another deed; gives whether each connection was taken. The last few stay open for a while."""
    held: deque[socket.socket] = deque()
    for deed in islice(cycle(DEEDS), connects):
        taken = False
        with suppress(OSError):
            connection = socket.create_connection((host, port), timeout=1.0)
            held.append(connection)
            taken = True
            connection.settimeout(0.005)
            deed(connection, dice)
        while len(held) > KEPT_OPEN:
            held.popleft().close()
        yield taken
    for connection in held:
        connection.close()


def main(arguments: list[str]) -> None:
    """Attack, and print how many connections were taken."""
    host, port, connects = arguments[0], int(arguments[1]), int(arguments[2])
    dice = Chance(int(arguments[3]) if len(arguments) > 3 else 1).stream("hostile")
    print(sum(attack(host, port, connects, dice)))


if __name__ == "__main__":
    main(sys.argv[1:])
