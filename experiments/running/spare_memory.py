"""Memory that a stage has freed, given back to the system before the next one begins."""

import ctypes
import sys
from contextlib import suppress


def give_back() -> None:
    """Give back what the C library keeps of freed memory, where it can be asked to (GNU's).

    Arrays and texts of a large table leave gaps among what is still in use, which the library keeps for later: of a
    thousand subjects up to half of what the process holds, while the next stage asks for memory of its own.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).malloc_trim(0)
