"""Addresses of Dask schedulers: their form, and whether anybody listens there; told without Dask."""

import re
import socket

from harmonize.errors import ConfigurationError

SCHEMES = ("tcp", "tls", "ws", "wss", "ucx", "ucxx")
"""Kinds of connection that Dask makes between processes; without one it takes tcp."""

FORM = re.compile(rf"(?:({'|'.join(SCHEMES)})://)?(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:/@\[\]]+)):(\d{{1,5}})")
PATIENCE = 10.0
"""Seconds to wait for an answer."""

EXPECTED = "expected an address such as tcp://127.0.0.1:8786, as `dask scheduler` prints it when it starts"


def check_address(address: str) -> str:
    """Return an address unchanged if Dask could connect to one of its form.

    Raises
    ------
    ConfigurationError
        For an unknown kind of connection, or where host or port are missing.

    Examples
    --------
    >>> check_address("tls://node-1.cluster:8786"), check_address("[::1]:8786")
    ('tls://node-1.cluster:8786', '[::1]:8786')
    >>> check_address("127.0.0.1")
    Traceback (most recent call last):
    ...
    harmonize.errors.ConfigurationError: found '127.0.0.1'; expected an address such as tcp://127.0.0.1:8786, ...
    """
    found = FORM.fullmatch(address)
    if found is None or not 0 < int(found[4]) < 2**16:
        raise ConfigurationError(f"found {address!r}; {EXPECTED}")
    return address


def refuse_silent_scheduler(address: str) -> None:
    """Raise at once where nobody listens, since Dask itself would ask for half a minute.

    Addresses that are not of TCP, such as one within this process, are left to Dask.

    Raises
    ------
    ConfigurationError
        If no connection can be made within `PATIENCE` seconds.
    """
    found = FORM.fullmatch(address)
    if found is None or (found[1] or "").startswith("ucx"):
        return
    error = silence(found[2] or found[3], int(found[4]), PATIENCE)
    if error is not None:
        raise ConfigurationError(f"`scheduler={address}`: no Dask scheduler answers ({error}); {EXPECTED}") from error


def silence(host: str, port: int, patience: float) -> Exception | None:
    """Say why no connection of TCP can be made within some seconds; None where somebody listens."""
    try:
        with socket.create_connection((host, port), timeout=patience):
            return None
    except (OSError, ValueError, OverflowError) as error:  # the latter two of what is no host and no port
        return error
