"""What `radharmony reliability` reads, what it compares with, and which place its pictures show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from evaluation.publication import Place
from evaluation.reading import Reading, ReadTable, Roles
from evaluation.tables import ALL_CONDITIONS
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest

NONE = "none"
"""Names no reference."""


def reference_of(read: ReadTable, wanted: str | None) -> str | None:
    """Give the reference condition, or nothing where `none` (and no condition of that name) was asked for."""
    conditions = read.levels("condition")
    if wanted == NONE and NONE not in conditions:
        return None
    if wanted is None and len(conditions) > 2:
        raise ConfigurationError(
            f"there are {len(conditions)} conditions, {', '.join(conditions[:12])}; name the one that the others are "
            f"compared with by --reference, or compare all with one another by --reference {NONE}"
        )
    return read.reference(wanted)


def paths_of(tables: tuple[str, ...]) -> Path | dict[str, Path]:
    """Take one table as it is, several by the name of their strategy."""
    named: dict[str, Path] = {}
    for table in tables:
        name, equals, path = table.partition("=")
        if not equals or Path(table).exists():
            name, path = Path(table).name.split(".")[0], table
            if len(tables) == 1:
                return Path(table)
        if name in named:
            raise ConfigurationError(f"two tables are called '{name}'; name them, such as second={path}")
        named[name] = Path(path)
    return named


def reading_of(options: Mapping[str, Any]) -> Reading:
    """Take how the table is to be read."""
    long = options["long"]
    if long is not None:
        feature, comma, value = long.partition(",")
        if not comma:
            raise click.BadParameter(f"expected FEATURE,VALUE, found '{long}'", param_hint="--long")
        long = (feature.strip(), value.strip())
    roles = Roles(
        **{name: options[name] for name in ("subject", "condition", "order", "sequence", "roi", "strategy", "within")}
    )
    return Reading(roles, options["extract"], long, options["features"], options["exclude"], options["decimal"])


def place_of(read: ReadTable, reference: str | None, wanted: dict[str, str]) -> Place:
    """Give the place that pictures of single features show: the levels that are wanted, else the first of each."""
    roles = ("strategy", "sequence", "roi", "condition")
    refuse_unknown(wanted, roles, "--at")
    chosen = {}
    for role in roles:
        levels = [level for level in read.levels(role) if role != "condition" or level != reference]
        if role == "condition" and reference is None:
            levels = [ALL_CONDITIONS]
        if role in wanted and wanted[role] not in levels:
            raise ConfigurationError(f"--at: there is no {role} '{wanted[role]}'; {suggest(wanted[role], levels)}")
        chosen[role] = wanted.get(role, levels[0])
    return Place(**chosen)
