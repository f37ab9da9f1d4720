"""What `radharmony diagnose` writes and prints."""

from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from evaluation.classification import SCORES, DiagnosticPerformance, compare_scores
from evaluation.classification.figures import calibration, roc
from experiments.cli.diagnose.input import DiagnoseInput
from experiments.cli.shared.figures import write_figure
from experiments.cli.shared.left_out import reasons_of
from experiments.cli.shared.terminal import make_console
from experiments.folder.writing import write_csv, write_json, write_parquet
from experiments.results.tradeoff import describe_file
from experiments.versions import all_versions
from selection import selection_stability
from selection.sweep.result import stability_limits

SHOWN = ("auc", "balanced_accuracy", "brier", "calibration_slope")
COMPARED = ("auc", "balanced_accuracy", "brier", "log_loss")
SETTINGS = ("target", "subject", "batch", "harmonize", "reference", "prune", "select", "folds", "repeats",
            "inner_folds", "n_resamples", "level", "seed", "tune_by")  # fmt: skip
Found = Mapping[str, DiagnosticPerformance]


def write_results(folder: Path, table: Path, given: DiagnoseInput, models: Found, beaten: Found, options: Any) -> None:
    """Write scores, differences, predictions, features, chosen parameters, figures and the record."""
    everything = {**models, **beaten}
    write_csv(folder / "scores.csv", _stacked({name: one.scores for name, one in everything.items()}))
    write_csv(folder / "differences.csv", _differences(models, beaten, options))
    write_parquet(folder / "predictions.parquet", _stacked({n: one.predictions for n, one in everything.items()}))
    write_csv(folder / "selected.csv", _stacked({name: _frequencies(one) for name, one in models.items()}))
    write_csv(folder / "parameters.csv", _stacked({name: one.parameters for name, one in everything.items()}))
    for file, figure in _figures(models):
        write_figure(folder, file, figure)
    write_json(folder / "diagnosis.json", _record(table, given, models, beaten, options))


def show_results(given: DiagnoseInput, models: Found, beaten: Found, folder: Path) -> None:
    """Print scores, each model's before the baselines'."""
    console = make_console(markup=False)
    classes = next(iter(models.values())).held_out.classes
    sought = f", '{classes[1]}' against '{classes[0]}'" if len(classes) == 2 else f", {len(classes)} classes"
    people = len(set(given.subjects.tolist()))
    table = Table(title=f"Held-out scores with 95 % intervals: {people} subjects{sought}")
    table.add_column("model")
    for name in SHOWN:
        table.add_column(SCORES[name].title, justify="right")
    table.add_column("features", justify="right")
    for name, one in {**models, **beaten}.items():
        scores = one.scores.set_index("score")
        sizes = one.parameters["n_features"].dropna()
        # A dummy looks at none.
        size = "" if name == "dummy" or sizes.empty else f"{sizes.median():.0f}"
        table.add_row(name, *(shown(scores.loc[score]) for score in SHOWN), size, end_section=name == list(models)[-1])
    console.print(table)
    console.print(str(folder / "scores.csv"), highlight=False, soft_wrap=True)


def shown(row: "pd.Series[Any]") -> str:
    """Give a score with its limits, or why there is none."""
    if pd.isna(row["estimate"]):
        return f"none ({row['status']})"
    limits = "" if pd.isna(row["lower"]) else f" ({row['lower']:.2f} to {row['upper']:.2f})"
    return f"{row['estimate']:.2f}{limits}"


def _stacked(parts: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    return pd.concat([part.assign(model=name) for name, part in parts.items()], ignore_index=True).pipe(_model_first)


def _model_first(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[["model", *(name for name in frame.columns if name != "model")]]


def _differences(models: Found, beaten: Found, options: Any) -> pd.DataFrame:
    """Compare each model with each baseline, on the same folds."""
    parts = [
        compare_scores(one.held_out, other.held_out, COMPARED, level=options["level"]).assign(
            model=name, baseline=label
        )
        for name, one in models.items()
        for label, other in beaten.items()
    ]
    columns = ["model", "baseline", "score", "difference", "lower", "upper", "status"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _frequencies(found: DiagnosticPerformance) -> pd.DataFrame:
    """Give the share of the models that use each feature, the most frequent first."""
    counts = found.selected["feature"].value_counts(sort=False)
    frame = pd.DataFrame({"feature": counts.index, "share": counts.to_numpy() / len(found.parameters)})
    return frame.sort_values(["share", "feature"], ascending=[False, True], kind="stable").reset_index(drop=True)


def _figures(models: Found) -> list[tuple[str, Any]]:
    """Draw all models together, those of more than two classes one by one."""
    held_out = {name: one.held_out for name, one in models.items()}
    if all(len(one.classes) == 2 for one in held_out.values()):
        return [("roc", roc(held_out)), ("calibration", calibration(held_out))]
    return [
        (f"{kind}_{name}", draw({name: one}))
        for name, one in held_out.items()
        for kind, draw in (("roc", roc), ("calibration", calibration))
    ]


def _record(table: Path, given: DiagnoseInput, models: Found, beaten: Found, options: Any) -> dict[str, Any]:
    first = next(iter(models.values())).held_out
    counts = pd.Series(given.y).value_counts(sort=False)
    whitelist = options["whitelist"]
    return {
        "schema": "radharmony.diagnosis/1",
        "table": describe_file(table),
        "whitelist": None if whitelist is None else describe_file(whitelist),
        "where": list(options["where"]),
        **{name: options[name] for name in SETTINGS},
        "classes": [str(label) for label in first.classes],
        "rows": {str(label): int(count) for label, count in counts.items()},
        "subjects": first.n_subjects,
        "features": len(given.rows.features),
        "kept": len(given.kept),
        "left_out": reasons_of(given.rows.left_out),
        "steps": {
            name: [f"{step}: {type(part).__name__}" for step, part in one.items()]
            for name, one in options["steps"].items()
        },
        "intervals": "Nadeau-Bengio over folds; calibration: bootstrap of subjects",
        "stability": {name: _stability(one, given) for name, one in models.items()},
        "baselines": list(beaten),
        "notes": [*given.notes, *(f"{name}: {note}" for name, one in models.items() for note in one.notes)],
        "versions": {**all_versions(), "joblib": version("joblib")},
    }


def _stability(found: DiagnosticPerformance, given: DiagnoseInput) -> dict[str, Any]:
    """Give Nogueira's stability of the selections of all folds."""
    result = selection_stability(found.support(list(given.kept)))
    lower, upper, status = stability_limits(result)
    numbers = {"nogueira": result.nogueira, "lower": lower, "upper": upper}
    return {"status": status, **{name: None if pd.isna(one) else one for name, one in numbers.items()}}
