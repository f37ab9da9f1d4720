"""`radharmony diagnose`: how well the features of a table tell the diagnosis, in subjects that were held out."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.options.cohort import cohort_options, whitelist_options
from experiments.cli.options.common import level_option, quiet_option
from experiments.cli.options.modelling import MODELS, choosing_options, cross_validation_options
from experiments.cli.options.results import results_options
from experiments.cli.options.values import FILE_THAT_EXISTS, names_of
from experiments.cli.options.workers import joblib_workers, jobs_option, scheduler_option
from experiments.cli.shared.progress import progress_bars

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.classification import DiagnosticPerformance
    from experiments.cli.diagnose.input import DiagnoseInput
    from experiments.cli.diagnose.pipelines import Candidate


@click.command
@click.argument("table", type=FILE_THAT_EXISTS)
@cohort_options
@click.option("--harmonize", metavar="METHOD", help="combat, covbat, batch_zscore, ... (see docs); needs --batch.")
@click.option("--batch", metavar="COLUMN", help="Scanner, site or condition of each row.")
@click.option("--reference", metavar="VALUE", help="Batch that stays as it is.")
@whitelist_options("Use the features of this whitelist only; from another cohort.")
@choosing_options("most central")
@click.option(
    "--model",
    "models",
    multiple=True,
    callback=names_of,
    default=("logistic",),
    show_default=True,
    metavar="NAME,...",
    help=MODELS,
)
@click.option(
    "--tune-by",
    type=click.Choice(["auc", "balanced_accuracy", "brier", "log_loss"]),
    default="auc",
    show_default=True,
    help="What the inner loop makes best.",
)
@click.option("--no-baselines", is_flag=True, help="Leave out chance, random features, volume and first order.")
@cross_validation_options("limits")
@level_option
@results_options
@jobs_option
@scheduler_option
@quiet_option
def diagnose(table: Path, out: Path | None, run: Path | None, quiet: bool, **options: Any) -> None:
    """Estimate how well the features in TABLE tell the diagnosis.

    TABLE has a row for each subject, or several (they are never split). In repeated, nested cross-validation all that
    learns, from imputing to the choice of features, learns from the training subjects of each fold. Do not choose
    features by the outcome before: no program can see it, and the scores would be too good.
    """
    from experiments.cli.diagnose.input import read_input
    from experiments.cli.diagnose.output import show_results, write_results
    from experiments.cli.diagnose.pipelines import baselines, candidate, size_of_selection
    from experiments.cli.shared.left_out import show_columns
    from experiments.cli.shared.run_folder import Results, warn_unrelated
    from experiments.folder.files import DIAGNOSIS
    from experiments.results.diagnosis import diagnosis_findings
    from harmonize.errors import ConfigurationError

    results = Results.of(out, run, DIAGNOSIS)
    given = read_input(table, options)
    warn_unrelated(run, table, given.rows.frame[options["subject"]], options["settings"])
    if not quiet:
        show_columns(given.kept, given.rows.left_out)
    for note in given.notes:
        click.echo(f"note: {note}", err=True)
    candidates = {name: candidate(given, name, options) for name in options["models"]}
    with joblib_workers(options["scheduler"]), progress_bars(quiet) as bars:
        models = {name: _evaluate(given, one, options, _named(bars, name)) for name, one in candidates.items()}
        beaten, failed = {}, []
        if not options["no_baselines"]:
            first = next(iter(models))
            size = size_of_selection(models[first].parameters["n_features"])
            for name, one in baselines(given, first, size, options).items():
                try:
                    beaten[name] = _evaluate(given, one, options, _named(bars, name))
                except ConfigurationError as error:  # what the models found stands without it
                    failed.append(f"baseline {name} was not computed: {error}")
    given = replace(given, notes=(*given.notes, *failed))
    for note in failed:
        click.echo(f"note: {note}", err=True)
    steps = {name: dict(one.pipeline.steps) for name, one in candidates.items()}
    results.renew()
    write_results(results.folder, table, given, models, beaten, {**options, "steps": steps})
    for name, found in models.items():
        for note in found.notes:
            click.echo(f"note: {name}: {note}", err=True)
    results.into_run(diagnosis_findings, options["tracking_uri"])
    if not quiet:
        show_results(given, models, beaten, results.folder)


def _named(bars: "Callable[[str, int, int], None]", name: str) -> "Callable[[int, int], None]":
    return lambda done, total: bars(name, done, total)


def _evaluate(
    given: "DiagnoseInput", one: "Candidate", options: dict[str, Any], progress: "Callable[[int, int], None]"
) -> "DiagnosticPerformance":
    from evaluation.classification import cross_validate

    return cross_validate(
        one.pipeline,
        given.table[list(one.columns)],
        given.y,
        given.subjects,
        param_grid=one.grid,
        target=options["target"],
        progress=progress,
        **{name: options[name] for name in ("folds", "repeats", "seed", "inner_folds", "tune_by", "level", "jobs")},
        n_resamples=options["n_resamples"],
        check_scans=False,  # the whole table was checked when it was read
    )
