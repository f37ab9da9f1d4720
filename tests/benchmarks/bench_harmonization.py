"""What harmonizing a study takes: processor time of one thread of its strategies with a harmonizer, and part by part.

    python tests/benchmarks/bench_harmonization.py [--strategies 8] [--profile]

Seventeen subjects in four arms, three sequences and ten ROIs, 93 features: 68 rows a strategy for each of 2,790
features. Values are drawn: what subjects, conditions and errors share is that of three dimensions, so that features
depend on one another. Every strategy has ComBat with the reference, and 20 permutations, as by default.
"""

import argparse
import cProfile
import pstats
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.running.harmonization import harmonize_strategies
from experiments.running.store.finished import store_at
from experiments.simulate import Simulation, write_study
from experiments.study.harmonizer import Harmonizer
from experiments.study.study import Study

SUBJECTS, SEQUENCES, ROIS, FEATURES = 17, 3, 10, 93


def study_of(folder: Path, strategies: int) -> Study:
    """Give a study whose strategies all have a harmonizer."""
    base = Study.from_yaml(write_study(folder, Simulation(subjects=1, sequences=("HASTE",), rois=1, slices=2)))
    harmonizer = Harmonizer.parse({"combat": {"reference": base.reference}}, "")
    names = [f"strategy{number}" for number in range(strategies)]
    return replace(
        base,
        strategies=tuple(replace(base.strategies[0], name=name, harmonizer=harmonizer) for name in names),
    )


def features_of(study: Study) -> pd.DataFrame:
    """Draw the rows of all strategies."""
    rng = np.random.default_rng(0)
    conditions = list(study.conditions)
    index = pd.MultiIndex.from_product(
        [
            [f"S{number:02}" for number in range(SUBJECTS)],
            [f"sequence{number}" for number in range(SEQUENCES)],
            conditions,
            [f"roi{number}" for number in range(ROIS)],
        ],
        names=["subject", "sequence", "condition", "roi"],
    )
    names = [f"original_glcm_F{number}" for number in range(FEATURES)]
    loadings = rng.normal(size=(3, 3, FEATURES)) / np.sqrt(3)
    place = rng.normal(size=(SEQUENCES, ROIS, FEATURES))
    parts = []
    for number, strategy in enumerate(study.strategies):
        shape = SUBJECTS, SEQUENCES, len(conditions), ROIS, 3
        own = rng.normal(size=(SUBJECTS, SEQUENCES, 1, ROIS, 3)) @ loadings[0]
        shift = 0.7 * rng.normal(size=(1, SEQUENCES, len(conditions), ROIS, 3)) @ loadings[1]
        spread = rng.uniform(0.7, 1.4, size=(1, SEQUENCES, len(conditions), ROIS, 1))
        errors = 0.5 * rng.normal(size=shape) @ loadings[2] + 0.2 * rng.normal(size=(*shape[:-1], FEATURES))
        values = 20 + 3 * place[None, :, None] + own + shift + (0.2 + 0.1 * number) * spread * errors
        part = pd.DataFrame(values.reshape(-1, FEATURES), index=index, columns=names).reset_index()
        part.insert(0, "strategy", strategy.name)
        parts.append(part)
    table = pd.concat(parts, ignore_index=True)
    levels = table["condition"].str.split("+", expand=True)
    return table.assign(**{name: levels[number] for number, name in enumerate(study.factors)})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--strategies", type=int, default=8)
    parser.add_argument("--profile", action="store_true", help="functions by the time in them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        study = study_of(Path(name), options.strategies)
        features = features_of(study)
        harmonize_strategies(replace(study, strategies=study.strategies[:1]), features.iloc[: len(features) // 8])
        profile = cProfile.Profile()
        if options.profile:
            profile.enable()
        start = time.process_time()
        harmonize_strategies(study, features)
        spent = time.process_time() - start
        profile.disable()
        print(f"{options.strategies} strategies of {len(features) // options.strategies} rows: {spent:.2f} s")
        if options.profile:
            pstats.Stats(profile).sort_stats("cumtime").print_stats(60)
        store = store_at(Path(name) / "finished")
        for what in ("with what is stored of it", "the same again"):
            start = time.process_time()
            harmonize_strategies(study, features, store=store)
            print(f"{what}: {time.process_time() - start:.2f} s")


if __name__ == "__main__":
    main()
