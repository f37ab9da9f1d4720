"""What `radharmony diagnose`, `tradeoff` and `transfer` share: their place in a run folder, and what they left out."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    import pandas as pd

    from experiments.tracking import Findings

SHOWN = 6
"""Names of columns that are printed."""


def folder_of(out: Path | None, run: Path | None, name: str) -> Path:
    """Give the folder of the results: the one named, or one of this name in a run.

    Raises
    ------
    ConfigurationError
        If neither or both are named, or the run is none.
    """
    from experiments.outputs import RUN
    from harmonize.errors import ConfigurationError

    if out is not None and run is None:
        return out
    if run is None or out is not None:
        raise ConfigurationError("--out: name either a folder with --out, or a run with --run")
    if not (run / RUN).is_file():
        raise ConfigurationError(f"--run: {run} holds no {RUN}; name the folder of a finished run, or use --out")
    return run / name


def into_run(run: Path, findings: "Callable[[Path], Findings]", tracking_uri: str | None) -> Path:
    """Log findings beside the MLflow run of a run folder, and write its report again."""
    from experiments.report import write_report
    from experiments.tracking import TrackingError, log_findings

    report = write_report(run)
    try:
        log_findings(run, findings(run), tracking_uri)
    except TrackingError as error:
        click.echo(f"warning: {error}", err=True)
    return report


def warn_unrelated(run: Path | None, table: Path, subjects: "pd.Series", settings: Path | None) -> None:
    """Warn of a table of which nothing says that it belongs to a run: other subjects, and made nobody knows how."""
    import pandas as pd

    from experiments.outputs import FEATURES, RUN

    if run is None or settings is not None or (table.name == FEATURES and (table.parent / RUN).is_file()):
        return
    path = run / FEATURES
    known = set(pd.read_parquet(path, columns=["subject"])["subject"].astype(str)) if path.is_file() else set()
    if known.isdisjoint(subjects.astype(str)):
        click.echo(
            f"warning: {table} has no subject of the run {run}, and nothing says how its features were made; its "
            "report will name the table, but check that they belong together (--settings names how they were made)",
            err=True,
        )


def reasons_of(left_out: dict[str, str]) -> dict[str, list[str]]:
    """List by reason the columns that were left out.

    Examples
    --------
    >>> reasons_of({"age": "not named as a feature", "sex": "not named as a feature", "f": "excluded"})
    {'not named as a feature': ['age', 'sex'], 'excluded': ['f']}
    """
    reasons: dict[str, list[str]] = {}
    for name, why in left_out.items():
        reasons.setdefault(why, []).append(name)
    return reasons


def show_left_out(left_out: dict[str, str]) -> None:
    """Print the columns that are neither a feature nor have a role."""
    for why, names in reasons_of(left_out).items():
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        click.echo(f"left out, {why}: {', '.join(names[:SHOWN])}{more}", err=True)
