"""The digest that names settings, fits, models and whitelists."""

import hashlib
import json


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
