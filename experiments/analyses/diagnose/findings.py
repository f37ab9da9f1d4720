"""What MLflow holds of a diagnosis from features."""

from pathlib import Path

import numpy as np

from experiments.analyses.diagnose.files import ADVICE, FILES, read_diagnosis
from experiments.folder.files import DIAGNOSIS, FIGURES
from experiments.folder.kinds import readable
from experiments.tracking import Findings
from harmonize.errors import ConfigurationError

PARAMS = ("target", "select", "prune", "harmonize", "batch", "tune_by", "folds", "repeats", "inner_folds", "seed")


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
