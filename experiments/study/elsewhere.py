"""What other programs made of scans: columns of the table of images that strategies take theirs from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from experiments.study.manifest import Scan, path_within
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import suggest
from harmonize.steps import columns_of


def with_elsewhere(scans: Sequence[Scan], strategies: Sequence[Strategy], data: Path, where: str) -> tuple[Scan, ...]:
    """Tell every scan which files other programs made of its image; their columns are no covariates then.

    Parameters
    ----------
    scans : sequence of Scan
        As the table has them; an empty cell means that there is no such file of a scan.
    strategies : sequence of Strategy
        Which name the columns.
    data : Path
        The folder that the names of files start from.
    where : str
        The place of the strategies, for the message.

    Raises
    ------
    ConfigurationError
        For a column that the table does not have, or has for something else; one that names no file at all; and a path
        that leads out of the folder.
    """
    root = data.resolve()
    for strategy in strategies:
        for column in columns_of(strategy.steps):
            place, known = f"{where}: {strategy.name}: images", scans[0].covariates
            if any(column in scan.elsewhere for scan in scans):  # of another strategy
                continue
            if column not in known:
                raise ConfigurationError(
                    f"{place}: the table of images has no column '{column}' besides those of the study; "
                    f"{suggest(column, known)}"
                )
            if not any(scan.covariates[column] for scan in scans):
                raise ConfigurationError(f"{place}: the column '{column}' names no file; name them there")
            scans = [_with(scan, column, root) for scan in scans]
            _refuse_several(scans, column)
    return tuple(scans)


def _refuse_several(scans: Sequence[Scan], column: str) -> None:
    """Refuse segmentations of one image that name different images."""
    first: dict[tuple[str, ...], Scan] = {}
    for scan in scans:
        other = first.setdefault(scan.key, scan)
        if scan.segmentation and scan.elsewhere.get(column) != other.elsewhere.get(column):
            raise ConfigurationError(
                f"images.csv, lines {other.line} and {scan.line}: '{column}' differs between segmentations of "
                f"{scan.image.name}; name one image in all of its rows"
            )


def _with(scan: Scan, column: str, root: Path) -> Scan:
    others, elsewhere = dict(scan.covariates), dict(scan.elsewhere)
    if named := others.pop(column):
        elsewhere[column] = path_within(named, root, f"images.csv, line {scan.line}: '{column}'")
    return replace(scan, covariates=others, elsewhere=elsewhere)
