"""Read what harmonizers left in the folder of a finished run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.harmonization import Diagnosis
from experiments import outputs
from harmonize.errors import ConfigurationError

NUMBERS = (
    *("raw", "in_sample", "held_out", "null_raw", "null_in_sample", "null_held_out"),
    *("p_in_sample", "p_held_out", "n_permutations"),
)


@dataclass(frozen=True)
class Harmonized:
    """What harmonizers did.

    Attributes
    ----------
    summary : DataFrame
        The table harmonization.csv.
    diagnoses : dict of str to Diagnosis
        By strategy, from harmonization.json.
    """

    summary: pd.DataFrame
    diagnoses: Mapping[str, Diagnosis]


def read_harmonization(folder: Path) -> Harmonized | None:
    """Read both files; none where no strategy was harmonized.

    Raises
    ------
    ConfigurationError
        For a file that is damaged or missing beside the other.
    """
    path, diagnoses = folder / outputs.HARMONIZATION_SUMMARY, folder / outputs.DIAGNOSES
    if not path.is_file():
        return None
    advice = "run the study again to write it"
    try:
        # Names as text throughout: a strategy named NA or 007 must stay what it is.
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
        missing = [name for name in ("strategy", "measure", *NUMBERS) if name not in table.columns]
        if missing:
            raise ConfigurationError(f"{path}: column '{missing[0]}' is missing; {advice}")
        numbers = table[list(NUMBERS)].replace("", "nan").astype("float64")
    except (ValueError, OSError) as error:
        if isinstance(error, ConfigurationError):
            raise
        raise ConfigurationError(f"{path}: not readable as a table ({error}); {advice}") from None
    try:
        content = json.loads(diagnoses.read_text(encoding="utf-8"))
        items = dict(content).items()
    except (OSError, ValueError, TypeError) as error:
        raise ConfigurationError(f"{diagnoses}: not readable as JSON ({error}); {advice}") from None
    return Harmonized(
        table.assign(**{name: numbers[name] for name in NUMBERS}),
        {str(name): Diagnosis.from_mapping(values, f"{diagnoses}: {name}") for name, values in items},
    )
