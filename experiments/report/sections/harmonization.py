"""What harmonizers did, as the report says it."""

import pandas as pd

from experiments.report import wording
from experiments.report.contents.quantities import Table
from experiments.report.contents.summary import HarmonizedStrategy
from experiments.report.files.run import RunFiles
from experiments.study.harmonizer import method_text

MEASURES = {
    "robust_share": "Robust combinations",
    "icc_median": "ICC(A,1), median",
    "ccc_median": "CCC, median",
    "icc_c1_median": "ICC(C,1), median: consistency, blind to shifts",
    "spearman_median": "Spearman, median: order of subjects only",
    "organ_silhouette": "Organs told apart (silhouette)",
    "organ_variance_share": "Variance between organs, median share",
    "subject_order": "Subjects keep their order (Spearman with raw)",
    "batch_accuracy": "Batch told by a classifier (balanced accuracy)",
}
"""What the rows of harmonization.csv are called; others keep their names."""

SHARES = ("robust_share", "organ_variance_share", "batch_accuracy")


def harmonized_strategies(files: RunFiles) -> tuple[HarmonizedStrategy, ...]:
    """Put together what the report says of each strategy with a harmonizer, in the order of run.json."""
    if files.harmonization is None:
        return ()
    tables = dict(list(files.harmonization.summary.groupby("strategy", sort=False)))
    return tuple(
        HarmonizedStrategy(
            name=entry["name"],
            method=method_text(entry["harmonizer"]),
            measures=_measures(tables[entry["name"]]),
            optimism=_optimism(tables[entry["name"]]),
            notes=diagnosis.notes if diagnosis else (),
            effects=_effects(diagnosis.effects) if diagnosis else None,
            diagnosis=diagnosis,
        )
        for entry in files.run["strategies"]
        if entry.get("harmonizer") and entry["name"] in tables
        for diagnosis in (files.harmonization.diagnoses.get(entry["name"]),)
    )


def _measures(table: pd.DataFrame) -> Table:
    columns = ("Measure", "Raw", "Held-out", "In-sample", "Raw", "Held-out", "In-sample", "p, held-out")
    rows = []
    for row in table.to_dict("records"):
        measure = row["measure"]
        keys = ("raw", "held_out", "in_sample", "null_raw", "null_held_out", "null_in_sample")
        rows.append(
            (
                MEASURES.get(measure, measure),
                *(_number(row[key], measure) for key in keys),
                "–" if pd.isna(row["p_held_out"]) else f"{row['p_held_out']:.2g}",
            )
        )
    return Table(columns, tuple(rows), frozenset(range(1, len(columns))))


def _optimism(table: pd.DataFrame) -> str:
    """Say how much of the gain is real, in one or two sentences."""
    row = table.set_index("measure").loc["robust_share"]
    raw, held, seen = (_number(row[key], "robust_share") for key in ("raw", "held_out", "in_sample"))
    text = f"On subjects that the model had not seen, the share of robust combinations goes from {raw} to {held}"
    text += f"; computed on the subjects it was fitted on, it would be {seen}."
    if row["n_permutations"]:
        icc = table.set_index("measure").loc["icc_median"]
        null, chance = (_number(icc[key], "icc_median") for key in ("null_raw", "null_in_sample"))
        text += (
            f" With conditions permuted within subjects ({wording.plural(int(row['n_permutations']), 'permutation')}), "
            "where there is nothing to harmonize, fitting on the same subjects takes the median ICC from "
            f"{null} to {chance}."
        )
    return text


def _effects(effects: pd.DataFrame) -> Table:
    names = {
        "sequence": "Sequence",
        "roi": "ROI",
        "batch": "Batch",
        "values": "Values",
        "location_median": "Location, median",
        "location_p90": "Location, 90 %",
        "scale_median": "Scale ratio, median",
        "scale_p90": "Scale ratio, 90 %",
        "features": "Features",
    }
    columns = [column for column in names if column in effects.columns]
    texts = {"sequence", "roi", "batch", "values"}
    rows = tuple(
        tuple(
            str(row[column]) if column in texts or column == "features" else f"{row[column]:.2f}" for column in columns
        )
        for row in effects.to_dict("records")
    )
    numeric = frozenset(i for i, column in enumerate(columns) if column not in texts)
    return Table(tuple(names[column] for column in columns), rows, numeric)


def _number(value: float, measure: str) -> str:
    if pd.isna(value):
        return "–"
    return wording.percent(value) if measure in SHARES else f"{value:.3f}"
