"""The device models in real time: each behind a pseudo terminal, a TCP port, or both."""
