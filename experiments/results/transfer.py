"""The files of a transfer from one condition to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evaluation.classification.transfer import TransferResult
from evaluation.classification.transfer_figure import transfer_figure
from evaluation.classification.transfer_scores import TESTED, gain_table, transfer_table
from evaluation.figures import to_bytes
from experiments.folder.files import TRANSFER
from experiments.folder.writing import write_bytes, write_csv, write_json
from experiments.results.reading import read_numbers, read_record
from experiments.tracking import Findings
from experiments.versions import all_versions
from harmonize.errors import ConfigurationError

SCORES, GAINS, PREDICTIONS, RECORD = "transfer.csv", "transfer_gains.csv", "transfer_predictions.csv", "transfer.json"
PICTURES = ("transfer.svg", "transfer.png")
TEXTS = ("variant", "score", "tested", "interval", "status")
KINDS = {
    **dict.fromkeys(("table", "settings", "classes"), dict),
    **dict.fromkeys(("train", "test"), str),
    **dict.fromkeys(("subjects", "rows", "unpaired"), int),
    **dict.fromkeys(("variants", "notes"), list),
}
"""What the record holds."""
ADVICE = "run `radharmony transfer` again, or remove the folder"
"""What helps where it is damaged."""


@dataclass(frozen=True)
class TransferFiles:
    """What `write_transfer` left.

    Attributes
    ----------
    scores, gains : DataFrame
        See `transfer_table` and `gain_table`.
    record : mapping
        The content of transfer.json.
    """

    scores: pd.DataFrame
    gains: pd.DataFrame
    record: Mapping[str, Any]


def write_transfer(
    folder: Path,
    result: TransferResult,
    table: Mapping[str, Any],
    settings: Mapping[str, Any],
    notes: list[str],
    *,
    n_resamples: int,
    seed: int,
) -> TransferFiles:
    """Score a transfer and write scores, predictions, picture and record.

    Parameters
    ----------
    folder : Path
        Where to.
    result : TransferResult
    table, settings : mapping
        What the table was and how the result was made, in plain values.
    notes : list of str
        What a reader should know; those of the variants follow.
    n_resamples, seed : int
        For the limits.
    """
    scores = transfer_table(result, n_resamples=n_resamples, seed=seed)
    gains = gain_table(result, n_resamples=n_resamples, seed=seed)
    classes = next(iter(result.variants.values())).within.classes
    record = {
        "table": dict(table),
        "settings": {**settings, "resamples": n_resamples, "seed": seed},
        "train": result.train,
        "test": result.test,
        "classes": {str(label): int(np.sum(result.pairs.y == label)) for label in classes},
        "subjects": len(set(result.pairs.groups.tolist())),
        "rows": len(result.pairs.y),
        "unpaired": result.pairs.unpaired,
        "variants": list(result.variants),
        "notes": [*notes, *(f"{name}: {note}" for name, one in result.variants.items() for note in one.notes)],
        "versions": all_versions(),
    }
    write_csv(folder / SCORES, scores)
    write_csv(folder / GAINS, gains)
    write_csv(folder / PREDICTIONS, _predictions(result))
    title = f"From {result.train} to {result.test}: {settings['target']}, {record['subjects']} subjects"
    figure = transfer_figure(scores, result.train, result.test, title)
    for name in PICTURES:
        write_bytes(folder / name, to_bytes(figure, name.rpartition(".")[2]))
    write_json(folder / RECORD, record)
    return TransferFiles(scores, gains, record)


def read_transfer(folder: Path) -> TransferFiles | None:
    """Read the transfer in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is missing beside the others, or damaged.
    """
    place = folder / TRANSFER
    if not (place / RECORD).is_file():
        return None
    record = read_record(place / RECORD, KINDS, ADVICE)
    scores, gains = (read_numbers(place / name, TEXTS, ADVICE) for name in (SCORES, GAINS))
    return TransferFiles(scores, gains, record)


def transfer_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold of the transfer in a run folder: AUC and flips of each variant, with limits.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    found = read_transfer(folder)
    if found is None:
        raise ConfigurationError(f"{folder}: holds no transfer; run `radharmony transfer --run {folder.name}` first")
    metrics: dict[str, float] = {}
    for row in found.scores.to_dict("records"):
        if row["score"] not in ("auc", "flips_at_half") or row["tested"] not in (*TESTED, "both"):
            continue
        tested = "" if row["tested"] == "both" else f"_{row['tested']}"
        variant = row["variant"].replace(", ", "_").replace(" ", "_")
        for column, ending in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
            if np.isfinite(row[column]):
                metrics[f"{variant}_{row['score']}{tested}{ending}"] = float(row[column])
    record = found.record
    settings = {name: value for name, value in record["settings"].items() if not isinstance(value, dict | list)}
    params = {**settings, "train": record["train"], "test": record["test"], "table": record["table"]["file"]}
    files = [folder / TRANSFER / name for name in (SCORES, GAINS, RECORD, *PICTURES)]
    return Findings("transfer", params, metrics, artifacts=[path for path in files if path.is_file()])


def _predictions(result: TransferResult) -> pd.DataFrame:
    parts = []
    for name, one in result.variants.items():
        for tested in TESTED:
            frame = getattr(one, tested).to_frame(subjects=result.pairs.groups)
            parts.append(
                pd.concat([pd.DataFrame({"variant": name, "tested": tested}, index=frame.index), frame], axis=1)
            )
    return pd.concat(parts, ignore_index=True)
