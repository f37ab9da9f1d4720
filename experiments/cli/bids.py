"""`radharmony bids`: a BIDS dataset to features, or to their reliability, called as a BIDS App."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.analyses.shared.readers import names
from experiments.cli.command import command, told
from experiments.cli.end_of_run import show_end
from experiments.cli.extract import show_features
from experiments.cli.options import FOLDER, FOLDER_THAT_EXISTS
from experiments.cli.progress import progress_bars
from experiments.cli.running import computing_options, end, like_option, plain_warnings, roi_option, writable
from experiments.running.options import Conduct
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

if TYPE_CHECKING:
    from experiments.study.study import Study

STUDY = "study"


@command()
@click.argument("dataset", type=FOLDER_THAT_EXISTS, metavar="BIDS_DIR")
@click.argument("out", type=FOLDER, callback=writable)
@click.argument("level", type=click.Choice(["participant", "group"]))
@click.option(
    *("--participant-label", "--participant_label", "labels"),
    multiple=True,
    metavar="LABELS",
    callback=lambda _ctx, _param, value: names(value),
    help="Of the level participant: these alone, separated by commas, with or without sub-. May be repeated.",
)
@like_option
@roi_option
@computing_options(Conduct, data=False)
@click.pass_context
def bids(
    ctx: click.Context,
    dataset: Path,
    out: Path,
    level: str,
    labels: tuple[str, ...],
    like: Path | None,
    rois: dict[str, str],
    how: Conduct,
    quiet: bool,
) -> None:
    """Import BIDS_DIR into OUT and compute it: features of participants, or what of them is reliable in the group.

    OUT/study has images.csv and study.yaml as `radharmony import` writes them; where something is to be completed, this
    says so: complete it and give the same command again. The level participant is `radharmony extract` into
    OUT/participant, group is `radharmony run` into OUT/group, which takes over what the participants left in OUT/cache.
    """
    from experiments.importing import import_folder
    from experiments.importing.bids import is_bids
    from experiments.running.extracting.derivatives import describe_dataset
    from experiments.running.extracting.extraction import run_extraction
    from experiments.running.extracting.remarks import UnlikeWarning
    from experiments.running.runner import run_study
    from experiments.study.study import Study
    from experiments.tracking import TrackingWarning

    in_group = level == "group"
    if in_group and (labels or like or rois):
        raise click.UsageError("--participant-label, --like and --roi belong to the level participant")
    if not is_bids(dataset):
        raise ConfigurationError(f"{dataset}: is no BIDS dataset; `radharmony import` takes other folders")
    imported = import_folder(dataset, out / STUDY)
    describe_dataset(out, f"{dataset.resolve().name}, features", "features of ROIs, and which of them are reliable")
    for remark in () if quiet else imported.found.remarks:
        click.echo(f"mind: {told(remark)}", err=True)
    data = dataset if imported.with_data else None
    study = _of_people(
        Study.from_yaml(imported.study, data, compared=in_group), labels, imported.study, learned=like is not None
    )
    with plain_warnings(TrackingWarning, UnlikeWarning), progress_bars(quiet) as progress:
        options = vars(replace(how, progress=progress, cache=how.cache or out / "cache"))
        if in_group:
            finished = run_study(study, out / level, **options)
        else:
            folder = out / "-".join([level, *(name.removeprefix("sub-") for name in labels)])
            finished = run_extraction(study, folder, like=like, rois=rois, **options)
    if in_group:
        show_end(finished, quiet)
    elif not quiet:
        show_features(finished)
    end(ctx, finished)


def _of_people(study: "Study", labels: tuple[str, ...], where: Path, *, learned: bool) -> "Study":
    """Give the scans of some people of a study."""
    from harmonize.steps import CohortStep

    if not labels:
        return study
    wanted = ["sub-" + name.removeprefix("sub-") for name in labels]
    refuse_unknown(wanted, study.subjects, f"{where}: `labels`", "there is no participant")
    waiting = [one.name for one in study.strategies if any(isinstance(step, CohortStep) for step in one.steps)]
    if waiting and not learned:
        raise ConfigurationError(
            f"{where}: strategy '{waiting[0]}' learns from all participants: leave out `labels`, or name with "
            "`like` the run or whitelist that has learned"
        )
    return replace(study, scans=tuple(scan for scan in study.scans if scan.subject in wanted))
