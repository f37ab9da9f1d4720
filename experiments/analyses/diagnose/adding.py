"""What a run takes of a diagnosis from features beside the part of its report."""

import numpy as np

from experiments.analyses.diagnose.files import FIGURES, FILES, PLACE, RECORD, SCORED, write_diagnosis
from experiments.analyses.shared.adding import Adding
from experiments.folder.added import Added
from experiments.tracking import Findings

PARAMS = ("target", "select", "prune", "harmonize", "batch", "tune_by", "folds", "repeats", "inner_folds", "seed")


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold: every held-out score of every model with its limits, by the model's name.

    The scores of the first model stand under their plain names too, such as `auc`, `auc_lower` and `auc_upper`.

    Raises
    ------
    ConfigurationError
        If there is no diagnosis, or it is damaged.
    """
    with found.readable():
        params = {name: found.record[name] for name in PARAMS}
        models = [str(name) for name in found.record["steps"]]
        metrics: dict[str, float] = {}
        for row in found[SCORED].to_dict("records"):
            for column, ending in (("estimate", ""), ("lower", "_lower"), ("upper", "_upper")):
                if np.isfinite(row[column]):
                    name = f"{row['score']}{ending}"
                    metrics[f"{row['model'].replace(' ', '_')}_{name}"] = float(row[column])
                    if row["model"] == models[0]:
                        metrics[name] = float(row[column])
    files = [*found.paths(*FILES), *sorted((found.folder / FIGURES).glob("*.*"))]
    return Findings("diagnose", {**params, "models": ", ".join(models)}, metrics, artifacts=files)


ADDING = Adding(PLACE, write_diagnosis, findings, RECORD)
