"""What a process is doing at this moment, told to whoever wants to know: for the eyes of those who wait."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str], None]

_listeners: list[Listener] = []


def now(step: str) -> None:
    """Say what is being done from here on."""
    for listener in _listeners:
        listener(step)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell a listener what is being done in this process.

    Examples
    --------
    >>> with listening(print):
    ...     now("n4")
    n4
    """
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
