"""Packed streams, unpacked no further than is asked for."""

import zlib
from typing import IO

CHUNK = 1 << 20
MOST_PACKED = 1032
"""How many bytes one byte can hold at most, a limit of the format (RFC 1951)."""

GZIP_ONLY = zlib.MAX_WBITS | 16
MOST_BEYOND = 1 << 26
"""Bytes behind those that are wanted that are unpacked for the check sum."""


def inflated_size(file: IO[bytes], length: int, wbits: int, most: int) -> tuple[int, bool]:
    """Unpack a stream piece by piece, and give its size.

    Parameters
    ----------
    file : binary file
        It stands at the first packed byte.
    length : int
        Of the packed bytes.
    wbits : int
        The format, as in `zlib.decompressobj`.
    most : int
        Where to stop: a little beyond as many unpacked bytes.

    Returns
    -------
    size : int
        Unpacked bytes.
    complete : bool
        Whether the stream has come to its end, with the right check sum where its format has one.

    Raises
    ------
    zlib.error
        If it is damaged.

    Examples
    --------
    >>> import io
    >>> packed = zlib.compress(bytes(5000))
    >>> inflated_size(io.BytesIO(packed), len(packed), zlib.MAX_WBITS, 10_000)
    (5000, True)
    >>> inflated_size(io.BytesIO(packed), len(packed) - 1, zlib.MAX_WBITS, 10_000)
    (5000, False)
    """
    unpacking = zlib.decompressobj(wbits)
    size, chunk = 0, b""
    while size <= most and not unpacking.eof:
        if not chunk:
            chunk = file.read(min(CHUNK, length))
            length -= len(chunk)
        piece = unpacking.decompress(chunk, CHUNK)
        if not piece and not chunk:
            break
        size += len(piece)
        chunk = unpacking.unconsumed_tail
    return size, unpacking.eof


def inflated(file: IO[bytes], size: int) -> bytearray:
    """Unpack the first bytes of a gzip file, of one member or several, and see that they are sound.

    Parameters
    ----------
    file : binary file
        It stands at the beginning.
    size : int
        Of the unpacked bytes that are wanted; what follows is unpacked, for its check sum, but not kept.

    Returns
    -------
    bytearray
        As many as were asked for, or all that there are; never held twice.

    Raises
    ------
    zlib.error
        If they are damaged.

    Examples
    --------
    >>> import gzip, io
    >>> inflated(io.BytesIO(gzip.compress(b"one, ") + gzip.compress(b"two, three")), 8)
    bytearray(b'one, two')
    """
    content = bytearray(size)
    found, beyond, chunk = 0, 0, file.read(CHUNK)
    while found < size and chunk:
        unpacking = zlib.decompressobj(GZIP_ONLY)
        while not unpacking.eof and beyond <= MOST_BEYOND:
            chunk = chunk or file.read(CHUNK)
            piece = unpacking.decompress(chunk, CHUNK)
            if not piece and not chunk:
                break
            taken = min(len(piece), size - found)
            content[found : found + taken] = memoryview(piece)[:taken]
            found += taken
            beyond += len(piece) - taken
            chunk = unpacking.unconsumed_tail
        if found >= size and not unpacking.eof and beyond <= MOST_BEYOND:
            raise zlib.error("they end before their check sum")
        chunk = unpacking.unused_data or file.read(CHUNK)
    del content[found:]
    return content
