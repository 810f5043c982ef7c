"""Engines: how one replication of a scenario is carried out."""
