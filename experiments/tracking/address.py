"""Addresses of MLflow stores: the default one, what may be shown of one, and whether anybody answers there."""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from experiments.executors.address import silence
from experiments.folder.files import TRACKING
from experiments.folder.run_folder import RunFolder
from experiments.tracking.problems import TrackingError
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

PORTS = {"http": 80, "https": 443, "postgresql": 5432, "mysql": 3306, "mssql": 1433}
"""Ports of the services that MLflow can keep its records in, where the address names none."""

SCHEMES = (*PORTS, "sqlite", "databricks", "databricks-uc", "uc")
MASK = "***"
TOKEN = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.~%=-]{16,}|.*[=:].*")
"""A part of a path that may be a secret: long, of letters and digits; or named as one is, as in key=value."""
SHORTEST = 3
"""Signs of a secret that is looked for in messages; a shorter one would garble them."""

PATIENCE = 5.0
"""Seconds to wait for an answer."""


def default_uri(folder: Path) -> str:
    """Give the address of the SQLite file in a run folder.

    Examples
    --------
    >>> default_uri(Path("/data/out"))
    'sqlite:////data/out/mlflow.db'
    """
    return sqlite_uri(RunFolder(folder.resolve()).path(TRACKING))


def sqlite_uri(file: Path, kind: str = "sqlite") -> str:
    """Give the address of an SQLite file, with the signs encoded that have a meaning in addresses.

    Raises
    ------
    TrackingError
        If the installed SQLAlchemy cannot name the file, as versions before 2.1 one with ? in its path.

    Examples
    --------
    >>> sqlite_file(sqlite_uri(Path("/data/100 % #1/m.db"))).as_posix()
    '/data/100 % #1/m.db'
    """
    from sqlalchemy import URL

    try:
        uri = URL.create(kind, database=file.as_posix()).render_as_string()
        named = sqlite_file(uri) == file
    except UnicodeError:
        named = False
    if not named:
        raise TrackingError(f"{file!a} cannot be named in an address of a database; choose a folder of another name")
    return uri


def sqlite_file(uri: str) -> Path | None:
    """Give the file that an address of SQLite names; None for a server, or a database in memory.

    Examples
    --------
    >>> sqlite_file("sqlite:////data/a#b/mlflow.db").as_posix(), sqlite_file("http://127.0.0.1:5000")
    ('/data/a#b/mlflow.db', None)
    """
    if not uri.startswith("sqlite"):
        return None
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        database = make_url(uri).database or ""
    except (ArgumentError, ValueError) as error:
        raise ConfigurationError(
            f"`tracking_uri`: {shown(uri)}: expected sqlite:////folder/mlflow.db, or sqlite:///mlflow.db for a file in "
            "this folder"
        ) from error
    if database.startswith("file:"):
        database = url2pathname(urlsplit(database).path)
    return Path(database) if database not in ("", ":memory:") else None


def shown(uri: str) -> str:
    """Give an address without passwords and tokens, fit for files and messages.

    Masked are the password before the host (all before it, where there is no colon: then it is a token), every value of
    the query, what stands behind #, and parts of the path that look like a token.

    Examples
    --------
    >>> shown("https://ana:secret@mlflow.example.org/")
    'https://ana:***@mlflow.example.org/'
    >>> shown("https://mlflow.example.org/k3y9f8s7d6a5q4w3/api?token=secret")
    'https://mlflow.example.org/***/api?token=***'
    """
    return "".join(MASK if secret else text for text, secret in _pieces(uri))


def without_secrets(text: str, uri: str) -> str:
    """Give what somebody says of an address, such as an error of MLflow, without the passwords and tokens in it.

    Examples
    --------
    >>> without_secrets("refused: url: /api?token=hunter2", "https://host/?token=hunter2")
    'refused: url: /api?token=***'
    """
    secrets = {form for piece, secret in _pieces(uri) if secret for form in (piece, unquote(piece))}
    for piece in sorted(secrets, key=len, reverse=True):
        if len(piece) >= SHORTEST:
            text = text.replace(piece, MASK)
    return re.sub(r"\w[\w+.-]*://[^\s'\"<>]+", lambda found: shown(found[0]), text)


def _pieces(uri: str) -> list[tuple[str, bool]]:
    """Cut an address into pieces, each with whether it is a secret."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return [(uri, False)]
    of_file = rest.startswith("/")  # its path may well have a # or an @
    rest, _, fragment = (rest, "", "") if of_file else rest.partition("#")
    place, _, query = rest.partition("?")
    user, at, host = ("", "", place) if of_file else place.rpartition("@")
    name, _, password = user.partition(":")
    pieces = [(f"{scheme}://", False)]
    if at:
        named = password and "/" not in name  # else the whole may be a token
        pieces += [(f"{name}:", False), (password, True), (at, False)] if named else [(user, True), (at, False)]
    host, *path = host.split("/")
    pieces.append((host, False))
    for part in path:
        pieces += [("/", False), (part, not scheme.startswith("sqlite") and bool(TOKEN.fullmatch(part)))]
    for number, field in enumerate(re.split("[&;]", query) if query else ()):
        name, equals, value = field.partition("=")
        pieces += [(f"{'&' if number else '?'}{name}{equals}", False), *([(value, True)] if equals else [])]
    return [*pieces, ("#", False), (fragment, True)] if fragment else pieces


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
            f"`tracking_uri`: {shown(uri)}: MLflow no longer keeps records in folders; "
            f"name a file as sqlite:///{Path(shown(uri)).name or 'mlflow'}.db, or a server as http://host:port"
        )
    refuse_unknown([scheme], SCHEMES, f"`tracking_uri`: {shown(uri)}", "unknown kind")
    sqlite_file(uri)
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
    file = sqlite_file(uri)
    return None if file is None else artifacts_of(file)


def artifacts_of(file: Path) -> Path:
    """Give the folder for artifacts beside an SQLite file."""
    return file.resolve().parent / "mlruns"


def refuse_silent_store(uri: str) -> None:
    """Raise at once where nobody listens, since MLflow itself would ask for minutes.

    Raises
    ------
    TrackingError
        If no connection can be made within `PATIENCE` seconds, or the folder of an SQLite file cannot be made.
    """
    parts = urlsplit(uri)
    scheme = parts.scheme.split("+")[0]
    if scheme == "sqlite":
        folder = (sqlite_file(uri) or Path()).parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TrackingError(f"the folder {folder} cannot be made: {error.strerror}") from error
    elif scheme in PORTS and parts.hostname:
        silent = silence(parts.hostname, parts.port or PORTS[scheme], PATIENCE)
        if silent is not None:
            raise TrackingError(f"nobody answers at {shown(uri)} ({without_secrets(str(silent), uri)})") from silent
