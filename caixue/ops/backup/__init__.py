"""Backups of software and templates (contract C2.2.3): a copy counts only when it was restored and compared; see `caixue.ops.backup.service`."""
