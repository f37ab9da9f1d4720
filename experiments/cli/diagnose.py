"""`radharmony diagnose`: how well the features of a table tell the diagnosis, in subjects that were held out."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.options import joblib_workers, jobs_option, names_of, quiet_option, scheduler_option
from experiments.cli.progress import progress_bars

if TYPE_CHECKING:
    from collections.abc import Callable

    from evaluation.diagnostic import Diagnosis
    from experiments.cli.diagnose_input import Candidate, DiagnoseInput


def _prune(_ctx: click.Context, _param: click.Parameter, value: str) -> float | None:
    if value == "none":
        return None
    try:
        return float(value)
    except ValueError:
        raise click.BadParameter(f"expected a number or none, found '{value}'") from None


@click.command
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--target", required=True, metavar="COLUMN", help="The class of each row; of two, the second is sought.")
@click.option("--subject", default="subject", show_default=True, metavar="COLUMN", help="Whose the row is.")
@click.option("--where", metavar="COLUMN=VALUE", multiple=True, help="Only these rows. May be repeated.")
@click.option("--features", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features, as '*_glcm_*'.")
@click.option("--exclude", metavar="PATTERN,...", multiple=True, callback=names_of, help="Columns that are none.")
@click.option("--harmonize", metavar="METHOD", help="combat, covbat, batch_zscore, ... (see docs); needs --batch.")
@click.option("--batch", metavar="COLUMN", help="Scanner, site or condition of each row.")
@click.option("--reference", metavar="VALUE", help="Batch that stays as it is.")
@click.option(
    "--whitelist",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Use the features of this whitelist only; from another cohort.",
)
@click.option(
    "--settings",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How the features of TABLE were made, for --whitelist: run.json or a PyRadiomics parameter file.",
)
@click.option(
    "--allow",
    multiple=True,
    type=click.Choice(["steps", "extraction", "harmonizer", "versions", "unknown", "missing"]),
    help="Apply the whitelist in spite of such a difference. May be repeated.",
)
@click.option("--prune", default="0.9", callback=_prune, show_default=True, metavar="R|none",
              help="Of features with this absolute rank correlation keep the most central.")  # fmt: skip
@click.option("--select", default="mrmr:10", show_default=True, metavar="NAME[:OPTIONS]|none",
              help="Selector, such as mrmr:10, fdr:0.05 or rfe:n_features=5,step=0.2.")  # fmt: skip
@click.option("--model", "models", multiple=True, callback=names_of, default=("logistic",), metavar="NAME,...",
              help="logistic [default], elastic_net, forest, boosting, svm.")  # fmt: skip
@click.option("--tune-by", type=click.Choice(["auc", "balanced_accuracy", "brier", "log_loss"]), default="auc",
              show_default=True, help="What the inner loop makes best.")  # fmt: skip
@click.option("--no-baselines", is_flag=True, help="Leave out chance, random features, volume and first order.")
@click.option("--folds", type=int, default=5, show_default=True)
@click.option("--repeats", type=int, default=10, show_default=True, help="How often to split into folds.")
@click.option("--inner-folds", type=int, default=5, show_default=True)
@click.option("--resamples", "n_resamples", type=int, default=1000, show_default=True, help="Of subjects, for limits.")
@click.option("--level", type=float, default=0.95, show_default=True, help="Of all limits.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same folds.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder of the results.")
@click.option(
    "--run",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Put the results into this run folder instead, its report and its MLflow run.",
)
@click.option("--tracking-uri", metavar="URI", help="Where the run of --run is tracked, if its address has a password.")
@jobs_option
@scheduler_option
@quiet_option
def diagnose(table: Path, out: Path | None, run: Path | None, quiet: bool, **options: Any) -> None:
    """Estimate how well the features in TABLE tell the diagnosis.

    TABLE has a row for each subject, or several (they are never split). In repeated, nested cross-validation all that
    learns, from imputing to the choice of features, learns from the training subjects of each fold. Do not choose
    features by the outcome before: no program can see it, and the scores would be too good.
    """
    from experiments.cli.diagnose_input import baselines, candidate, read_input, size_of_selection
    from experiments.cli.diagnose_output import show_results, write_results
    from experiments.cli.tradeoff_run import folder_of, into_run, show_left_out, warn_unrelated
    from experiments.outputs import DIAGNOSIS
    from experiments.results.diagnosis import diagnosis_findings
    from harmonize.errors import ConfigurationError

    folder = folder_of(out, run, DIAGNOSIS)
    given = read_input(table, options)
    warn_unrelated(run, table, given.rows.frame[options["subject"]], options["settings"])
    if not quiet:
        show_left_out(given.rows.left_out)
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
    write_results(folder, table, given, models, beaten, {**options, "steps": steps})
    for name, found in models.items():
        for note in found.notes:
            click.echo(f"note: {name}: {note}", err=True)
    if run is not None:
        into_run(run, diagnosis_findings, options["tracking_uri"])
    if not quiet:
        show_results(given, models, beaten, folder)


def _named(bars: "Callable[[str, int, int], None]", name: str) -> "Callable[[int, int], None]":
    return lambda done, total: bars(name, done, total)


def _evaluate(
    given: "DiagnoseInput", one: "Candidate", options: dict[str, Any], progress: "Callable[[int, int], None]"
) -> "Diagnosis":
    from evaluation.diagnostic import cross_validate

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
