"""How much a packed stream holds, without keeping it."""

import zlib
from typing import IO

CHUNK = 1 << 20
MOST_PACKED = 1032
"""How many bytes one byte can hold at most, a limit of the format (RFC 1951)."""


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
