"""Names of subjects, sequences and conditions as names of files."""

import re

LONGEST = 100
"""Bytes, which is what file systems count."""
DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def safe_name(*parts: str) -> str:
    """Join names to one that names a file or folder on any system, and leads nowhere else.

    Signs other than letters, digits, ``_ . + -`` become ``-``; it neither begins nor ends with a dot or a dash.
    Different names may become the same.

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
