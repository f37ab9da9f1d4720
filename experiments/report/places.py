"""Texts without the places on a disk: a report is passed on, and folders carry names of people and projects."""

import re
from typing import Any

from experiments.page import Content

WITHIN = r"[^/\\\s'\"<>|][^/\\'\"<>|\n]*"
"""A folder in a path; spaces stand within names, but not at their beginning."""
FOLDERS = re.compile(
    rf"(?<![\w./])(?<!http:)(?<!https:)/+(?:{WITHIN}/)+"  # /home/somebody/study/, sqlite:////home/somebody/
    rf"|(?<!\w)[A-Za-z]:[/\\]+(?:{WITHIN}[/\\]+)+"  # C:\Users\somebody\
    rf"|\\\\(?:{WITHIN}\\+)+"  # \\server\share\
)


def without_folders(text: str) -> str:
    r"""Leave of each absolute path its last part.

    Examples
    --------
    >>> without_folders("the image is not there: /home/Jane Doe/study/S01/t2.nii.gz; correct it")
    'the image is not there: t2.nii.gz; correct it'
    >>> without_folders(r"C:\Users\jane\t2.nii.gz"), without_folders("S01/t2.nii.gz, HASTE / liver, 3 mm/s")
    ('t2.nii.gz', 'S01/t2.nii.gz, HASTE / liver, 3 mm/s')
    """
    return text if text.startswith("data:") else FOLDERS.sub("", text)


def without_places(content: Content) -> Content:
    """Do so for all texts of what a section says; pictures and what is packed as JSON hold no paths."""
    return {key: value if key == "json" else _without(value) for key, value in content.items()}


def _without(value: Any) -> Any:
    if isinstance(value, str):
        return without_folders(value)
    if isinstance(value, dict):
        return without_places(value)
    if isinstance(value, list | tuple):
        return type(value)(_without(one) for one in value)
    return value
