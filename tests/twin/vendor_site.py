"""A site file whose first window is on one RS-485 line, host and dispenser each with a vendor's registers; and that site over TCP."""

from __future__ import annotations

from pathlib import Path

VENDOR_MAPS = """
[vendor_map."acme-host-2"]                    # two blocks: states as holding registers at 4096, counters as input registers at 100
kind = "collection-host"
[vendor_map."acme-host-2".inputs]
state = { address = 4096, function = 3, values = { 0 = 0, 1 = 1, 2 = 1, 7 = 2 } }
alarm = { address = 4097, function = 3 }
accepted = { address = 4098, function = 3 }
completed = { address = 4099, function = 3 }
result = { address = 4100, function = 3, values = { 0 = 0, 10 = 1, 20 = 2 } }
station = { address = 100 }
tray = { address = 101, words = 2, word_order = "little" }
bin = { address = 103, words = 2 }
[vendor_map."acme-host-2".holdings]           # in another order, and still one write
job = { address = 500 }
parameter = { address = 501 }
command = { address = 502 }
[vendor_map."acme-host-2".commands]
apply = 0xA1
release = 0xA2
[vendor_map."acme-host-2".alarms]
motor-fault = 101
suction-lost = 102
label-missing = 103
tube-missing = 104

[vendor_map."bolt-dispenser"]                 # a command that stands apart from its parameters
kind = "tube-dispenser"
gap = 2
[vendor_map."bolt-dispenser".inputs]
state = { address = 0 }
alarm = { address = 1 }
accepted = { address = 10 }
completed = { address = 11 }
result = { address = 12 }
colour = { address = 2, values = { 0 = 0, 11 = 1, 12 = 2, 13 = 3, 14 = 4, 15 = 5, 16 = 6, 17 = 7 } }
low = { address = 3 }
empty = { address = 4 }
locked = { address = 6 }
[vendor_map."bolt-dispenser".holdings]
command = { address = 7 }
parameter = { address = 20 }
job = { address = 21 }
"""


def vendor_site(folder: Path, *, maps: bool = True, url: str = "twin://window-1.bus", framing: str = "rtu") -> Path:
    """The site in a file: window-1's host is unit 1 and its dispenser unit 2 of the line at `url`."""
    rows = [
        ("window-1.collection-host", "collection-host", url, 1, "acme-host-2"),
        ("window-1.tube-dispenser", "tube-dispenser", url, 2, "bolt-dispenser"),
    ]
    text = VENDOR_MAPS if maps else ""
    for name, kind, where, unit, registers in rows:
        text += f'[[device]]\nname = "{name}"\nkind = "{kind}"\nurl = "{where}"\nunit = {unit}\nframing = "{framing}"\nbaudrate = 19200\n'
        text += f'map = "{registers}"\n' if maps else ""
    for kind in ("conveyor", "sorter"):
        text += f'[[device]]\nname = "{kind}-1"\nkind = "{kind}"\nurl = "twin://{kind}-1"\nframing = "{framing}"\n'
    path = folder / "site.toml"
    path.write_text(f'schema = 1\nextends = "eight-window"\n{text}', encoding="utf-8")
    return path
