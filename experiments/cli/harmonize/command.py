"""`radharmony harmonize`: take the batch effects out of any tool's feature table."""

from pathlib import Path
from typing import Any

import click

from experiments.cli.options.common import (
    columns_option,
    decimal_option,
    features_option,
    patterns_option,
    quiet_option,
)
from experiments.cli.options.values import ANY_PATH, FILE, TO_READ


@click.command
@click.argument("table", type=TO_READ)
@click.option("--out", required=True, type=ANY_PATH, help="A .csv or .parquet file.")
@columns_option("--batch", "The batch; columns join by '+'.")
@click.option("--reference", metavar="VALUE", help="Batch that stays as it is [default: bring all to their mean].")
@click.option("--method", default=None, help="combat [default], covbat, paired, batch_zscore, ... (see docs).")
@click.option(
    "--fit-on", metavar="COLUMN=VALUE", multiple=True, help="Learn from these rows only, such as split=train."
)
@columns_option("--by", "Fit each level by itself.")
@click.option("--together", is_flag=True, help="Fit all rows together instead.")
@columns_option("--categorical", "Covariates to keep.")
@columns_option("--continuous", "Covariates to keep.")
@columns_option("--smooth", "Covariates to keep, by splines.")
@click.option("--subject", metavar="COLUMN", help="The subject, for --method paired and reference_regression.")
@click.option("--nonparametric", is_flag=True, help="Take the other features themselves as the prior.")
@click.option("--mean-only", is_flag=True, help="Leave scales alone.")
@click.option("--no-empirical-bayes", is_flag=True, help="Take each feature's location and scale as they are.")
@features_option
@patterns_option("--exclude", "Features to leave as they are.")
@decimal_option
@click.option("--save", metavar="MODEL", type=FILE, help="Write the model (JSON).")
@click.option("--model", metavar="MODEL", type=TO_READ, help="Apply a saved model; nothing is fitted.")
@quiet_option
def harmonize(table: Path, out: Path, model: Path | None, save: Path | None, quiet: bool, **options: Any) -> None:
    """Take the batch effects out of the features in TABLE (ComBat and relatives).

    TABLE is the output of any tool, CSV or Parquet, a row for each image and ROI. The result is the same table with
    other values of the features. Each sequence and ROI is fitted by itself unless --by or --together says otherwise.
    Numbers that are no features (an age, an outcome) must be named as a covariate or left out with --exclude, unless
    the features are named as PyRadiomics names them; never name the outcome as a covariate.
    """
    from experiments.cli.harmonize.fitting import fit_new
    from experiments.cli.harmonize.saved import apply_saved
    from experiments.cli.shared.tables import is_table, write_table
    from harmonize.errors import ConfigurationError

    if not is_table(out):
        raise ConfigurationError(f"--out: expected a file named .csv or .parquet, found '{out.name}'")
    for option, path in (("--out", out), ("--save", save)):
        if path is not None and path.resolve() in {given.resolve() for given in (table, model) if given is not None}:
            raise ConfigurationError(f"{option}: '{path}' is read by this command; write to another file")
    options["save"] = save
    done = fit_new(table, options) if model is None else apply_saved(table, model, options)
    if save is not None:
        save.parent.mkdir(parents=True, exist_ok=True)
        done.fitted.save(save)
    write_table(out, done.rows.with_values(done.harmonized))
    if quiet:
        return
    click.echo("\n".join([*done.lines, *done.feature_lines()]))
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in (out, save):
        if path is not None:
            click.echo(str(path))
