"""What a run takes of a transfer from one condition to another beside the part of its report."""

import numpy as np

from experiments.analyses.shared.adding import Adding
from experiments.analyses.shared.table_files import pictures_of
from experiments.analyses.transfer.files import GAINS, PICTURE, PLACE, RECORD, SCORES, write_transfer
from experiments.folder.added import Added
from experiments.tracking import Findings


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold of the transfer in a run folder: AUC and flips of each variant, with limits.

    Raises
    ------
    ConfigurationError
        If there is none, or it is damaged.
    """
    from evaluation.classification.transfer_scores import TESTED  # only here: it loads scikit-learn

    metrics: dict[str, float] = {}
    for row in found[SCORES].to_dict("records"):
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
    files = found.paths(SCORES, GAINS, RECORD, *pictures_of(PICTURE))
    return Findings("transfer", params, metrics, artifacts=files)


ADDING = Adding(PLACE, write_transfer, findings, RECORD)
