"""The files of a trade-off between robustness and diagnosis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.figures import to_bytes, tradeoff_curve
from experiments.folder.files import TRADEOFF
from experiments.folder.writing import write_bytes, write_csv, write_json, write_parquet
from experiments.results.reading import read_numbers, read_record
from experiments.tracking import Findings
from experiments.versions import all_versions
from harmonize.digest import digest_of, digest_of_file
from harmonize.errors import ConfigurationError
from selection import Sweep, Tradeoff

TABLE, RECORD, PREDICTIONS, FREQUENCIES = "tradeoff.csv", "tradeoff.json", "predictions.parquet", "features.csv"
PICTURES = ("tradeoff.svg", "tradeoff.png")
TEXTS = ("name", "auc_status", "prediction_icc_status", "stability_status", "pareto")
KINDS = {
    **dict.fromkeys(("cohort", "reliability", "settings", "versions"), dict),
    **dict.fromkeys(("classes", "notes"), list),
    **dict.fromkeys(("rule", "finished"), str),
}
"""What the record holds."""
ADVICE = "run `radharmony tradeoff` again, or remove the folder"
"""What helps where it is damaged."""


@dataclass(frozen=True)
class TradeoffFiles:
    """What `write_tradeoff` left, as far as a report needs it.

    Attributes
    ----------
    table : DataFrame
        The table of the trade-off.
    record : mapping
        The content of tradeoff.json.
    """

    table: pd.DataFrame
    record: Mapping[str, Any]


def describe_file(path: Path) -> dict[str, str]:
    """Give name and SHA-256 of a file, for the record; not where it lies."""
    return {"file": path.name, "sha256": digest_of_file(path)}


def write_tradeoff(
    folder: Path, found: Tradeoff, cohort: Mapping[str, Any], reliability: Mapping[str, Any], title: str
) -> list[Path]:
    """Write table, record, predictions, frequencies and pictures, and give their paths.

    Parameters
    ----------
    folder : Path
        Where to.
    found : Tradeoff
    cohort, reliability : mapping
        What table and reliability were, in plain values, as `describe_file` gives them, columns and such beside.
    title : str
        Stands above the picture.
    """
    settings = found.sweep.to_mapping()
    record = {
        "cohort": {
            **cohort,
            **{name: getattr(found, name) for name in ("n_rows", "n_subjects", "n_features")},
            "conditions": list(found.conditions),
        },
        "reliability": {"source": found.source, **reliability},
        "classes": list(map(str, found.classes)),
        "rule": found.sweep.describe(),
        "settings": settings,
        "settings_digest": digest_of(settings),
        "notes": list(found.notes),
        "versions": all_versions(),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    write_csv(folder / TABLE, found.table)
    write_parquet(folder / PREDICTIONS, found.predictions)
    write_csv(folder / FREQUENCIES, found.frequencies.rename_axis("feature").reset_index())
    figure = tradeoff_curve(found.table, found.sweep.describe(), title, found.sweep.level)
    for name in PICTURES:
        write_bytes(folder / name, to_bytes(figure, name.rpartition(".")[2]))
    write_json(folder / RECORD, record)
    return [folder / name for name in (TABLE, *PICTURES, PREDICTIONS, FREQUENCIES, RECORD)]


def read_tradeoff(folder: Path) -> TradeoffFiles | None:
    """Read the trade-off in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is missing beside the other, or damaged.
    """
    place = folder / TRADEOFF
    if not (place / RECORD).is_file():
        return None
    record = read_record(place / RECORD, KINDS, ADVICE)
    table = read_numbers(place / TABLE, TEXTS, ADVICE)
    return TradeoffFiles(table.assign(pareto=table["pareto"] == "True"), record)


def tradeoff_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold of the trade-off in a run folder: the tuned row, and curves over the threshold.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    found = read_tradeoff(folder)
    if found is None:
        raise ConfigurationError(f"{folder}: holds no trade-off; run `radharmony tradeoff --run {folder.name}` first")
    settings, table = found.record["settings"], found.table
    sweep = Sweep(**settings)
    tuned = table[table["threshold"].isna()].iloc[0]
    names = ("auc", "prediction_icc", "stability", "n_features")
    limits = [name for name in table if name.endswith(("_lower", "_upper")) and not name.startswith("auc_difference")]
    swept = table[table["threshold"].notna()]
    curves = {
        name: [
            (round(100 * threshold), float(value))
            for threshold, value in zip(swept["threshold"], swept[name], strict=True)
            if np.isfinite(value)
        ]
        for name in names
    }
    params = {name: value for name, value in settings.items() if name != "thresholds"}
    return Findings(
        "tradeoff",
        {**params, "thresholds": ", ".join(f"{value:g}" for value in sweep.thresholds), "rule": found.record["rule"]},
        {f"tuned_{name}": float(tuned[name]) for name in (*names, *limits)},
        curves={f"{name}_by_threshold": curve for name, curve in curves.items() if curve},
        artifacts=[folder / TRADEOFF / name for name in (TABLE, RECORD, FREQUENCIES, *PICTURES)],
    )
