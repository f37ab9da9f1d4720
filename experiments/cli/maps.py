"""`radharmony maps`: maps of features in the ROIs of a few scans."""

from dataclasses import replace
from pathlib import Path

import click

from experiments.cli.command import command
from experiments.cli.exit_codes import FAILED
from experiments.cli.options import FILE, FILE_THAT_EXISTS
from experiments.cli.progress import progress_bars
from experiments.cli.running import computing_options, like_option, out_option, plain_warnings, roi_option
from experiments.running.options import Computing
from harmonize.words import plural


@command()
@click.argument("study", type=FILE, metavar="STUDY_OR_TABLE")
@click.option("--strategy", required=True, metavar="NAME", help="Whose images, and whose extraction settings.")
@click.option(
    "--feature", "features", multiple=True, metavar="NAME", help="Such as original_glcm_Contrast. Repeatable."
)
@click.option("--whitelist", type=FILE_THAT_EXISTS, help="Map its features of each sequence and ROI, too.")
@click.option("--subject", "subjects", multiple=True, metavar="NAME", help="Whose scans [default: all]. Repeatable.")
@click.option(
    "--radius", type=int, default=1, show_default=True, help="Voxels from the middle of a kernel to its side."
)
@click.option("--unmasked", is_flag=True, help="Let kernels take voxels beyond the ROI, too.")
@out_option
@like_option
@roi_option
@computing_options(Computing)
@click.pass_context
def maps(
    ctx: click.Context,
    study: Path,
    strategy: str,
    features: tuple[str, ...],
    whitelist: Path | None,
    subjects: tuple[str, ...],
    radius: int,
    unmasked: bool,
    out: Path,
    like: Path | None,
    rois: dict[str, str],
    data: Path | None,
    how: Computing,
    quiet: bool,
) -> None:
    """Map features of the scans of STUDY_OR_TABLE: each voxel of an ROI has the value of the kernel around it.

    Maps are NIfTI on the grid of the scan. Where a person's scans under several conditions lie on one grid, a further
    map shows how much each voxel's value changes between them. maps.csv and between.csv list them, pictures/ shows
    them. Exit code 3 if some scans failed; failures.csv says which.
    """
    from experiments.folder.files import FAILURES
    from experiments.folder.run_folder import RunFolder
    from experiments.running.extracting.mapping import run_maps
    from experiments.running.extracting.remarks import UnlikeWarning

    with plain_warnings(UnlikeWarning), progress_bars(quiet) as progress:
        made = run_maps(
            study,
            out,
            strategy,
            features=features,
            whitelist=whitelist,
            subjects=subjects,
            radius=radius,
            masked=not unmasked,
            like=like,
            rois=rois,
            data=data,
            **vars(replace(how, progress=progress)),
        )
    if not quiet:
        compared = int((made.between["file"] != "").sum())
        click.echo(f"{plural(len(made.maps), 'map')}, {compared} between conditions: {made.folder}")
        for reason in dict.fromkeys(made.between.loc[made.between["file"] == "", "status"]):
            click.echo(f"not compared: {reason}", err=True)
    if failed := len(made.failures):
        click.echo(f"{plural(failed, 'failure')}, see {RunFolder(made.folder).path(FAILURES)}", err=True)
        ctx.exit(FAILED)
