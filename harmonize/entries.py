"""What has a name in study files and on the command line: our own entries, and what installed packages add.

A package adds an entry by an entry point of the group of the registry, such as ``radharmony.steps``, whose name is
that of the entry. Nothing that a study file says is ever imported: it can only name what somebody installed.
"""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Generic, TypeVar

from harmonize.errors import ConfigurationError, RadharmonyError, ScanError

T = TypeVar("T")

PREFIX = "radharmony."
"""What the groups of entry points begin with."""


PACKAGE = "package"
"""The key of a description that names what adds the entry."""


class AddedWarning(UserWarning):
    """A package adds something that cannot be used."""


class Registry(Mapping[str, T], Generic[T]):
    """Entries by name: our own in their order, then those that installed packages add, sorted.

    What a package adds is loaded when it is asked for by name, or when all entries are gone through; one that cannot be
    loaded is left out of the latter with a warning.

    Parameters
    ----------
    kind : str
        What an entry is, in one word, such as ``step``; the group of entry points is its plural.
    own : mapping of str to object
        Those of radharmony.
    fault : callable
        Given a name and what a package adds under it, says what it lacks to be an entry; empty if nothing.

    Raises
    ------
    ConfigurationError
        When something is asked for that is added by two packages, has the name of one of our own, cannot be imported or
        is no entry.

    Examples
    --------
    >>> colours = Registry("colour", {"red": 1}, lambda name, colour: "")
    >>> colours["red"], list(colours), "blue" in colours, colours.package("red")
    (1, ['red'], False, '')
    """

    def __init__(self, kind: str, own: Mapping[str, T], fault: Callable[[str, Any], str]) -> None:
        self.kind = kind
        self.own = dict(own)
        self._fault = fault
        self._loaded: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Give an entry; see `Registry` for what is raised."""
        if name in self.own and name not in self._added:
            return self.own[name]
        if name not in self._loaded:
            self._loaded[name] = self._load(name)
        return self._loaded[name]

    def get(self, name: str, default: Any = None) -> Any:
        """Give an entry, or something else where there is none, or none that can be used."""
        try:
            return self[name]
        except (KeyError, ConfigurationError):
            return default

    def __contains__(self, name: object) -> bool:
        """Tell whether there is an entry, without loading it."""
        return name in self.own or name in self._added

    def __iter__(self) -> Iterator[str]:
        """Go through the names of all entries that can be used."""
        for name in self.names:
            try:
                self[name]
            except ConfigurationError as error:
                warnings.warn(AddedWarning(str(error)), stacklevel=2)
            else:
                yield name

    def __len__(self) -> int:
        """Count the names, without loading anything."""
        return len(self.names)

    @property
    def names(self) -> list[str]:
        """All names, without loading anything."""
        return list(dict.fromkeys([*self.own, *sorted(self._added)]))

    def package(self, name: str) -> str:
        """Give the package that adds an entry, with its version; empty for our own."""
        return " and ".join(map(_package, self._added.get(name, ())))

    def stamp(self, name: str) -> dict[str, str]:
        """Give what the description of an entry has besides its parameters: the package that adds it, if one does."""
        package = self.package(name)
        return {PACKAGE: package} if package else {}

    def unstamped(self, name: str, parameters: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Take the stamp off a description; raises a `ConfigurationError` if it is of another version.

        Parameters
        ----------
        name : str
            Of the entry.
        parameters : mapping
            With a stamp, or none as where a person wrote them.
        where : str
            The place, for the message.
        """
        package = self.package(name)
        made = parameters.get(PACKAGE, package) if package else package
        if made != package:
            raise ConfigurationError(
                f"{where}: package: is '{made}', but '{name}' is added by {package}; install that version, or compute "
                "again with this one"
            )
        return {key: value for key, value in parameters.items() if key != PACKAGE or not package}

    @contextmanager
    def answered_for(self, name: str, *, scan: bool = True) -> Iterator[None]:
        """Have whatever an entry raises that a package adds name the package; none ends the program.

        Parameters
        ----------
        name : str
            Of the entry.
        scan : bool
            Whether it concerns one scan, or all that is computed.

        Raises
        ------
        ScanError or ConfigurationError
            For an error that is not ours; one of an entry of our own stays as it is.
        """
        try:
            yield
        except (RadharmonyError, MemoryError):
            raise
        except (Exception, SystemExit) as error:  # whatever is in a package
            package = self.package(name)
            if not package:
                raise
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"[:1000]
            if scan:
                advice = f"look at this scan; if it is sound, tell the author of {package}"
                raise ScanError(told, advice) from error
            raise ConfigurationError(
                f"the {self.kind} '{name}' failed ({told}); tell the author of {package}, or go on without it"
            ) from error

    @cached_property
    def _added(self) -> dict[str, list[EntryPoint]]:
        found: dict[str, list[EntryPoint]] = {}
        for point in added(f"{self.kind}s"):
            found.setdefault(point.name, []).append(point)
        return found

    def _load(self, name: str) -> T:
        if name not in self._added:
            raise KeyError(name)
        ways = self._added[name]
        about = f"the {self.kind} '{name}' is added by the package {self.package(name)}"
        if alike := [other for other in self.names if other != name and other.casefold() == name.casefold()]:
            raise ConfigurationError(
                f"{about}; it differs from '{alike[0]}' only in case, and would share files on some systems; uninstall "
                "one, or have its author rename it"
            )
        if len(ways) > 1 or name in self.own:
            both = "" if len(ways) > 1 else ", and radharmony has one of this name"
            raise ConfigurationError(f"{about}{both}; uninstall one, or have its author rename it")
        try:
            entry: T = ways[0].load()
        except Exception as error:  # whatever a package raises when it is imported
            told = f"{type(error).__name__}: {error}"
            raise ConfigurationError(f"{about}, which cannot be imported ({told}); update or uninstall it") from error
        if fault := self._fault(name, entry):
            raise ConfigurationError(f"{about}, but {fault}; update or uninstall it")
        return entry


def added(group: str = "") -> list[EntryPoint]:
    """Give the entry points of a group, or of all our groups, by name.

    Parameters
    ----------
    group : str
        Without what all groups begin with.
    """
    wanted = PREFIX + group
    points = entry_points()
    found = [
        point
        for name in points.groups
        if name == wanted or (not group and name.startswith(wanted))
        for point in points.select(group=name)
    ]
    return sorted(found, key=lambda point: (point.group, point.name, _package(point)))


def added_versions() -> dict[str, str]:
    """Give the versions of the packages that add something, by their names."""
    return {point.dist.name: point.dist.version for point in added() if point.dist}


def fault_of_class(name: str, entry: Any, *, called: str = "__call__") -> str:
    """Say what a class lacks to be an entry whose fields are its parameters in a study file; empty if nothing."""
    if not isinstance(entry, type) or not is_dataclass(entry):
        return f"{entry!r} is no dataclass"
    if getattr(entry, "name", None) != name:
        return f"the `name` of the class is {getattr(entry, 'name', None)!r}"
    if not isinstance(getattr(entry, "title", None), str):
        return "the class has no `title`, how a report calls it"
    if any(field.name == PACKAGE for field in fields(entry)):
        return f"its parameter '{PACKAGE}' has a meaning of its own"
    return "" if any(called in vars(base) for base in entry.__mro__) else f"the class has no `{called}`"


def _package(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else point.value
