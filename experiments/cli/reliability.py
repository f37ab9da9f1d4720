"""`radharmony reliability`: the reliability statistics of any tool's feature table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.options import names_of, quiet_option

if TYPE_CHECKING:
    from evaluation.publication import Analysis, Place
    from evaluation.reading import Reading, ReadTable

FEW = 10
"""Fewer subjects than this get a warning."""


def _pairs(_ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Take NAME=VALUE."""
    pairs = dict(value.partition("=")[::2] for value in values)
    for value in values:
        if "=" not in value:
            raise click.BadParameter(f"expected {param.metavar}, found '{value}'")
    return pairs


@click.command
@click.argument("tables", metavar="[NAME=]TABLE...", nargs=-1, required=True)
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Folder for everything, or a .csv or .parquet file for the reliability table alone.",
)
@click.option("--subject", metavar="COLUMN", help="The subject.")
@click.option(
    "--condition", metavar="COLUMN,...", multiple=True, callback=names_of, help="What is compared; columns join by '+'."
)
@click.option("--order", metavar="COLUMN", help="Instead: number a subject's scans 1, 2, ... by this date or number.")
@click.option(
    "--reference",
    metavar="VALUE",
    help="The condition to compare with [default: the first of two]; 'none' compares all with one another.",
)
@click.option("--sequence", metavar="COLUMN", help="Analysed level by level.")
@click.option("--roi", metavar="COLUMN", help="Analysed level by level.")
@click.option("--strategy", metavar="COLUMN", help="Analysed level by level and set side by side.")
@click.option(
    "--within", metavar="COLUMN,...", multiple=True, callback=names_of, help="Further factors, analysed level by level."
)
@click.option(
    "--extract",
    metavar="COLUMN=REGEX",
    multiple=True,
    callback=_pairs,
    help="Make columns from the named groups of a regular expression.",
)
@click.option("--long", metavar="FEATURE,VALUE", help="The table has a row for each value, in these columns.")
@click.option(
    "--features", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features, such as '*_glcm_*'."
)
@click.option("--exclude", metavar="PATTERN,...", multiple=True, callback=names_of, help="Features to leave out.")
@click.option(
    "--statistics",
    metavar="NAME,...",
    multiple=True,
    callback=names_of,
    help="Further statistics: icc_c1, spearman, bias, loa_lower, loa_upper, icc_all, overall_ccc, wsd, rms_wcv, "
    "rc_percent, rc_ratio.",
)
@click.option("--icc-form", default="A,1", show_default=True, help="1, A,1, C,1, 1,k, A,k or C,k.")
@click.option(
    "--icc-interval",
    default="mcgraw-wong",
    show_default=True,
    help="Limits of absolute agreement: mcgraw-wong, or generalized (for fixed conditions that shift values).",
)
@click.option("--level", type=float, default=0.95, show_default=True, help="Confidence level of all limits.")
@click.option("--quartiles", default="linear", show_default=True, help="Quartile rule of the QCD, in NumPy's words.")
@click.option(
    "--threshold",
    metavar="STATISTIC=VALUE",
    multiple=True,
    callback=_pairs,
    help="What a feature must pass to be reproducible [default: icc=0.9 and ccc=0.9, or overall_ccc=0.9].",
)
@click.option("--on-limit", is_flag=True, help="Compare the confidence limit with the threshold, not the estimate.")
@click.option("--picture", metavar="FEATURE", multiple=True, help="Features for Bland-Altman and scatter plots.")
@click.option(
    "--at",
    metavar="ROLE=LEVEL",
    multiple=True,
    callback=_pairs,
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
    from evaluation.reliability import ICC_FORMS, ICC_INTERVALS, QUARTILE_RULES, reliability_table
    from experiments.cli.progress import progress_bars
    from experiments.cli.reliability_inference import infer_table
    from experiments.cli.reliability_options import reference_of, statistics_of, thresholds_of
    from experiments.cli.reliability_output import show_comparison, show_roles, show_summary, write_folder
    from experiments.cli.reliability_source import write_source
    from experiments.outputs import RELIABILITY, write_csv, write_parquet
    from harmonize.configuration import suggest
    from harmonize.errors import ConfigurationError

    for name, known in (("icc_form", ICC_FORMS), ("icc_interval", ICC_INTERVALS), ("quartiles", QUARTILE_RULES)):
        if options[name] not in known:
            raise ConfigurationError(
                f"--{name.replace('_', '-')}: unknown '{options[name]}'; {suggest(options[name], known)}"
            )
    paths = _paths(tables)
    read = read_feature_table(paths, _reading(options))
    reference = reference_of(read, options["reference"])
    statistics = statistics_of(options["statistics"], reference)
    thresholds, rule = thresholds_of(options["threshold"], options["on_limit"], statistics, reference)
    place = _place(read, reference, options["at"])
    for feature in options["picture"]:
        if feature not in read.features:
            raise ConfigurationError(f"--picture: there is no feature '{feature}'; {suggest(feature, read.features)}")
    if not quiet:
        show_roles(read, reference, options["reference"] is None)
    computed = reliability_table(
        read.table,
        reference,
        columns=read.features,
        statistics=statistics,
        icc_form=options["icc_form"],
        icc_interval=options["icc_interval"],
        level=options["level"],
        quartiles=options["quartiles"],
    )
    analysis = _analysis(read, reference, statistics, options, thresholds, dict(rule.limits), computed)
    inference = None
    sources = dict.fromkeys(read.levels("strategy"), paths) if isinstance(paths, Path) else paths
    if out.suffix.lower() in (".csv", ".parquet"):
        write_source(out, sources)
        (write_csv if out.suffix.lower() == ".csv" else write_parquet)(out, computed)
    else:
        write_source(out / RELIABILITY, sources)
        if not options["no_inference"]:
            with progress_bars(quiet) as progress:
                inference = infer_table(read, analysis, rule, statistics, progress)
        write_folder(out, computed, read, analysis, inference, place, options["picture"], not options["no_figures"])
    if not quiet:
        show_summary(computed, analysis, inference)
        if inference is not None:
            show_comparison(inference, analysis)
        click.echo(str(out))
    few = computed.loc[(computed["n"] < FEW) & computed["estimate"].notna(), "roi"].unique()
    if len(few) and not quiet:
        where = "" if list(few) == [ALL] else f" in {', '.join(few)}"
        click.echo(f"fewer than {FEW} subjects{where}: see the limits, not only the estimates", err=True)


def _paths(tables: tuple[str, ...]) -> "Path | dict[str, Path]":
    """Take one table as it is, several by the name of their strategy."""
    from harmonize.errors import ConfigurationError

    named: dict[str, Path] = {}
    for table in tables:
        name, equals, path = table.partition("=")
        if not equals or Path(table).exists():
            name, path = Path(table).name.split(".")[0], table
            if len(tables) == 1:
                return Path(table)
        if name in named:
            raise ConfigurationError(f"two tables are called '{name}'; name them, such as second={path}")
        named[name] = Path(path)
    return named


def _reading(options: dict[str, Any]) -> "Reading":
    from evaluation.reading import Reading, Roles

    long = options["long"]
    if long is not None:
        feature, comma, value = long.partition(",")
        if not comma:
            raise click.BadParameter(f"expected FEATURE,VALUE, found '{long}'", param_hint="--long")
        long = (feature.strip(), value.strip())
    roles = Roles(
        **{name: options[name] for name in ("subject", "condition", "order", "sequence", "roi", "strategy", "within")}
    )
    return Reading(roles, options["extract"], long, options["features"], options["exclude"])


def _place(read: "ReadTable", reference: str | None, wanted: dict[str, str]) -> "Place":
    from evaluation.publication import Place
    from evaluation.tables import ALL_CONDITIONS
    from harmonize.configuration import refuse_unknown, suggest
    from harmonize.errors import ConfigurationError

    roles = ("strategy", "sequence", "roi", "condition")
    refuse_unknown(wanted, roles, "--at")
    chosen = {}
    for role in roles:
        levels = [level for level in read.levels(role) if role != "condition" or level != reference]
        if role == "condition" and reference is None:
            levels = [ALL_CONDITIONS]
        if role in wanted and wanted[role] not in levels:
            raise ConfigurationError(f"--at: there is no {role} '{wanted[role]}'; {suggest(wanted[role], levels)}")
        chosen[role] = wanted.get(role, levels[0])
    return Place(**chosen)


def _analysis(
    read: "ReadTable",
    reference: str | None,
    statistics: tuple[str, ...],
    options: dict[str, Any],
    thresholds: dict[str, float],
    rule: dict[str, float],
    computed: Any,
) -> "Analysis":
    from evaluation.publication import Analysis

    subjects = len(read.levels("subject"))
    used = computed.loc[computed["estimate"].notna(), "n"]
    incomplete = len(used) and used.min() < subjects
    return Analysis(
        reference=reference,
        conditions=read.levels("condition"),
        subjects=subjects,
        features=len(read.features),
        used=(int(used.min()), int(used.max())) if incomplete else None,
        strategies=read.levels("strategy"),
        sequences=read.levels("sequence"),
        rois=read.levels("roi"),
        icc_form=options["icc_form"],
        icc_interval=options["icc_interval"],
        level=options["level"],
        quartiles=options["quartiles"],
        thresholds=thresholds,
        rule=rule,
        on="limit" if options["on_limit"] else "estimate",
        statistics=statistics,
    )
