"""Names of files: as Python users hand them in, and those of a table or a study file, which stay within a folder."""

import os
from collections.abc import Sized
from pathlib import Path

from harmonize.errors import ConfigurationError

BESIDE = "move the file there"
MOST_SHOWN = 60
"""Signs of what was found instead of a path."""


def as_path(value: object, where: str = "") -> Path:
    """Take a path as people hand it in: a text or a path.

    Parameters
    ----------
    value : str or path
    where : str
        What it is for, for the message.

    Raises
    ------
    ConfigurationError
        For anything else, and an empty text.

    Examples
    --------
    >>> as_path("results").name
    'results'
    >>> as_path(None, "`out`")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: `out`: expected a path, found None
    """
    if isinstance(value, str | os.PathLike) and isinstance(text := os.fspath(value), str) and text:
        return Path(text)
    raise ConfigurationError(f"{where}{': ' if where else ''}expected a path, found {_told(value)}")


def _told(value: object) -> str:
    """Say what was found, in one line: of what holds many values only its type and shape."""
    if shape := getattr(value, "shape", ()):
        return f"a {type(value).__name__} of shape {shape}"
    text = " ".join(repr(value).split())
    if len(text) > MOST_SHOWN and isinstance(value, Sized):
        return f"a {type(value).__name__} of length {len(value)}"
    return text[:MOST_SHOWN]


def path_within(text: str, root: Path, where: str, advice: str = BESIDE, what: str = "the folder") -> Path:
    r"""Give the path of a file that somebody's text names, refusing one that leads out of a folder.

    Parameters
    ----------
    text : str
        As it stands there; backslashes count as slashes.
    root : Path
        The folder.
    where : str
        The place of the text, for the message.
    advice, what : str
        What to do instead, and what the folder is, for the message.

    Raises
    ------
    ConfigurationError
        If the path leads out of `root`, also by way of a link.

    Examples
    --------
    >>> path_within("../x.nii", Path("/data"), "line 2")
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: line 2: '../x.nii' leads out of the folder /data; move the file there
    """
    slashed = text.replace("\\", "/")
    path = root / slashed
    # To look a network path up is to tell its server who asks, so that one is judged by its name alone.
    inside = not slashed.startswith("//") or path.is_relative_to(root)
    try:
        inside = inside and path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError) as error:
        raise ConfigurationError(
            f"{where}: {text[:200]!r} cannot be followed: it leads in a circle, is too long, or holds a NUL; "
            "correct the path"
        ) from error
    if not inside:
        raise ConfigurationError(f"{where}: '{text:.200}' leads out of {what} {root}; {advice}")
    return path
