"""`radharmony reliability`: the reliability statistics of any tool's feature table."""

from pathlib import Path
from typing import Any

import click

from experiments.cli.options.common import (
    columns_option,
    decimal_option,
    features_option,
    level_option,
    patterns_option,
    quiet_option,
)
from experiments.cli.options.values import ANY_PATH, names_of, pairs_of
from experiments.cli.progress import progress_bars

FEW = 10
"""Fewer subjects than this get a warning."""


@click.command
@click.argument("tables", metavar="[NAME=]TABLE...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    type=ANY_PATH,
    help="Folder for everything, or a .csv or .parquet file for the reliability table alone.",
)
@click.option("--subject", metavar="COLUMN", help="The subject.")
@columns_option("--condition", "What is compared; columns join by '+'.")
@click.option("--order", metavar="COLUMN", help="Instead: number a subject's scans 1, 2, ... by this date or number.")
@click.option(
    "--reference",
    metavar="VALUE",
    help="The condition to compare with [default: the first of two]; 'none' compares all with one another.",
)
@click.option("--sequence", metavar="COLUMN", help="Analysed level by level.")
@click.option("--roi", metavar="COLUMN", help="Analysed level by level.")
@click.option("--strategy", metavar="COLUMN", help="Analysed level by level and set side by side.")
@columns_option("--within", "Further factors, analysed level by level.")
@click.option(
    "--extract",
    metavar="COLUMN=REGEX",
    multiple=True,
    callback=pairs_of,
    help="Make columns from the named groups of a regular expression.",
)
@click.option("--long", metavar="FEATURE,VALUE", help="The table has a row for each value, in these columns.")
@features_option
@patterns_option("--exclude", "Features to leave out.")
@decimal_option
@click.option(
    "--statistics",
    metavar="NAME,...",
    multiple=True,
    callback=names_of,
    help="Further statistics: icc_c1, spearman, icc_all, overall_ccc, bias, loa_lower, loa_upper, wsd, rms_wcv, "
    "rc_percent, rc_ratio.",
)
@click.option("--icc-form", default="A,1", show_default=True, help="1, A,1, C,1, 1,k, A,k or C,k.")
@click.option(
    "--icc-interval",
    default="jackknife",
    show_default=True,
    help="Limits of the ICC: jackknife (for any features), mcgraw-wong (for normal features, as R psych), or "
    "generalized (for normal features and fixed conditions that shift values).",
)
@click.option(
    "--ccc-interval",
    default="jackknife",
    show_default=True,
    help="Limits of the CCC: jackknife (for any features) or lin (for normal features, as R epiR).",
)
@level_option
@click.option("--quartiles", default="linear", show_default=True, help="Quartile rule of the QCD, in NumPy's words.")
@click.option(
    "--threshold",
    metavar="STATISTIC=VALUE",
    multiple=True,
    callback=pairs_of,
    help="What a feature must pass to be reproducible [default: icc=0.9 and ccc=0.9, or overall_ccc=0.9].",
)
@click.option("--on-limit", is_flag=True, help="Compare the confidence limit with the threshold, not the estimate.")
@click.option("--picture", metavar="FEATURE", multiple=True, help="Features for Bland-Altman and scatter plots.")
@click.option(
    "--at",
    metavar="ROLE=LEVEL",
    multiple=True,
    callback=pairs_of,
    help="Strategy, sequence, roi, condition of those plots [default: the first of each].",
)
@click.option("--no-figures", is_flag=True, help="Draw no figures.")
@click.option("--no-inference", is_flag=True, help="No intervals of shares, and no comparison of strategies.")
@quiet_option
def reliability(tables: tuple[str, ...], out: Path, quiet: bool, **options: Any) -> None:
    """Compute ICC, CCC, CV and QCD of every feature in TABLE.

    TABLE is the output of any tool: CSV (',', ';' or tab between columns, .gz too) or Parquet, a row for each
    subject, condition and ROI. Several tables are several strategies, named by NAME or the file. Which column is
    what is guessed from the names and shown, unless an option says it.
    """
    from evaluation.reading import read_feature_table
    from evaluation.reading.keys import ALL
    from evaluation.reliability import (
        CCC_INTERVALS,
        ICC_FORMS,
        ICC_INTERVALS,
        QUARTILE_RULES,
        absent_values,
        reliability_table,
    )
    from experiments.analyses.shared.reliability_source import source_file, write_source
    from experiments.analyses.shared.table_files import is_table, write_table
    from experiments.cli.reliability.display import show_absent, show_comparison, show_roles, show_summary
    from experiments.cli.reliability.inference import infer_table
    from experiments.cli.reliability.input import paths_of, place_of, reading_of, reference_of
    from experiments.cli.reliability.output import write_folder
    from experiments.cli.reliability.settings import analysis_of, statistics_of, thresholds_of
    from experiments.folder.files import RELIABILITY
    from experiments.folder.run_folder import check_belonging
    from harmonize.errors import ConfigurationError
    from harmonize.inputs.configuration import suggest

    for name, known in (
        ("icc_form", ICC_FORMS),
        ("icc_interval", ICC_INTERVALS),
        ("ccc_interval", CCC_INTERVALS),
        ("quartiles", QUARTILE_RULES),
    ):
        if options[name] not in known:
            raise ConfigurationError(
                f"--{name.replace('_', '-')}: unknown '{options[name]}'; {suggest(options[name], known)}"
            )
    paths = paths_of(tables)
    for path in [paths] if isinstance(paths, Path) else paths.values():
        check_belonging(path)
    read = read_feature_table(paths, reading_of(options))
    reference = reference_of(read, options["reference"])
    statistics = statistics_of(options["statistics"], reference)
    thresholds, rule = thresholds_of(options["threshold"], options["on_limit"], statistics, reference)
    place = place_of(read, reference, options["at"])
    for feature in options["picture"]:
        if feature not in read.features:
            raise ConfigurationError(f"--picture: there is no feature '{feature}'; {suggest(feature, read.features)}")
    if not quiet:
        show_roles(read, reference, options["reference"] is None)
        show_absent(absent_values(read.table, read.features), len(read.features))
    computed = reliability_table(
        read.table,
        reference,
        columns=read.features,
        statistics=statistics,
        icc_form=options["icc_form"],
        icc_interval=options["icc_interval"],
        ccc_interval=options["ccc_interval"],
        level=options["level"],
        quartiles=options["quartiles"],
    )
    analysis = analysis_of(read, reference, statistics, options, thresholds, dict(rule.limits), computed)
    inference = None
    sources = dict.fromkeys(read.levels("strategy"), paths) if isinstance(paths, Path) else paths
    table = out if is_table(out) else out / RELIABILITY
    source_file(table).unlink(missing_ok=True)
    if is_table(out):
        write_table(out, computed)
    else:
        if not options["no_inference"]:
            with progress_bars(quiet) as progress:
                inference = infer_table(read, analysis, rule, statistics, progress)
        write_folder(out, computed, read, analysis, inference, place, options["picture"], not options["no_figures"])
    write_source(table, sources)
    if not quiet:
        show_summary(computed, analysis, inference)
        if inference is not None:
            show_comparison(inference, analysis)
        click.echo(str(out))
    few = computed.loc[(computed["n"] < FEW) & computed["estimate"].notna(), "roi"].unique()
    if len(few) and not quiet:
        where = "" if list(few) == [ALL] else f" in {', '.join(few)}"
        click.echo(f"fewer than {FEW} subjects{where}: see the limits, not only the estimates", err=True)
