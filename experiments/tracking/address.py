"""Addresses of MLflow stores: the default one, what may be shown of one, and whether anybody answers there."""

import re
import socket
from pathlib import Path
from urllib.parse import urlsplit

from experiments import outputs
from experiments.tracking.problems import TrackingError
from harmonize.configuration import suggest
from harmonize.errors import ConfigurationError

PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
"""Ports of the services that MLflow can keep its records in, where the address names none."""

SCHEMES = (*PORTS, "sqlite", "databricks", "databricks-uc", "uc")
PATIENCE = 5.0
"""Seconds to wait for an answer."""


def default_uri(folder: Path) -> str:
    """Give the address of the SQLite file in a run folder.

    Examples
    --------
    >>> default_uri(Path("/data/out"))
    'sqlite:////data/out/mlflow.db'
    """
    return f"sqlite:///{(folder.resolve() / outputs.TRACKING).as_posix()}"


def shown(uri: str) -> str:
    """Give an address without the password in it, fit for files and messages.

    Examples
    --------
    >>> shown("https://ana:secret@mlflow.example.org/")
    'https://ana:***@mlflow.example.org/'
    """
    return re.sub(r"(?<=://)([^:/@]*):[^/]*@", r"\1:***@", uri)


def check_uri(uri: str) -> str:
    """Return an address unchanged if MLflow has stores of its kind.

    Raises
    ------
    ConfigurationError
        For another kind, with the nearest right name, or a folder, which MLflow no longer keeps records in.
    """
    scheme = urlsplit(uri).scheme.split("+")[0]
    if len(scheme) < 2 or scheme == "file":  # a drive letter of Windows is no scheme
        raise ConfigurationError(
            f"--tracking-uri: {shown(uri)}: MLflow no longer keeps records in folders; "
            f"name a file as sqlite:///{Path(uri).name or 'mlflow'}.db, or a server as http://host:port"
        )
    if scheme not in SCHEMES:
        raise ConfigurationError(f"--tracking-uri: {shown(uri)}: unknown kind '{scheme}'; {suggest(scheme, SCHEMES)}")
    return uri


def is_local(uri: str) -> bool:
    """Say whether records stay on this machine.

    Examples
    --------
    >>> is_local("sqlite:////data/mlflow.db"), is_local("http://127.0.0.1:5000"), is_local("https://example.org")
    (True, True, False)
    """
    host = urlsplit(uri).hostname
    return uri.startswith("sqlite") or host in ("localhost", "::1") or str(host).startswith("127.")


def artifacts_beside(uri: str) -> Path | None:
    """Give the folder for artifacts beside an SQLite file; a server has a place of its own.

    Without one MLflow would leave them in whatever folder the command was called from.

    Examples
    --------
    >>> artifacts_beside("sqlite:////data/mlflow.db").as_posix(), artifacts_beside("http://127.0.0.1:5000")
    ('/data/mlruns', None)
    """
    path = urlsplit(uri).path if uri.startswith("sqlite") else ""
    return Path(path.removeprefix("/")).parent / "mlruns" if path.strip("/") else None


def refuse_silence(uri: str) -> None:
    """Raise at once where nobody listens, since MLflow itself would ask for minutes.

    Raises
    ------
    TrackingError
        If no connection can be made within `PATIENCE` seconds, or the folder of an SQLite file cannot be made.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme == "sqlite":
        path = Path(uri.split("///", 1)[-1].split("?")[0])
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrackingError(f"the folder {path.parent} cannot be made: {error.strerror}") from error
    elif scheme in PORTS and parts.hostname:
        try:
            with socket.create_connection((parts.hostname, parts.port or PORTS[scheme]), timeout=PATIENCE):
                pass
        except (OSError, ValueError) as error:
            raise TrackingError(f"nobody answers at {shown(uri)} ({error})") from error
