"""Images in two files: a header, `.hdr`, and voxels, `.img`."""

from pathlib import Path

from harmonize.errors import ScanError

HEADERS, VOXELS = (".hdr", ".hdr.gz"), (".img", ".img.gz")
PAIRS = ((HEADERS, (*VOXELS, ".IMG")), (VOXELS, (*HEADERS, ".HDR")))
"""Endings of the two files of a pair, and those of the other one."""


def pair_of(path: Path) -> Path | None:
    """Give the other file of a pair of ``.hdr`` and ``.img``; None where there is none.

    Examples
    --------
    >>> pair_of(Path("nowhere.hdr")) is None
    True
    """
    name = path.name.lower()
    for endings, others in PAIRS:
        ending = next((ending for ending in endings if name.endswith(ending)), None)
        if ending is not None:
            found = [path.with_name(path.name[: -len(ending)] + other) for other in others]
            return next((file for file in found if file.exists()), None)
    return None


def header_file(path: Path) -> Path:
    """Find the file with the header: of a pair, the one with the ending ``.hdr``; else the path itself."""
    return (path.name.lower().endswith(VOXELS) and pair_of(path)) or path


def data_file(path: Path, single: bool) -> Path:
    """Find the file that holds the voxels: of a pair, the one with the ending ``.img``; raises `ScanError` for none.

    Parameters
    ----------
    path : Path
        The file that was named.
    single : bool
        Whether the header says that they are in its own file.
    """
    name = path.name.lower()
    data = path if single or name.endswith(VOXELS) else pair_of(path) if name.endswith(HEADERS) else None
    if data is None or (single and name.endswith(HEADERS)):
        raise ScanError(
            f"{path}: the header says that the voxels are in "
            + ("the same file" if single else "another file, .img, and there is none"),
            "copy both files, or export it again as .nii.gz",
        )
    return data
