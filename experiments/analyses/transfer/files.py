"""The files of a transfer from one condition to another."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evaluation.classification.transfer_figure import transfer_figure
from evaluation.classification.transfer_scores import TESTED, gain_table, transfer_table
from evaluation.figures import to_bytes
from experiments.analyses.shared.left_out import reasons_of
from experiments.analyses.shared.table_files import describe_file
from experiments.folder.files import TRANSFER
from experiments.folder.writing import write_bytes, write_csv, write_json
from experiments.results.reading import read_numbers, read_record
from experiments.versions import all_versions

if TYPE_CHECKING:
    from evaluation.classification.transfer import TransferResult
    from experiments.analyses.transfer.run import TransferFound

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


def write_transfer(folder: Path, found: "TransferFound") -> TransferFiles:
    """Score a transfer and write scores, predictions, picture and record."""
    result, given = found.result, found.given
    settings = given.settings
    drawn = {"n_resamples": settings.n_resamples, "seed": settings.seed}
    scores, gains = transfer_table(result, **drawn), gain_table(result, **drawn)
    classes = next(iter(result.variants.values())).within.classes
    kept = settings.record()
    kept["resamples"] = kept.pop("n_resamples")
    record = {
        "table": {
            **describe_file(given.path),
            "features": len(given.rows.features),
            "left_out": reasons_of(given.rows.left_out),
        },
        "settings": kept,
        "train": result.train,
        "test": result.test,
        "classes": {str(label): int(np.sum(result.pairs.y == label)) for label in classes},
        "subjects": len(set(result.pairs.groups.tolist())),
        "rows": len(result.pairs.y),
        "unpaired": result.pairs.unpaired,
        "variants": list(result.variants),
        "notes": [*given.notes, *(f"{name}: {note}" for name, one in result.variants.items() for note in one.notes)],
        "versions": all_versions(),
    }
    write_csv(folder / SCORES, scores)
    write_csv(folder / GAINS, gains)
    write_csv(folder / PREDICTIONS, _predictions(result))
    title = f"From {result.train} to {result.test}: {settings.target}, {record['subjects']} subjects"
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


def _predictions(result: "TransferResult") -> pd.DataFrame:
    parts = []
    for name, one in result.variants.items():
        for tested in TESTED:
            frame = getattr(one, tested).to_frame(subjects=result.pairs.groups)
            parts.append(
                pd.concat([pd.DataFrame({"variant": name, "tested": tested}, index=frame.index), frame], axis=1)
            )
    return pd.concat(parts, ignore_index=True)
