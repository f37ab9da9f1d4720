"""The files of a diagnosis from features, and what MLflow holds of them."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from experiments.analyses.shared.adding import Adding, with_limits
from experiments.analyses.shared.left_out import reasons_of
from experiments.analyses.shared.people import counted
from experiments.folder.added import Added, added_place, again
from experiments.folder.kinds import Drawing, PlaceInRun, Record, RunTable
from experiments.tracking import Findings
from experiments.versions import all_versions
from harmonize.inputs.paths import as_path

if TYPE_CHECKING:
    from evaluation.classification import DiagnosticPerformance
    from experiments.analyses.diagnose.run import DiagnosisFound

ADVICE = again("diagnose")
PLACE = added_place("diagnosis", "diagnose", "how well features tell a diagnosis")
FIGURES = PlaceInRun("figures", advice=ADVICE)

SCORED = RunTable(
    "scores.csv",
    texts=("model", "score", "interval", "status"),
    numbers=("estimate", "lower", "upper"),
    advice=ADVICE,
)
DIFFERENCES = RunTable(
    "differences.csv",
    texts=("model", "baseline", "score", "status"),
    numbers=("difference", "lower", "upper"),
    advice=ADVICE,
)
SIZES = RunTable("parameters.csv", texts=("model",), numbers=("n_features",), all_texts=True, advice=ADVICE)
SELECTED = RunTable("selected.csv", texts=("model", "feature"), numbers=("share",), advice=ADVICE)
PREDICTIONS = RunTable("predictions.parquet", advice=ADVICE)
STABILITY = RunTable(
    "prediction_stability.csv",
    texts=("model", "measure", "status"),
    numbers=("estimate", "lower", "upper"),
    advice=ADVICE,
)
RECORD = Record("diagnosis.json", advice=ADVICE)
TRACKED = (SCORED, RECORD, DIFFERENCES, SELECTED, SIZES, STABILITY, FIGURES)
PARAMS = (
    "target",
    "outcome",
    "time",
    "event",
    "select",
    "prune",
    "harmonize",
    "batch",
    "tune_by",
    "folds",
    "repeats",
    "inner_folds",
    "seed",
)


def write_diagnosis(folder: str | Path, found: "DiagnosisFound") -> None:
    """Write scores, differences, predictions, features, chosen parameters, figures and the record."""
    folder, every = as_path(folder, "`folder`"), found.everything
    SCORED.write(folder, _stacked({name: one.scores for name, one in every.items()}))
    DIFFERENCES.write(folder, _differences(found))
    PREDICTIONS.write(folder, _stacked({name: one.predictions for name, one in every.items()}))
    SELECTED.write(folder, _stacked({name: _frequencies(one) for name, one in found.models.items()}))
    SIZES.write(folder, _stacked({name: one.parameters for name, one in every.items()}))
    for path in STABILITY.left_in(folder):  # of a table whose scans were perturbed
        path.unlink()
    stability = found.stability()
    if stability is not None:
        STABILITY.write(folder, stability)
    for file, figure in _figures(found.models):
        FIGURES.file(file, Drawing).write(folder, figure)
    RECORD.write(folder, _record(found))


def _stacked(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    frame = pd.concat([part.assign(model=name) for name, part in parts.items()], ignore_index=True)
    return frame[["model", *(name for name in frame.columns if name != "model")]]


def _differences(found: "DiagnosisFound") -> pd.DataFrame:
    """Compare each model with each baseline, on the same folds."""
    from evaluation.classification import compare_scores

    parts = [
        compare_scores(one.held_out, other.held_out, level=found.given.settings.level).assign(
            model=name, baseline=label
        )
        for name, one in found.models.items()
        for label, other in found.baselines.items()
    ]
    columns = ["model", "baseline", "score", "difference", "lower", "upper", "status"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _frequencies(found: "DiagnosticPerformance") -> pd.DataFrame:
    """Give the share of the models that use each feature, the most frequent first."""
    counts = found.selected["feature"].value_counts(sort=False)
    frame = pd.DataFrame({"feature": counts.index, "share": counts.to_numpy() / len(found.parameters)})
    return frame.sort_values(["share", "feature"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _figures(models: Mapping[str, "DiagnosticPerformance"]) -> list[tuple[str, Any]]:
    """Draw all models together, those of more than two classes one by one."""
    from evaluation.classification import HeldOut, HeldOutNumbers, HeldOutSurvival
    from evaluation.classification.figures import calibration, roc
    from evaluation.classification.measured_figures import curves_by_risk, predicted_observed

    numbers = {name: one.held_out for name, one in models.items() if isinstance(one.held_out, HeldOutNumbers)}
    times = {name: one.held_out for name, one in models.items() if isinstance(one.held_out, HeldOutSurvival)}
    if numbers or times:
        return [(f"predicted_{name}", predicted_observed(one)) for name, one in numbers.items()] + [
            (f"survival_{name}", curves_by_risk(one)) for name, one in times.items()
        ]
    held_out = {name: one.held_out for name, one in models.items() if isinstance(one.held_out, HeldOut)}
    if all(len(one.classes) == 2 for one in held_out.values()):
        return [("roc", roc(held_out)), ("calibration", calibration(held_out))]
    return [
        (f"{kind}_{name}", draw({name: one}))
        for name, one in held_out.items()
        for kind, draw in (("roc", roc), ("calibration", calibration))
    ]


def _record(found: "DiagnosisFound") -> dict[str, Any]:
    from evaluation.classification import HeldOut

    given, first = found.given, next(iter(found.models.values())).held_out
    counts = counted(given.y, str(given.settings.outcome))
    return {
        "schema": "radharmony.diagnosis/1",
        "table": dict(given.described),
        **given.settings.record(),
        "classes": [str(label) for label in first.classes] if isinstance(first, HeldOut) else [],
        "rows": counts,
        "subjects": first.n_subjects,
        "features": len(given.rows.features),
        "kept": len(given.features),
        "left_out": reasons_of(given.rows.left_out),
        "steps": dict(found.steps),
        "intervals": "Nadeau-Bengio over folds; calibration: bootstrap of subjects",
        "stability": {name: _stability(one, given.features) for name, one in found.models.items()},
        "baselines": list(found.baselines),
        "notes": found.remarks,
        "versions": {**all_versions(), "joblib": version("joblib")},
    }


def _stability(found: "DiagnosticPerformance", kept: tuple[str, ...]) -> dict[str, Any]:
    """Give Nogueira's stability of the selections of all folds."""
    from selection import selection_stability
    from selection.sweep.result import stability_limits

    result = selection_stability(found.support(list(kept)))
    lower, upper, status = stability_limits(result)
    numbers = {"nogueira": result.nogueira, "lower": lower, "upper": upper}
    return {"status": status, **{name: None if pd.isna(one) else one for name, one in numbers.items()}}


def findings(found: Added) -> Findings:
    """Give what MLflow shall hold: every held-out score of every model with its limits, by the model's name.

    So too how steady predictions of perturbed scans are, as `prediction_sd` and `prediction_flips`. The scores of the
    first model stand under their plain names too, such as `auc`, `auc_lower` and `auc_upper`.

    Raises
    ------
    ConfigurationError
        If there is no diagnosis, or it is damaged.
    """
    with found.readable():
        params = {name: found.record.get(name) for name in PARAMS if name in found.record}
        models = [str(name) for name in found.record["steps"]]
        metrics: dict[str, float] = {}
        rows = found[SCORED].to_dict("records")
        if found.paths(STABILITY):
            steady = found[STABILITY].to_dict("records")
            rows += [{**row, "score": f"prediction_{row['measure']}"} for row in steady]
        for row in rows:
            metrics |= with_limits(f"{row['model'].replace(' ', '_')}_{row['score']}", row)
            if row["model"] == models[0]:
                metrics |= with_limits(row["score"], row)
    return Findings("diagnose", {**params, "models": ", ".join(models)}, metrics, artifacts=found.paths(*TRACKED))


ADDING = Adding(PLACE, write_diagnosis, findings, RECORD)
