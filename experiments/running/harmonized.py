"""What harmonizing the strategies of a run gave, and its files; light, as every run goes through here."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from evaluation.comparison import Learned
from experiments.folder.failures import Failure
from experiments.folder.files import BATCH_EFFECTS, FITTED, HARMONIZATION, HARMONIZATION_SUMMARY
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import write_whole
from experiments.results.learned import MODEL, harmonizer_file

if TYPE_CHECKING:
    from evaluation.batch_effects import BatchEffects
    from harmonize.combat import GroupedHarmonizer


@dataclass(frozen=True)
class Harmonization:
    """What harmonizing the strategies of a study gave.

    Parameters
    ----------
    features : DataFrame
        The feature table; harmonized strategies hold the values of models that did not see the subject.
    failures : tuple of Failure
        What could not be harmonized; it is absent from the features.
    agreement : DataFrame
        Reliability of raw, in-sample and held-out values, see `agreement_table`; empty without a harmonizer.
    summary : DataFrame
        For each harmonized strategy the measures of agreement, with what they are by chance, and of what is left of
        biology and batch; empty without a harmonizer.
    models : dict of str to GroupedHarmonizer
        By strategy, of all its subjects; those that can be saved.
    diagnoses : dict of str to BatchEffects
        By strategy, of those where a group could be harmonized.
    learned : dict of str to Learned
        How the held-out values of each harmonized strategy were learned, for its comparison with others.
    """

    features: pd.DataFrame
    failures: tuple[Failure, ...] = ()
    agreement: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    models: "dict[str, GroupedHarmonizer]" = field(default_factory=dict)
    diagnoses: "dict[str, BatchEffects]" = field(default_factory=dict)
    learned: dict[str, Learned] = field(default_factory=dict)


def write_harmonization(harmonization: Harmonization, run: RunFolder) -> None:
    """Write the tables and the models; what an earlier run left of a harmonizer that is gone is removed.

    The model of a strategy, fitted on all subjects, is for new ones (`model` of `radharmony harmonize`).
    """
    for path in run.there(FITTED, MODEL):
        path.unlink()
    there = not harmonization.agreement.empty
    diagnoses = {name: found.to_mapping() for name, found in harmonization.diagnoses.items()}
    run.renew(HARMONIZATION, harmonization.agreement if there else None)
    run.renew(HARMONIZATION_SUMMARY, harmonization.summary if there else None)
    run.renew(BATCH_EFFECTS, diagnoses if there else None)
    for strategy, model in harmonization.models.items():
        write_whole(run.path(harmonizer_file(strategy)), model.save)
