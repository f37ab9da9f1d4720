"""Settings of an analysis: frozen, typed fields that the command line, Python and files of settings share."""

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import wraps
from pathlib import Path
from typing import Any, Literal, Self, TypeVar, cast, dataclass_transform, get_args, get_origin, get_type_hints

from harmonize.errors import ConfigurationError
from harmonize.inputs.checks import of_kind
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.limits import Bounds

T = TypeVar("T")


ANY = Bounds()
"""Of a number that may be any."""


@dataclass(frozen=True)
class Option:
    """What is to be known of a setting beside its type and default.

    Parameters
    ----------
    about : str or callable
        What `--help` says; or what gives it when it is shown, where that takes long.
    flag : str
        What the command line calls it, if not by its name.
    metavar : str or None
        What `--help` calls its value.
    read : callable or None
        Makes the value of a text, or of what Python users give; raises a ValueError for what it cannot take.
    choices : tuple of str or callable
        The values that there are, or what gives them; none where any will do.
    limits : Bounds
        Of a number.
    repeated : bool
        Whether the command line takes it several times.
    opened : {"file", "file or message", "folder", "any", "new file", "new folder", "new"} or None
        What a path leads to, and whether it is read or made; a message is what the reader says of one that is absent.
    endings : tuple of str
        How the name of a file has to end; empty where it may end in anything.
    recorded : bool
        Whether records of results name it.
    """

    about: str | Callable[[], str]
    flag: str = ""
    metavar: str | None = None
    read: Callable[[Any], Any] | None = None
    choices: tuple[str, ...] | Callable[[], tuple[str, ...]] = ()
    limits: Bounds = ANY
    repeated: bool = False
    opened: Literal["file", "file or message", "folder", "any", "new file", "new folder", "new"] | None = None
    endings: tuple[str, ...] = ()
    recorded: bool = True

    @property
    def known(self) -> tuple[str, ...]:
        """The values that there are now; none where any will do."""
        return self.choices() if callable(self.choices) else self.choices


def option(about: str | Callable[[], str], *, default: Any = MISSING, **rest: Any) -> Any:
    """Make a field of settings, see `Option` and, for limits, `Bounds`; one without a default must be given."""
    limits = {name: rest.pop(name) for name in vars(ANY) if name in rest}
    metadata = {"option": Option(about, limits=Bounds(**limits) if limits else ANY, **rest)}
    if isinstance(default, dict):
        return field(default_factory=lambda: dict(default), metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(option,))
def frozen_settings(cls: type[T]) -> type[T]:
    """Make a class of settings: a frozen dataclass whose fields have names only."""
    made: Any = dataclass(frozen=True, kw_only=True)(cls)
    init = made.__init__

    @wraps(init)
    def checked(self: Any, *values: Any, **given: Any) -> None:
        if values:
            raise ConfigurationError(f"{cls.__name__}: takes its settings by name, found {values[0]!r:.60}")
        check_names(made, given, cls.__name__)
        init(self, **given)

    made.__init__ = checked
    return cast("type[T]", made)


def check_names(cls: type, values: Mapping[str, Any], where: str) -> None:
    """Refuse a name that is none of the settings of a class, with the nearest right one, and one that is missing."""
    refuse_unknown(values, [one.name for one in fields(cls)], where)
    needed = (one.name for one in fields(cls) if one.default is MISSING and one.default_factory is MISSING)
    absent = [name for name in needed if name not in values]
    if absent:
        raise ConfigurationError(f"{where}: '{absent[0]}' is missing; add it")


@dataclass(frozen=True)
class Setting:
    """One field of a class of settings: name, type without None, default, and what else there is to know of it."""

    name: str
    kind: Any
    default: Any
    option: Option

    @property
    def required(self) -> bool:
        """Whether there is no default."""
        return self.default is MISSING

    def taken(self, value: Any) -> Any:
        """Give a value as the field holds it.

        Raises
        ------
        ConfigurationError
            For a value of another kind, or one beyond its limits; names the setting in backticks.
        """
        if value is None and self.default is None:
            return None
        try:
            if self.option.read is not None:
                return self._within(self.option.read(value))
            return self._within(of_kind(self.kind, value))
        except ConfigurationError as error:
            raise ConfigurationError(f"`{self.name}`: {error}") from None
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"`{self.name}`: {error}") from None

    def _within(self, value: Any) -> Any:
        known, endings = self.option.known, self.option.endings
        for one in value if isinstance(value, tuple) else (value,):
            if known and one not in known:
                raise ValueError(f"expected {', '.join(known)}, found '{one}'")
            if endings and one.suffix.lower() not in endings:
                raise ValueError(f"{one}: expected a name ending in {' or '.join(endings)}")
        if value is not None and self.option.limits is not ANY and not self.option.limits.holds(value):
            raise ValueError(f"expected {self.option.limits}, found {value}")
        return value


def settings_of(cls: type) -> tuple[Setting, ...]:
    """Give the fields of a class of settings, in the order in which `--help` shows them."""
    hints = get_type_hints(cls)
    return tuple(
        Setting(
            one.name,
            _without_none(hints[one.name]),
            one.default if one.default_factory is MISSING else one.default_factory(),
            one.metadata["option"],
        )
        for one in fields(cls)
    )


@frozen_settings
class AnalysisSettings:
    """Base of all settings: checked when they are made, and the same from keywords, a mapping and a command line.

    Examples
    --------
    >>> @frozen_settings
    ... class Folding(AnalysisSettings):
    ...     folds: int = option("Folds of subjects.", default=5, least=2)
    >>> Folding(folds=3).to_mapping()
    {'folds': 3}
    >>> Folding.from_mapping({"fold": 3})
    Traceback (most recent call last):
    harmonize.errors.ConfigurationError: settings: unknown key 'fold'; did you mean 'folds'?
    """

    def __post_init__(self) -> None:
        """Take each value as its field holds it, and refuse values that do not go together."""
        for one in settings_of(type(self)):
            object.__setattr__(self, one.name, one.taken(getattr(self, one.name)))
        self.check()

    def check(self) -> None:
        """Refuse values that do not go together."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], where: str = "settings") -> Self:
        """Make settings of plain values, as JSON and YAML hold them.

        Raises
        ------
        ConfigurationError
            For an unknown name (with the nearest right one), one that is missing, or a value that does not fit.
        """
        check_names(cls, values, where)
        return cls(**values)

    def to_mapping(self) -> dict[str, Any]:
        """Give all settings in plain values, from which `from_mapping` makes the same settings."""
        return {one.name: _as_plain(getattr(self, one.name)) for one in settings_of(type(self))}

    def record(self) -> dict[str, Any]:
        """Give the settings that numbers depend on, in plain values; files by name and SHA-256."""
        from experiments.analyses.shared.table_files import describe_file

        kept = {one.name: getattr(self, one.name) for one in settings_of(type(self)) if one.option.recorded}
        return {
            name: describe_file(value) if isinstance(value, Path) else _as_plain(value) for name, value in kept.items()
        }

    def check_files(self) -> None:
        """Refuse a file that is read, and is of a run that is not finished or was changed since."""
        from experiments.folder.belonging import check_belonging

        for one in settings_of(type(self)):
            value = getattr(self, one.name)
            if one.option.opened in ("file", "file or message") and value is not None:
                check_belonging(value)


def _without_none(hint: Any) -> Any:
    if get_origin(hint) in (types.UnionType,):
        return next(one for one in get_args(hint) if one is not type(None))
    return hint


def _as_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_as_plain(one) for one in value]
    if isinstance(value, Mapping):
        return dict(value)
    return value if value is None or isinstance(value, str | bool | int | float) else str(value)
