"""What MLflow shall hold of a diagnosis in a run folder."""

from pathlib import Path

import numpy as np
import pandas as pd

from experiments import outputs
from experiments.tracking import Findings
from harmonize.documents import read_json
from harmonize.errors import ConfigurationError

SCORES, RECORD = "scores.csv", "diagnosis.json"
FILES = (SCORES, RECORD, "differences.csv", "selected.csv", "parameters.csv")
PARAMS = ("target", "select", "prune", "harmonize", "batch", "tune_by", "folds", "repeats", "inner_folds", "seed")


def diagnosis_findings(folder: Path) -> Findings:
    """Give what MLflow shall hold: every held-out score of every model with its limits, by the model's name.

    The scores of the first model stand under their plain names too, such as `auc`, `auc_lower` and `auc_upper`.

    Raises
    ------
    ConfigurationError
        If there is no diagnosis, or it is damaged.
    """
    place = folder / outputs.DIAGNOSIS
    try:
        record = read_json(place / RECORD)
        table = pd.read_csv(place / SCORES, keep_default_na=False, na_values=[""])
        params = {name: record[name] for name in PARAMS}
        models = [str(name) for name in record["steps"]]
        metrics: dict[str, float] = {}
        for row in table.to_dict("records"):
            for column, ending in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
                if np.isfinite(row[column]):
                    name = f"{row['score']}{ending}"
                    metrics[f"{str(row['model']).replace(' ', '_')}_{name}"] = float(row[column])
                    if row["model"] == models[0]:
                        metrics[name] = float(row[column])
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ConfigurationError(
            f"{place}: not readable ({error}); run `radharmony diagnose --run {folder.name}` again"
        ) from None
    figures = sorted((place / outputs.FIGURES).glob("*.*"))
    files = [place / name for name in FILES if (place / name).is_file()]
    return Findings("diagnose", {**params, "models": ", ".join(models)}, metrics, artifacts=[*files, *figures])
