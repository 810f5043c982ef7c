"""The simple registers, one a module: its FORM says what a sheet asks for and which step follows which. `caixue.ops.sheets` is the engine."""
