"""Texts and JSON documents that anybody may have written: bounded, UTF-8, and nothing that cannot be written again."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from harmonize.errors import ConfigurationError
from harmonize.inputs.files import open_file

MAX_BYTES = 50_000_000
"""No whitelist, model or record comes near; a larger file is not read."""


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    """Read a UTF-8 text of bounded size; a byte order mark is passed over.

    Raises
    ------
    ConfigurationError
        If it is absent, no ordinary file (a pipe would be waited for, a device never ends), too large, or not UTF-8.

    Examples
    --------
    >>> read_text(Path("nowhere.json"))
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: nowhere.json: there is no such file
    """
    try:
        with open_file(path) as file:
            content = file.read(most + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file") from None
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise ConfigurationError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if len(content) > most:
        raise ConfigurationError(f"{path}: more than {most} bytes, expected at most {most}; is it the right file?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        excel = ", in Excel as 'CSV UTF-8 (comma delimited)'" if path.suffix.lower() == ".csv" else ""
        raise ConfigurationError(
            f"{path}: is not a UTF-8 text (byte {error.start}); save it as UTF-8{excel}"
        ) from error


def parse_json(text: str, where: str) -> Any:
    """Read JSON whose values can all be written again: no NaN, no infinity (also as 1e999), no half characters.

    Parameters
    ----------
    text : str
        What a file holds.
    where : str
        The file, for messages.

    Raises
    ------
    ConfigurationError
        If it is not such a text, is too long, nested too deeply, holds a key twice, or a whole number of more than 64
        bits, which no table can hold.

    Examples
    --------
    >>> parse_json('{"icc": 1e999}', "list.json")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: list.json: is not JSON: 1e999 is not a finite number
    """
    if len(text) > MAX_BYTES:
        raise ConfigurationError(f"{where}: {len(text)} characters, expected at most {MAX_BYTES}")
    try:
        content = json.loads(
            text, parse_constant=_refuse, parse_float=_finite, parse_int=_whole, object_pairs_hook=_unique
        )
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode()
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigurationError(f"{where}: is not JSON: {place} cannot be read") from error
    except RecursionError as error:
        raise ConfigurationError(f"{where}: is not JSON: is nested too deeply") from error
    except UnicodeEncodeError as error:
        half = error.object[error.start]
        raise ConfigurationError(f"{where}: is not JSON: {half!r} is half a character") from error
    except ValueError as error:
        raise ConfigurationError(f"{where}: is not JSON: {error}") from error
    return content


def read_json(path: Path) -> Any:
    """Read a JSON file of bounded size; raises `ConfigurationError` as `read_text` and `parse_json` do."""
    return parse_json(read_text(path), str(path))


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _whole(digits: str) -> int:
    number = int(digits)
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"{digits} has more than 64 bits")
    return number


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(key for at, (key, _) in enumerate(pairs) if any(key == other for other, _ in pairs[:at]))
        raise ValueError(f"the key '{twice}' stands there twice")
    return content


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a finite number")


def as_json(value: Any) -> Any:
    """Give plain values as JSON has them: lists for arrays and tuples, nothing for numbers that are not finite.

    Examples
    --------
    >>> as_json({"shares": (0.5, math.nan), "counts": np.array([1, 2])})
    {'shares': [0.5, None], 'counts': [1, 2]}
    """
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
