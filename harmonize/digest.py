"""The digests that name settings, fits, models, whitelists and files."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harmonize.errors import ConfigurationError
from harmonize.inputs.files import held, once_a_look, open_file


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


@once_a_look
def digest_of_file(path: Path) -> str:
    """Give the SHA-256 of the bytes of a file, of any size.

    Raises
    ------
    OSError
        If the file cannot be read, or is a pipe or a device.
    """
    if (content := held(path)) is not None:  # without the copy that `hashlib.file_digest` makes of it
        return hashlib.sha256(content).hexdigest()
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def has_digest(path: Path, digest: str | None) -> bool:
    """Tell whether a file can be read and has this SHA-256."""
    try:
        return digest_of_file(path) == digest
    except OSError:
        return False


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Give plain values with a digest over all of them.

    Examples
    --------
    >>> unsealed(sealed({"reference": "REF"}), "run.json")
    {'reference': 'REF'}
    """
    return {**values, "digest": digest_of(values)}


def unsealed(content: Mapping[str, Any], where: str, advice: str = "take it as it was written") -> dict[str, Any]:
    """Give what was sealed, without its digest.

    Parameters
    ----------
    content : mapping
        What a file holds.
    where : str
        The file, for messages.
    advice : str
        What to do if it was changed.

    Raises
    ------
    ConfigurationError
        If there is no digest, or not that of the values, so that they were changed after they were written.

    Examples
    --------
    >>> unsealed({**sealed({"reference": "REF"}), "reference": "ACC"}, "run.json")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: run.json: was changed after it was written: its digest does not match; ...
    """
    values = {name: value for name, value in content.items() if name != "digest"}
    if "digest" not in content:
        raise ConfigurationError(f"{where}: holds no digest: an earlier checkout wrote it, or it was removed; {advice}")
    if content.get("digest") != digest_of(values):
        raise ConfigurationError(f"{where}: was changed after it was written: its digest does not match; {advice}")
    return values
