"""The engineer's commands: one module a group, each a thin shell over the duty in `caixue.ops`."""
