"""Columns of numbers that may be no features: refused unless they are named."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from evaluation.reading import Rows
from evaluation.reading.roles import KNOWN_NAMES
from evaluation.tables import feature_class
from harmonize.errors import ConfigurationError

NO_FEATURES = frozenset(
    (
        *("age", "sex", "gender", "bmi", "weight", "bodyweight", "height", "race", "ethnicity", "smoker", "smoking"),
        *("outcome", "target", "diagnosis", "disease", "class", "group", "cohort", "arm", "treatment", "therapy"),
        *("event", "status", "dead", "death", "died", "alive", "survival", "survivaltime", "survivaldays", "os", "pfs"),
        *("dfs", "recurrence", "relapse", "metastasis", "response", "responder", "grade", "stage", "score", "psa"),
        *("gleason", "isup", "pirads", "fold", "split", "train", "test", "date", "time", "day", "days", "year", "row"),
        *("index", "number", "nr", "no", "site", "center", "centre", "hospital", "institution", "batch", "vendor"),
        *("manufacturer", "model", "fieldstrength", "voxels", "nvoxels", "voxelcount", "numberofvoxels", "slices"),
        *(name for names in KNOWN_NAMES.values() for name in names),
    )
)
"""Names of columns, in lower case without signs, that are no features."""

TELLING = frozenset(("patient", "subject", "id", "age", "sex", "gender", "outcome", "diagnosis", "voxels", "survival"))
"""Words that give a longer name away, such as ``patient_age``."""


def named_as_features(header: Sequence[str]) -> bool:
    """Tell whether any column is named as PyRadiomics names features."""
    return any(feature_class(name) for name in header)


def refuse_no_features(rows: Rows, table: Path) -> None:
    """Refuse columns that were taken as features for their numbers alone and look like something else.

    Raises
    ------
    ConfigurationError
        With all of them, and what can be done.
    """
    doubtful = {name: why for name in rows.features if (why := _doubt(name, rows.frame[name]))}
    if doubtful:
        listed = ", ".join(f"{name} ({why})" for name, why in list(doubtful.items())[:15])
        more = f" and {len(doubtful) - 15} more" if len(doubtful) > 15 else ""
        raise ConfigurationError(
            f"{table}: no column is named as PyRadiomics names features, and of the columns of numbers these look like "
            f"no features: {listed}{more}. Leave them as they are with --exclude {','.join(list(doubtful)[:15])}, keep "
            "the effect of a covariate with --continuous or --categorical (never the outcome), or name all features "
            "with --features to confirm"
        )


def _doubt(name: str, values: pd.Series) -> str:
    """Say why a column may be no feature; empty where nothing speaks against it."""
    words = re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
    if "".join(sign for sign in name.lower() if sign.isalnum()) in NO_FEATURES or TELLING.intersection(words):
        return "by its name"
    there = values.dropna().to_numpy(dtype=np.float64)
    if len(there) < 3 or (there != np.round(there)).any():
        return ""
    different = len(np.unique(there))
    if different == len(there):
        return "whole numbers, all different"
    return "two whole numbers" if different == 2 else ""
