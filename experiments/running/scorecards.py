"""The scorecards of a run: harmonizers compared on the features of each strategy that has none."""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects import Scoring, harmonization_scorecard
from evaluation.batch_effects.compared_methods import harmonizers_of, named_methods
from evaluation.tables import feature_columns
from experiments.analyses.shared.table_files import with_types
from experiments.folder.run_folder import RunFolder
from experiments.folder.scorecard_files import SCORECARD, SCORECARD_RECORD
from experiments.study.harmonizer import CONDITION, with_batch
from experiments.study.harmonizers import ComparedMethods, harmonizers_record
from experiments.study.study import Study
from experiments.versions import all_versions
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError


def write_scorecards(
    run: RunFolder, study: Study, compared: ComparedMethods, features: pd.DataFrame, told: Callable[[int, int], None]
) -> None:
    """Compare harmonizers on each strategy, and write table and record.

    What an earlier run left for the very same features and settings stays.

    Parameters
    ----------
    run : RunFolder
    study : Study
    compared : ComparedMethods
        Which harmonizers.
    features : DataFrame
        The feature table, before harmonization.
    told : callable
        Called as `told(done, total)`.
    """
    key = _key(features, compared, study)
    record, table = run.standing(SCORECARD_RECORD), run.standing(SCORECARD)
    if record is None or table is None or record.get("key") != key:
        table, record = _scorecards(study, compared, features, told)
        record["key"] = key
    run.renew(SCORECARD, table)
    run.renew(SCORECARD_RECORD, record)


def _key(features: pd.DataFrame, compared: ComparedMethods, study: Study) -> str:
    content = hashlib.sha256(pd.util.hash_pandas_object(features, index=False).to_numpy().tobytes())
    content.update("\0".join(map(str, features.columns)).encode())
    plain = [one.name for one in study.strategies if one.harmonizer is None]
    return digest_of([content.hexdigest(), harmonizers_record(compared), study.reference, plain, all_versions()])


def _scorecards(
    study: Study, compared: ComparedMethods, features: pd.DataFrame, told: Callable[[int, int], None]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    plain = [one.name for one in study.strategies if one.harmonizer is None]
    names = [name for name in features["strategy"].unique() if not plain or name in plain]
    methods, tables, strategies = named_methods(compared.compare, "harmonizers"), [], {}
    total = len(names) * (len(methods) * (2 if compared.site else 1) + compared.permutations)
    done = [0]

    def count() -> None:
        done[0] += 1
        told(min(done[0], total), total)

    told(0, total)
    for name in names:
        rows = features[features["strategy"] == name].reset_index(drop=True)
        try:
            card = _one(study, compared, methods, rows, count)
        except ConfigurationError as error:
            strategies[name] = {"notes": [str(error)], "seconds": {}}
            continue
        table = card.table.copy()
        table.insert(0, "strategy", name)
        tables.append(table)
        strategies[name] = {"notes": list(card.notes), "seconds": dict(card.seconds)}
    told(total, total)
    columns = ["strategy", "held", *SCORECARD.texts[2:], *SCORECARD.numbers]
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return found, {"strategies": strategies, "permutations": compared.permutations, **harmonizers_record(compared)}


def _one(
    study: Study, compared: ComparedMethods, names: tuple[str, ...], rows: pd.DataFrame, count: Callable[[], None]
) -> Any:
    table = with_batch(rows, compared.batch)
    reference = compared.reference
    if reference is None and compared.batch == CONDITION:
        reference = study.reference
    most = str(table[compared.batch].value_counts().index[0])
    covariates = compared.covariates()
    numbers = [*covariates["continuous"], *covariates["smooth"]]
    table = table.assign(**{name: table[name].astype(np.float64) for name in numbers})
    table = table.assign(**{name: with_types(table[name].astype(str)) for name in compared.keep})
    methods = harmonizers_of(
        names,
        batch=compared.batch,
        subject="subject",
        reference=compared.reference,
        fallback=reference or most,
        covariates=covariates,
        where="harmonizers",
    )
    scoring = Scoring(
        batch=compared.batch,
        by=compared.by,
        reference=reference or most,
        keep=tuple(dict.fromkeys([name for of in covariates.values() for name in of] + list(compared.keep))),
        site=compared.site,
        resamples=compared.draws,
        permutations=compared.permutations,
    )
    features = [name for name in feature_columns(table) if name in rows.columns and rows[name].notna().any()]
    return harmonization_scorecard(table, methods, features, scoring, count)
