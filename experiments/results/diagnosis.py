"""The files of a diagnosis from features, as far as others read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.folder.files import DIAGNOSIS, FIGURES
from experiments.results.reading import read_csv, read_record, readable, to_numbers
from experiments.tracking import Findings
from harmonize.errors import ConfigurationError

SCORES, DIFFERENCES, SIZES, RECORD = "scores.csv", "differences.csv", "parameters.csv", "diagnosis.json"
FILES = (SCORES, RECORD, DIFFERENCES, "selected.csv", SIZES)
PARAMS = ("target", "select", "prune", "harmonize", "batch", "tune_by", "folds", "repeats", "inner_folds", "seed")
ADVICE = "run `radharmony diagnose` again, or remove the folder"
"""What helps where a file is damaged."""


@dataclass(frozen=True)
class DiagnosisFiles:
    """What `radharmony diagnose` left.

    Attributes
    ----------
    scores : DataFrame
        Held-out scores of every model, with limits.
    differences : DataFrame
        Of the models from the baselines, with limits.
    record : mapping
        The content of diagnosis.json.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    record: Mapping[str, Any]


def read_diagnosis(folder: Path) -> DiagnosisFiles | None:
    """Read the diagnosis in a run folder; None where there is none.

    Raises
    ------
    ConfigurationError
        For a file that is missing beside the others, or damaged.
    """
    place = folder / DIAGNOSIS
    if not (place / RECORD).is_file():
        return None
    record = read_record(place / RECORD, {}, ADVICE)
    scores = _table(place / SCORES, ("model", "score", "status"), ("estimate", "lower", "upper"))
    compared = ("model", "baseline", "score", "status")
    differences = _table(place / DIFFERENCES, compared, ("difference", "lower", "upper"))
    return DiagnosisFiles(scores, differences, record)


def _table(path: Path, texts: tuple[str, ...], numbers: tuple[str, ...]) -> pd.DataFrame:
    return to_numbers(read_csv(path, (*texts, *numbers), ADVICE), numbers, path, ADVICE)


def diagnosis_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold: every held-out score of every model with its limits, by the model's name.

    The scores of the first model stand under their plain names too, such as `auc`, `auc_lower` and `auc_upper`.

    Raises
    ------
    ConfigurationError
        If there is no diagnosis, or it is damaged.
    """
    place = folder / DIAGNOSIS
    found = read_diagnosis(folder)
    if found is None:
        raise ConfigurationError(f"{folder}: holds no diagnosis; run `radharmony diagnose --run {folder.name}` first")
    with readable(place, ADVICE):
        params = {name: found.record[name] for name in PARAMS}
        models = [str(name) for name in found.record["steps"]]
        metrics: dict[str, float] = {}
        for row in found.scores.to_dict("records"):
            for column, ending in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
                if np.isfinite(row[column]):
                    name = f"{row['score']}{ending}"
                    metrics[f"{row['model'].replace(' ', '_')}_{name}"] = float(row[column])
                    if row["model"] == models[0]:
                        metrics[name] = float(row[column])
    figures = sorted((place / FIGURES).glob("*.*"))
    files = [place / name for name in FILES if (place / name).is_file()]
    return Findings("diagnose", {**params, "models": ", ".join(models)}, metrics, artifacts=[*files, *figures])
