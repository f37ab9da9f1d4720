"""The digests that name settings, fits, models, whitelists and files."""

import hashlib
import json
from pathlib import Path

from harmonize.files import open_file


def digest_of(values: object) -> str:
    """Give the SHA-256 of plain values (what JSON can hold), whatever the order of their keys.

    Raises
    ------
    ValueError
        If a number is NaN or infinite: such values name nothing.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_of_file(path: Path) -> str:
    """Give the SHA-256 of the bytes of a file, of any size.

    Raises
    ------
    OSError
        If the file cannot be read, or is a pipe or a device.
    """
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
