"""Commands of planning: a module each, registered through the entry points of pyproject.toml."""
