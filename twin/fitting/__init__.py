"""Load from data: queue logs in, load profiles by weekday and a law of service times out. The choices are in docs/decisions/0023-fitting.md."""
