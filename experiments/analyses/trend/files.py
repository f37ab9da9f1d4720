"""The files of an analysis of trends."""

from pathlib import Path
from typing import Any

import pandas as pd

from experiments.analyses.trend.run import TrendFound
from experiments.folder.added import again
from experiments.folder.file_names import unique_names
from experiments.folder.files import FIGURES
from experiments.folder.kinds import Drawing, Record
from experiments.folder.run_folder import RunFolder
from experiments.results.trends import write_trends
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

RECORD = Record(
    "trend.json",
    keys={**dict.fromkeys(("table", "settings", "numbers", "rule"), dict), "factor": str},
    advice=again("trend"),
)


def write_trend(out: str | Path, found: TrendFound) -> None:
    """Write tables, record and pictures of an analysis of trends into a folder."""
    folder = RunFolder(as_path(out, "`out`"))
    write_trends(folder, found.trends)
    record = {
        "table": dict(found.described),
        "settings": found.settings.record(),
        "factor": found.factor.name,
        "numbers": dict(found.factor.numbers),
        "rule": found.rule.to_mapping(),
        "versions": all_versions(),
    }
    RECORD.write(folder.folder, record)
    if not found.settings.no_figures:
        _write_figures(folder.folder, found)


def _write_figures(folder: Path, found: TrendFound) -> None:
    """Draw the share that passes, and features against the levels: those asked for, or the one that changes most."""
    from evaluation.figures import against_levels, dose_response  # only here: they load matplotlib

    shares, drawn = found.trends.shares, dict[tuple[str, ...], Any]()
    for (strategy, at), rows in shares.groupby(["strategy", "at"], sort=False):
        title = ", ".join(name for name in (strategy, at) if name != "all")
        drawn["dose_response", str(strategy), str(at)] = dose_response(
            rows, found.factor.name, found.rule.describe(), title
        )
    for feature in found.settings.picture or _most_changed(found.trends.trends):
        drawn["levels", feature] = against_levels(found.read.table, found.factor, feature)
    names = unique_names(drawn)
    for key, figure in drawn.items():
        FIGURES.file(names[key], Drawing).write(folder, figure)


def _most_changed(trends: pd.DataFrame) -> tuple[str, ...]:
    """Name the feature with the smallest p of the slope."""
    known = trends.dropna(subset=["slope_p"])
    return () if known.empty else (str(known.loc[known["slope_p"].idxmin(), "feature"]),)
