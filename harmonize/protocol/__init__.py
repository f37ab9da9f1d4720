"""How a scan was made, from its DICOM header or the sidecar beside it."""

from harmonize.protocol.headers import Protocol, read_protocol

__all__ = ["Protocol", "read_protocol"]
