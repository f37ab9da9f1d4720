"""`radharmony harmonize`: take the batch effects out of any tool's feature table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.options import names_of, quiet_option

if TYPE_CHECKING:
    from evaluation.reading import Rows
    from harmonize.combat import GroupedHarmonizer


@click.command
@click.argument("table", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="A .csv or .parquet file.")
@click.option("--batch", metavar="COLUMN,...", multiple=True, callback=names_of, help="The batch; columns join by '+'.")
@click.option("--reference", metavar="VALUE", help="Batch that stays as it is [default: bring all to their mean].")
@click.option("--method", default=None, help="combat [default], covbat, paired, batch_zscore, ... (see docs).")
@click.option(
    "--fit-on", metavar="COLUMN=VALUE", multiple=True, help="Learn from these rows only, such as split=train."
)
@click.option("--by", metavar="COLUMN,...", multiple=True, callback=names_of, help="Fit each level by itself.")
@click.option("--together", is_flag=True, help="Fit all rows together instead.")
@click.option("--categorical", metavar="COLUMN,...", multiple=True, callback=names_of, help="Covariates to keep.")
@click.option("--continuous", metavar="COLUMN,...", multiple=True, callback=names_of, help="Covariates to keep.")
@click.option(
    "--smooth", metavar="COLUMN,...", multiple=True, callback=names_of, help="Covariates to keep, by splines."
)
@click.option("--subject", metavar="COLUMN", help="The subject, for --method paired and reference_regression.")
@click.option("--nonparametric", is_flag=True, help="Take the other features themselves as the prior.")
@click.option("--mean-only", is_flag=True, help="Leave scales alone.")
@click.option("--no-empirical-bayes", is_flag=True, help="Take each feature's location and scale as they are.")
@click.option("--features", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features, as '*_glcm_*'.")
@click.option(
    "--exclude", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features to leave as they are."
)
@click.option(
    "--save", metavar="MODEL", type=click.Path(dir_okay=False, path_type=Path), help="Write the model (JSON)."
)
@click.option(
    "--model", metavar="MODEL", type=click.Path(path_type=Path), help="Apply a saved model; nothing is fitted."
)
@quiet_option
def harmonize(table: Path, out: Path, model: Path | None, save: Path | None, quiet: bool, **options: Any) -> None:
    """Take the batch effects out of the features in TABLE (ComBat and relatives).

    TABLE is the output of any tool, CSV or Parquet, a row for each image and ROI. The result is the same table with
    other values of the features. Each sequence and ROI is fitted by itself unless --by or --together says otherwise.
    Numbers that are no features (an age, an outcome) must be named as a covariate or left out with --exclude, unless
    the features are named as PyRadiomics names them; never name the outcome as a covariate.
    """
    from experiments.cli.harmonize_table import apply_saved, fit_new
    from experiments.outputs import write_csv, write_parquet
    from harmonize.errors import ConfigurationError

    if out.suffix.lower() not in (".csv", ".parquet"):
        raise ConfigurationError(f"--out: expected a file named .csv or .parquet, found '{out.name}'")
    for option, path in (("--out", out), ("--save", save)):
        if path is not None and path.resolve() in {given.resolve() for given in (table, model) if given is not None}:
            raise ConfigurationError(f"{option}: '{path}' is read by this command; write to another file")
    options["save"] = save
    done = fit_new(table, options) if model is None else apply_saved(table, model, options)
    if save is not None:
        save.parent.mkdir(parents=True, exist_ok=True)
        done.fitted.save(save)
    (write_csv if out.suffix.lower() == ".csv" else write_parquet)(out, done.rows.with_values(done.harmonized))
    if quiet:
        return
    click.echo("\n".join([*done.lines, *_features(done.rows, done.fitted)]))
    for note in done.notes:
        click.echo(f"note: {note}", err=True)
    for path in (out, save):
        if path is not None:
            click.echo(str(path))


def _features(rows: "Rows", fitted: "GroupedHarmonizer") -> list[str]:
    """Say which features were harmonized and which passed untouched."""
    from evaluation.tables import feature_class

    features = fitted.features
    # Columns that were taken for their numbers alone are shown, as one of them may be no feature.
    shown = features[: 2 if any(map(feature_class, features)) else 15]
    lines = [f"features: {len(features)}, {', '.join(shown)}" + ", ..." * (len(features) > len(shown))]
    empty = [name for name in rows.features if name not in set(features)]
    if empty:
        lines.append(
            f"left as they are, no value in any row fitted on: {', '.join(empty[:6])}" + ", ..." * (len(empty) > 6)
        )
    untouched = fitted.untouched()
    if untouched:
        count = sum(map(len, untouched.values()))
        labels, names = next(iter(untouched.items()))
        where = f" in {' / '.join(labels)}" if labels else ""
        lines.append(f"untouched, as they do not vary within some batch: {count}, such as {names[0]}{where}")
    reasons: dict[str, list[str]] = {}
    for name, why in rows.left_out.items():
        reasons.setdefault(why, []).append(name)
    for why, left in reasons.items():
        lines.append(f"left as they are, {why}: {', '.join(left[:6])}" + (", ..." if len(left) > 6 else ""))
    return lines
