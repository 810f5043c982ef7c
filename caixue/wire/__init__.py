"""Codecs: bytes to meaning and back, in both directions, without any IO."""
