"""Drivers: ordinary blocking Python over a port and a clock, one file a kind of device."""
