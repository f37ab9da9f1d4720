"""What MLflow holds of a transfer from one condition to another."""

from pathlib import Path

import numpy as np

from evaluation.classification.transfer_scores import TESTED
from experiments.analyses.transfer.files import GAINS, PICTURES, RECORD, SCORES, read_transfer
from experiments.folder.files import TRANSFER
from experiments.tracking import Findings
from harmonize.errors import ConfigurationError


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
