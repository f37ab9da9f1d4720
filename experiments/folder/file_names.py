"""Names of subjects, sequences, conditions and other levels as names of files."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping

from harmonize.digest import digest_of

Key = tuple[str, ...]

LONGEST = 100
"""Bytes, which is what file systems count."""
DEVICE = re.compile(r"(con|prn|aux|nul|(com|lpt)[\d¹²³])(\..*)?", re.IGNORECASE)
MARK = 8
"""Digits that tell apart names which would become the same, at first."""


def safe_name(*parts: str) -> str:
    """Join names to one that names a file or folder on any system, and leads nowhere else.

    Signs other than letters, digits, ``_ . + -`` become ``-``; it neither begins nor ends with a dot or a dash.
    Different names may become the same: see `unique_names`.

    Examples
    --------
    >>> safe_name("../x", "T2 fs"), safe_name("REF+DLR"), safe_name(".."), safe_name("con")
    ('x_T2-fs', 'REF+DLR', 'unnamed', '_con')
    """
    text = "_".join(re.sub(r"[^\w.+-]+", "-", part).strip(".-") for part in parts)
    text = text.encode("utf-8", "replace")[:LONGEST].decode("utf-8", "ignore").strip(".-")
    if DEVICE.fullmatch(text):
        return f"_{text}"  # a device of Windows
    return text or "unnamed"


def folded(name: str) -> str:
    r"""Give what file systems compare that know neither case nor how a letter with an accent is written.

    Examples
    --------
    >>> folded("CAFE\u0301") == folded("caf\u00e9")
    True
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def unique_names(keys: Iterable[Key], name: Callable[..., str] = safe_name) -> dict[Key, str]:
    """Give each of several keys a name of its own, also where case or the writing of accents make no difference.

    Names that would become the same get the beginning of a digest of their key: they depend on which keys there are,
    not on their order.

    Parameters
    ----------
    keys : iterable of tuple of str
        The parts of each name; a key that stands twice has one name.
    name : callable
        Makes a name of the parts of a key.

    Examples
    --------
    >>> list(unique_names([("S 1", "T2"), ("S-1", "T2"), ("S2", "T2")]).values())
    ['S-1_T2_dd698c41', 'S-1_T2_f34528b0', 'S2_T2']
    """
    names = {key: name(*key) for key in keys}
    digits = MARK
    while same := _same(names):
        for key in same:
            start = name(*key).encode()[: LONGEST - digits - 1].decode("utf-8", "ignore")
            names[key] = f"{start}_{digest_of(key)[:digits]}"
        digits += MARK
    return names


def _same(names: Mapping[Key, str]) -> list[Key]:
    """Give the keys whose name is also that of another."""
    groups: dict[str, list[Key]] = {}
    for key, text in names.items():
        groups.setdefault(folded(text), []).append(key)
    return [key for group in groups.values() if len(group) > 1 for key in group]
