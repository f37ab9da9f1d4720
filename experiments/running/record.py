"""What a run keeps of its study: the settings that enter run.json, and the whitelists."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pandas as pd

from evaluation.tables import UNPERTURBED
from experiments.folder.files import WHITELISTS
from experiments.folder.kinds import Text
from experiments.folder.run_folder import RunFolder
from experiments.study.harmonizers import harmonizers_record
from experiments.study.ordered_factors import levels_record
from experiments.study.perturbations import perturbations_record
from experiments.study.study import Study
from experiments.versions import all_versions
from harmonize.errors import ConfigurationError
from selection.whitelist import Whitelist


def record_of(study: Study) -> dict[str, Any]:
    """Give what run.json holds of a study: who, what and how, with all defaults."""
    return {
        "name": study.name,
        "description": study.description,
        "reference": study.reference,
        "factors": list(study.factors),
        "subjects": list(study.subjects),
        "sequences": list(study.sequences),
        "conditions": list(study.conditions),
        "rois": list(study.rois),
        "scans": len(study.images),
        "strategies": [
            {
                "name": strategy.name,
                "description": strategy.description,
                **strategy.to_mapping(),
                "digest": strategy.digest(),
            }
            for strategy in study.strategies
        ],
        "rule": study.thresholds.to_mapping(),
        "registration": asdict(study.registration) if study.registration else None,
        **levels_record(study.levels),
        **perturbations_record(study.perturbations),
        **harmonizers_record(study.harmonizers),
        **study.drawn_record(),
    }


def whitelists_of(
    study: Study, reliability: pd.DataFrame, data_digest: str, learned: Mapping[str, Mapping[str, Any]]
) -> dict[str, Whitelist]:
    """Give the whitelist of every strategy by the rule of the study."""
    computed = set(reliability["strategy"].unique())
    draws = perturbations_record(study.perturbations) if study.reference == UNPERTURBED else {}
    compared = {study.reference, *reliability["condition"].unique()}
    return {
        strategy.name: study.thresholds.whitelist(
            reliability,
            strategy.name,
            settings={**strategy.to_mapping(), **draws},
            settings_digest=strategy.digest(),
            data_digest=data_digest,
            versions=all_versions(),
            study=study.name,
            reference=study.reference,
            conditions=tuple(name for name in study.conditions if name in compared),
            learned=learned[strategy.name],
        )
        for strategy in study.strategies
        if strategy.name in computed
    }


def write_whitelists(run: RunFolder, whitelists: Mapping[str, Whitelist]) -> None:
    """Write a whitelist for each strategy; those of a former run go, and what others have put there stays."""
    for path in run.there(WHITELISTS, ".json"):
        try:
            if path.stem not in whitelists and Whitelist.read(path).strategy == path.stem:
                path.unlink()
        except ConfigurationError:
            continue  # none of ours
    for name, whitelist in whitelists.items():
        run.write(WHITELISTS.file(f"{name}.json", Text), whitelist.to_json())
