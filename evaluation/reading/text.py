"""A table as a text: opened whether packed or not, its header found, and what goes wrong said in words."""

import csv
import gzip
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

import pyarrow as pa

from evaluation.reading.parquet import MOST_BYTES
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import open_file

MOST_PACKED = 100
"""Bytes of a table that one packed byte may hold; numbers are packed three to twenty times."""
ALWAYS_UNPACKED = 2**28
"""Bytes that a packed table may hold however small it is."""
LONGEST_LINE = 2**24
CHUNK = 2**20
SAMPLE = 200
"""Lines in which the header is looked for."""

SEPARATOR = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""What spreadsheets write above the header to say what stands between columns."""


def header_of_text(path: Path, packed: bool) -> tuple[tuple[str, ...], str, int]:
    """Give the names of the columns, what stands between them, and the lines up to there."""
    lines = _first_lines(path, packed)
    delimiter, skipped = "", 0
    for line in lines:
        said = SEPARATOR.fullmatch(line.strip("\r\n"))
        if said:
            delimiter = said[1]
        elif line.strip(' \t\r\n;,"'):
            break
        skipped += 1
    if skipped == len(lines):
        raise ConfigurationError(f"{path}: is empty; expected a header and below it the rows")
    found: dict[str, tuple[tuple[str, ...], int]] = {}
    with trouble(path):
        for sign in delimiter or ";\t,":
            reader = csv.reader(lines[skipped:], delimiter=sign)
            found[sign] = (tuple(name.strip() for name in next(reader)), skipped + reader.line_num)
    delimiter = max(found, key=lambda sign: len(found[sign][0]))
    return found[delimiter][0], delimiter, found[delimiter][1]


def refuse_bomb(path: Path, packed: bool) -> None:
    """Refuse a text that is too large for a table, or becomes so when it is unpacked.

    Raises
    ------
    ConfigurationError
        If it is.
    """
    with trouble(path):
        size = path.stat().st_size
        most = MOST_BYTES
        if packed:
            most = min(most, max(ALWAYS_UNPACKED, MOST_PACKED * size))
            size = 0
            with open_file(path) as packed_file, gzip.open(packed_file) as file:
                while size <= most and (piece := file.read(CHUNK)):
                    size += len(piece)
    if size > most:
        raise ConfigurationError(
            f"{path}: holds more than {most} bytes{' when unpacked' if packed else ''}; is it a table? "
            "Divide it, such as by sequence"
        )


def _first_lines(path: Path, packed: bool) -> list[str]:
    """Give the lines from which the way of writing is guessed: some hundred, fewer of a very wide table."""
    lines: list[str] = []
    with opened(path, packed) as text:
        while len(lines) < SAMPLE and sum(map(len, lines)) < LONGEST_LINE and (line := text.readline(LONGEST_LINE + 1)):
            lines.append(line)
            if len(line) > LONGEST_LINE:
                raise ConfigurationError(
                    f"{path}: line {len(lines)} has more than {LONGEST_LINE} characters; is it a table?"
                )
    return lines


@contextmanager
def opened(path: Path, packed: bool) -> Iterator[TextIO]:
    """Open a text, packed or not."""
    with trouble(path), open_file(path) as file:
        content = gzip.open(file) if packed else file  # noqa: SIM115  # closed with its wrapper
        with TextIOWrapper(content, encoding="utf-8-sig", newline="") as text:
            yield text


@contextmanager
def trouble(path: Path) -> Iterator[None]:
    """Say in words what went wrong with a file."""
    try:
        yield
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not a UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (pa.ArrowException, csv.Error, EOFError, zlib.error) as error:
        raise ConfigurationError(f"{path}: cannot be read as a table ({str(error)[:200]}); save it again") from error
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror or error})") from error
