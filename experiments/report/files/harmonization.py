"""Read what harmonizers left in the folder of a finished run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from evaluation.batch_effects import BatchEffects
from experiments.folder.files import DIAGNOSES, HARMONIZATION_SUMMARY
from experiments.results.reading import read_csv, read_record, to_numbers

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
    diagnoses : dict of str to BatchEffects
        By strategy, from harmonization.json.
    """

    summary: pd.DataFrame
    diagnoses: Mapping[str, BatchEffects]


def read_harmonization(folder: Path) -> Harmonized | None:
    """Read both files; none where no strategy was harmonized.

    Raises
    ------
    ConfigurationError
        For a file that is damaged or missing beside the other.
    """
    path, diagnoses = folder / HARMONIZATION_SUMMARY, folder / DIAGNOSES
    if not path.is_file():
        return None
    table = to_numbers(read_csv(path, ("strategy", "measure", *NUMBERS)), NUMBERS, path)
    content = read_record(diagnoses, {})
    return Harmonized(
        table, {name: BatchEffects.from_mapping(values, f"{diagnoses}: {name}") for name, values in content.items()}
    )
