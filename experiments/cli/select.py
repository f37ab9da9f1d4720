"""`radharmony select`: a whitelist from a reliability table."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments.cli.options.cohort import settings_option
from experiments.cli.options.common import quiet_option
from experiments.cli.options.values import FILE, pairs_of
from experiments.cli.shared.damage import refusing_damage

if TYPE_CHECKING:
    import pandas as pd

    from selection import Thresholds, Whitelist

SUFFIXES = (".json", ".csv", ".yaml", ".yml")


@click.command
@click.argument("reliability", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    "outs",
    required=True,
    multiple=True,
    type=FILE,
    help="The whitelist: .json to apply it, .csv to read it, .yaml as PyRadiomics parameters. May be repeated.",
)
@click.option(
    "--threshold",
    "limits",
    metavar="STATISTIC=VALUE",
    multiple=True,
    callback=pairs_of,
    help="What a feature must pass [default: icc=0.9 and ccc=0.9].",
)
@click.option(
    "--on",
    "compared",
    metavar="[STATISTIC=]SIDE",
    multiple=True,
    help="Compare estimate, limit (the unfavourable confidence limit), lower or upper [default: estimate].",
)
@click.option("--any", "any_of", is_flag=True, help="One threshold is enough.")
@click.option(
    "--scope",
    type=click.Choice(["sequence_roi", "sequence", "roi", "overall", "contrast"]),
    help="What has a list of its own [default: sequence_roi; overall with --at-least].",
)
@click.option("--at-least", type=int, metavar="K", help="In how many combinations of sequence and ROI to pass.")
@click.option("--condition", "conditions", multiple=True, metavar="NAME", help="Only these compared conditions count.")
@click.option("--top", type=int, metavar="N", help="Of those that pass the N best of each list.")
@click.option("--by", metavar="STATISTIC", help="What ranks them [default: the first threshold].")
@click.option("--below", multiple=True, metavar="STATISTIC", help="A statistic of your own of which less is better.")
@click.option("--above", multiple=True, metavar="STATISTIC", help="A statistic of your own of which more is better.")
@click.option("--strategy", metavar="NAME", help="Which strategy of the table; needed if there are several.")
@settings_option(
    "How the features were made: run.json, or a PyRadiomics parameter file [default: run.json of the run]."
)
@click.option(
    "--slice-axis",
    type=click.IntRange(0, 2),
    metavar="0|1|2",
    help="For PyRadiomics parameters, if the study takes the slice axis from each scan: slices along z, y or x "
    "[default: that of all scans of the run].",
)
@quiet_option
@refusing_damage
def select(
    reliability: Path, outs: tuple[Path, ...], strategy: str | None, settings: Path | None, quiet: bool, **options: Any
) -> None:
    """Choose the robust features of a reliability table.

    RELIABILITY is reliability.parquet or .csv, or the folder of a run. The whitelist carries the rule, the settings
    that the features were made with, and where they come from, so that `radharmony apply` can tell whether it holds for
    another cohort.
    """
    from evaluation.reading.doubts import by_name
    from experiments.cli.shared.left_out import first_of
    from experiments.cli.shared.provenance import study_of
    from experiments.cli.shared.reliability_table import read_reliability
    from harmonize.errors import ConfigurationError

    for out in outs:
        if out.suffix.lower() not in SUFFIXES:
            raise ConfigurationError(f"--out: {out}: expected a name ending in {', '.join(SUFFIXES)}")
    path, table, name = read_reliability(reliability, strategy)
    rule = _rule(table, options)
    source = study_of(path, settings, name)
    whitelist = rule.whitelist(table, name, **({} if source is None else source.provenance()))
    axis = options["slice_axis"]
    if axis is None and source is not None:
        axis = source.slice_axis
    written = [file for out in outs for file in _write(out, whitelist, axis)]
    if source is None or not source.settings:
        click.echo(
            "warning: nothing says how the features were made, so that `radharmony apply` cannot compare the settings "
            "of another cohort; name them with --settings",
            err=True,
        )
    told = sorted(feature for feature in whitelist.known if by_name(feature))
    if told:
        click.echo(
            f"warning: {first_of(told)}: named as no feature of an image; leave such columns out of the reliability "
            "with --exclude",
            err=True,
        )
    if not quiet:
        _show(whitelist, written)


def _rule(table: "pd.DataFrame", options: dict[str, Any]) -> "Thresholds":
    from harmonize.inputs.configuration import refuse_unknown
    from selection import Thresholds

    statistics = tuple(str(name) for name in table["statistic"].unique())
    refuse_unknown(options["limits"], statistics, "--threshold")
    values: dict[str, Any] = {}
    for name, text in options["limits"].items():
        try:
            values[name] = float(text)
        except ValueError:
            values[name] = text
    if not values and options["top"] is None:
        values = dict(Thresholds().limits)
    sides = dict(value.partition("=")[::2] for value in options["compared"] if "=" in value)
    plain = [value for value in options["compared"] if "=" not in value]
    if len(plain) > 1 or (plain and sides):
        raise click.UsageError("--on: name one side for all statistics, or one for each as icc=limit")
    if options["top"] is not None and not values and options["by"] is None:
        raise click.UsageError("--top: name what ranks the features with --by, such as --by icc")
    direction = {name: side for side in ("below", "above") for name in options[side]}
    given = {
        "compared": plain[0] if plain else sides or None,
        "combine": "any" if options["any_of"] else None,
        "conditions": list(options["conditions"]) or None,
        "direction": direction or None,
        **{name: options[name] for name in ("scope", "at_least", "top", "by")},
    }
    given = {name: value for name, value in given.items() if value is not None}
    return Thresholds.from_mapping({**values, **given}, "--threshold", statistics)


def _write(out: Path, whitelist: "Whitelist", slice_axis: int | None) -> list[Path]:
    from experiments.folder.writing import write_csv, write_text
    from selection import parameter_files, to_frame

    kind = out.suffix.lower()
    if kind == ".json":
        write_text(out, whitelist.to_json())
    elif kind == ".csv":
        write_csv(out, to_frame(whitelist))
    else:
        files = parameter_files(whitelist, slice_axis)
        names = [out, *(out.with_name(f"{out.stem}_{number}{out.suffix}") for number in range(2, len(files) + 1))]
        for name, file in zip(names, files, strict=True):
            write_text(name, file.text)
        return names
    return [out]


def _show(whitelist: "Whitelist", written: list[Path]) -> None:
    from evaluation.percent import in_percent

    click.echo(f"{whitelist.strategy}: {whitelist.rule['definition']}")
    for sequence, rois in whitelist.features.items():
        for roi, features in rois.items():
            looked_at = whitelist.considered[sequence][roi]
            share = f" ({in_percent(len(features) / looked_at, 1)}%)" if looked_at else ""
            click.echo(f"  {sequence} / {roi}: {len(features)} of {looked_at} features{share}")
    if len(whitelist.places) > 1:
        click.echo(f"  in all of them: {len(whitelist.everywhere)} of {len(whitelist.known)}")
    for condition in whitelist.contrasts:
        part = whitelist.under(condition)
        click.echo(
            f"  under {condition}: {part.size} of {sum(n for rois in part.considered.values() for n in rois.values())}"
        )
    for path in written:
        click.echo(str(path))
