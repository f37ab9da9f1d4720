"""What the records of trade-off, transfer and diagnosis say of their models, in one form."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.classification import SCORES
from experiments.analyses.diagnose.files import ADVICE, SIZES, read_diagnosis
from experiments.analyses.tradeoff.files import read_tradeoff
from experiments.analyses.transfer.files import read_transfer
from experiments.folder.files import DIAGNOSIS, TRADEOFF, TRANSFER
from experiments.results.reading import read_csv, readable, to_numbers


@dataclass(frozen=True)
class Modeling:
    """Models that were tested, and how.

    Parameters
    ----------
    folder : str
        The folder within the run that says so.
    models : tuple of str
    settings : mapping
        `folds`, `repeats`, `seed` and what else was recorded.
    measures : tuple of str
        Which were computed.
    subjects : int
    classes : mapping of str to int
        Rows by class; empty where this was not recorded.
    removed : str
        How features that are not robust were kept out; empty if they were not.
    reduced : tuple of str or None
        How redundant features were removed; empty if they were not, None where that was not asked.
    n_features : float or None
        Features that a model uses, on average.
    calibration : mapping of str to float
        Slope by model, where it could be computed.
    uncalibrated : tuple of str
        Why it could not be computed of the others.
    harmonizer : str
        Empty for none.
    baselines : tuple of str
        What else was tested on the same folds.
    compared : str
        How models were compared; empty if they were not.
    versions : mapping of str to str
    """

    folder: str
    models: tuple[str, ...]
    settings: Mapping[str, Any]
    measures: tuple[str, ...]
    subjects: int
    versions: Mapping[str, str]
    classes: Mapping[str, int]
    removed: str = ""
    reduced: tuple[str, ...] | None = None
    n_features: float | None = None
    calibration: Mapping[str, float] | None = None
    uncalibrated: tuple[str, ...] = ()
    harmonizer: str = ""
    baselines: tuple[str, ...] = ()
    compared: str = ""


def read_modeling(folder: Path, added: Collection[str]) -> tuple[Modeling, ...]:
    """Read what models a run folder holds, in those places that belong to its run.

    Raises
    ------
    ConfigurationError
        For a file that is damaged.
    """
    readers = {TRADEOFF: _tradeoff, TRANSFER: _transfer, DIAGNOSIS: _diagnosis}
    found = (read(folder) for place, read in readers.items() if place in added)
    return tuple(one for one in found if one is not None)


def _tradeoff(folder: Path) -> Modeling | None:
    files = read_tradeoff(folder)
    if files is None:
        return None
    record, settings = files.record, files.record["settings"]
    return Modeling(
        TRADEOFF,
        (settings["model"],),
        settings,
        ("AUC", "agreement of predictions", "stability of selection"),
        int(record["cohort"]["n_subjects"]),
        record["versions"],
        {},
        removed=f"{record['rule']} above a threshold",
        reduced=_reduced(settings),
        n_features=float(files.table.iloc[-1]["n_features"]),
    )


def _transfer(folder: Path) -> Modeling | None:
    files = read_transfer(folder)
    if files is None:
        return None
    record, settings = files.record, files.record["settings"]
    across = files.scores[files.scores["tested"] == "across"].rename(columns={"variant": "model"})
    slopes, reasons = _slopes(across)
    listed = settings["whitelist"]
    return Modeling(
        TRANSFER,
        (settings["model"],),
        settings,
        ("AUC", "Brier score", "calibration", "share of predictions that flip"),
        int(record["subjects"]),
        record["versions"],
        record["classes"],
        removed="" if listed is None else f"the whitelist {listed['file']}, beside all features",
        calibration=slopes,
        uncalibrated=reasons,
        harmonizer=settings["harmonize"] or "",
        compared="" if files.gains.empty else "differences of AUC and of flips with paired limits over subjects",
    )


def _diagnosis(folder: Path) -> Modeling | None:
    files = read_diagnosis(folder)
    if files is None:
        return None
    record, scores = files.record, files.scores
    path = folder / DIAGNOSIS / SIZES
    sizes = to_numbers(read_csv(path, ("model", "n_features"), ADVICE), ("n_features",), path, ADVICE)
    with readable(path.parent, ADVICE):
        models = tuple(record["steps"])
        slopes, reasons = _slopes(scores[scores["model"].isin(models)])
        listed = record["whitelist"]
        return Modeling(
            DIAGNOSIS,
            models,
            record,
            tuple(SCORES[name].title for name in scores["score"].unique()),
            int(record["subjects"]),
            record["versions"],
            record["rows"],
            removed="" if listed is None else f"the whitelist {listed['file']}",
            reduced=_reduced(record),
            n_features=float(sizes.loc[sizes["model"].isin(models), "n_features"].mean()),
            calibration=slopes,
            uncalibrated=reasons,
            harmonizer=record["harmonize"] or "",
            baselines=tuple(record["baselines"]),
            compared="differences from the baselines with limits" if record["baselines"] else "",
        )


def _reduced(settings: Mapping[str, Any]) -> tuple[str, ...]:
    parts = []
    if settings["prune"] is not None:
        parts.append(f"of features with an absolute rank correlation of {settings['prune']:g} or more one was kept")
    if settings["select"] not in (None, "none"):
        parts.append(f"selector {settings['select']}")
    return tuple(parts)


def _slopes(scores: pd.DataFrame) -> tuple[dict[str, float], tuple[str, ...]]:
    rows = scores[scores["score"] == "calibration_slope"]
    given = rows[rows["estimate"].notna()]
    reasons = rows.loc[rows["estimate"].isna(), "status"]
    return dict(zip(given["model"], given["estimate"], strict=True)), tuple(sorted(set(reasons)))
