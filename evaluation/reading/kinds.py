"""What a file is by its first bytes, whatever its name says: a text, a Parquet file, or no table at all."""

import zipfile
import zlib
from pathlib import Path
from typing import IO, Literal

from harmonize.errors import ConfigurationError
from harmonize.inputs.files import open_file

PARQUET = b"PAR1"
GZIP = b"\x1f\x8b"
HEAD = 1024
"""Bytes that are looked at."""

SAVE = "save the table as CSV or Parquet"
_READ = "read it with pandas and " + SAVE
_UNPACK = "unpack it and name the table in it"

BINARY: tuple[tuple[bytes, str, str], ...] = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", SAVE + " in the spreadsheet"),
    (b"ARROW1", "a Feather file (Arrow)", _READ),
    (b"FEA1", "a Feather file (version 1)", _READ),
    (b"ORC", "an ORC file", _READ),
    (b"\x89HDF", "an HDF5 file", _READ),
    (b"SQLite format 3", "an SQLite database", "export the table as CSV"),
    (b"MATLAB 5.0", "a MATLAB file", "write the table as CSV with writetable"),
    (b"RDX", "an R data file", "write the table as CSV with write.csv"),
    (b"X\n\x00", "an R data file", "write the table as CSV with write.csv"),
    (b"$FL", "an SPSS file", SAVE),
    *((bytes([version, order, 1]), "a Stata file", SAVE) for version in (113, 114, 115) for order in (1, 2)),
    (b"<stata_dta>", "a Stata file", SAVE),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60", "a SAS file", SAVE),
    (b"\x93NUMPY", "a NumPy array", "write it as CSV with names of columns"),
    *((b"\x80" + bytes([version]), "a pickle", _READ) for version in range(2, 6)),
    (b"BZh", "packed with bzip2", _UNPACK),
    (b"\xfd7zXZ", "packed with xz", _UNPACK),
    (b"7z\xbc\xaf", "a 7-Zip archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "packed with zstd", _UNPACK),
    (b"%PDF", "a PDF document", "ask for the table as CSV"),
    (b"\x89PNG", "a picture", "name the table"),
    (b"\xff\xd8\xff", "a picture", "name the table"),
    (b"\xff\xfe", "a text in UTF-16", "save it as UTF-8 (in Excel: CSV UTF-8)"),
    (b"\xfe\xff", "a text in UTF-16", "save it as UTF-8 (in Excel: CSV UTF-8)"),
)
"""First bytes of files that are no texts, what they tell, and what can be done."""

TEXTS: tuple[tuple[bytes, str, str], ...] = (
    (b"%PDF", "a PDF document", "ask for the table as CSV"),
    (b"{\\rtf", "an RTF document", SAVE),
    *((sign, "a web page", SAVE) for sign in (b"<!DOCTYPE", b"<!doctype", b"<html", b"<HTML", b"<table")),
    (b"<?xml", "an XML document", SAVE),
    *((sign, "a JSON document", _READ) for sign in (b'{"', b"{\n", b"{\r", b"{ ", b"[{", b"[[", b"[\n", b"[\r")),
)
"""The same of texts that are no tables."""


def kind_of(path: Path) -> Literal["text", "gzip", "parquet"]:
    r"""Tell how a table is written, by the first bytes of its file; a gzip holds a text.

    Raises
    ------
    ConfigurationError
        For what is no table, with what it is and what can be done.
    OSError
        If it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "features.csv"
    >>> _ = path.write_bytes(b"ARROW1\x00\x00...")
    >>> kind_of(path)
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: ...features.csv: cannot be read: it is a Feather file (Arrow), expected CSV ...
    """
    with open_file(path) as file:
        head = file.read(HEAD)
        found = _archive(file) if head.startswith((b"PK\x03\x04", b"PK\x05\x06")) else _known(head)
    if found is None and head.startswith(GZIP):
        found = _within_gzip(head)
    if found is None and b"\x00" in head and not head.startswith((PARQUET, GZIP)):
        found = ("no text", f"is it a table? {SAVE[0].upper() + SAVE[1:]}")
    named = {".parquet": PARQUET, ".pq": PARQUET, ".gz": GZIP}.get(path.suffix.lower())
    if found is None and named is not None and not head.startswith(named):
        found = (f"no {path.suffix.lower()} file in spite of its name", "rename it if it is a text, or write it again")
    if found is not None:
        raise ConfigurationError(f"{path}: cannot be read: it is {found[0]}, expected CSV or Parquet; {found[1]}")
    return "parquet" if head.startswith(PARQUET) else "gzip" if head.startswith(GZIP) else "text"


def _known(head: bytes) -> tuple[str, str] | None:
    if head[257:262] == b"ustar":
        return ("a tar archive", _UNPACK)
    if head[128:132] == b"DICM":
        return ("a DICOM file", "name the table of features")
    if not _is_text(head):
        return next(((what, advice) for sign, what, advice in BINARY if head.startswith(sign)), None)
    # A text may begin with a mark of its encoding or with blanks.
    bare = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return next(((what, advice) for sign, what, advice in TEXTS if bare.startswith(sign)), None)


def _is_text(head: bytes) -> bool:
    try:
        text = head[:-3].decode() if len(head) == HEAD else head.decode()  # the last sign may be cut
    except UnicodeDecodeError as error:
        return len(head) == HEAD and error.start >= HEAD - 6
    return not any(ord(sign) < ord("\t") for sign in text)


def _archive(file: IO[bytes]) -> tuple[str, str]:
    """Say what a ZIP archive is: many programs keep their documents in one."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        names = []
    if any(name.startswith("xl/") for name in names):
        return ("an Excel workbook", f"{SAVE} (in Excel: Save as, CSV UTF-8)")
    if "content.xml" in names:
        return ("an OpenDocument file", f"{SAVE} in the spreadsheet")
    if any(name.endswith(".npy") for name in names):
        return ("a file of NumPy arrays (.npz)", "write them as CSV with names of columns")
    if any(name.startswith("word/") for name in names):
        return ("a Word document", SAVE)
    inside = f" with {', '.join(names[:3])}" if names else ""
    return (f"a ZIP archive{inside}", _UNPACK)


def _within_gzip(head: bytes) -> tuple[str, str] | None:
    """Say what is packed in a file, where it is no table as text."""
    try:
        inner = zlib.decompressobj(wbits=31).decompress(head, HEAD)
    except zlib.error:
        return None  # said when it is unpacked
    found = ("a Parquet file", _UNPACK) if inner.startswith(PARQUET) else _known(inner)
    if found is None and b"\x00" in inner:
        found = ("no text", _UNPACK)
    return None if found is None else (f"packed with gzip and holds {found[0]}", found[1])
