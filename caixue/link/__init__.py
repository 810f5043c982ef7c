"""The link layer: the only code that opens ports."""
