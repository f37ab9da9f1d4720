"""`radharmony simulate`: a study with known truth, or real images in simulated arms."""

from pathlib import Path
from typing import Any

import click

from experiments.cli.command import command
from experiments.cli.options import FILE_THAT_EXISTS, FOLDER, data_option, quiet_option
from experiments.cli.progress import progress_bars


@command()
@click.argument("folder", type=FOLDER)
@click.option("--subjects", type=int, default=6, show_default=True, help="Subjects.")
@click.option(
    "--sequences",
    default="HASTE,HASTE-FS",
    show_default=True,
    callback=lambda _ctx, _param, value: tuple(name.strip() for name in value.split(",")),
    help="Of HASTE, HASTE-FS, HASTE-LONG.",
)
@click.option("--rois", type=int, default=5, show_default=True, help="Regions of interest, 1 to 10.")
@click.option("--matrix", type=int, default=128, show_default=True, help="Voxels along x and y.")
@click.option("--slices", type=int, default=3, show_default=True, help="Slices.")
@click.option("--noise", type=float, default=0.006, show_default=True, help="Noise, as a share of the signal of water.")
@click.option("--acceleration", type=int, default=2, show_default=True, help="Acceleration of the ACC arms.")
@click.option("--patients", type=int, default=0, help="How many of the subjects have a simulated disease of the liver.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same study.")
@click.option(
    "--scans",
    type=FILE_THAT_EXISTS,
    help="Use the real images of this table (subject, sequence, image, mask, and label or one label for all) instead "
    "of the phantom; sizes are theirs.",
)
@data_option
@quiet_option
def simulate(folder: Path, scans: Path | None, data: Path | None, quiet: bool, **sizes: Any) -> None:
    """Write a study of four arms (REF+STD, REF+DLR, ACC+STD, ACC+DLR) made from k-space to FOLDER.

    Without --scans, an abdominal T2 phantom whose truth is known (truth.csv). "DLR" is an edge-preserving denoising
    that stands in for a deep-learning reconstruction; it is not one. With --patients, a column diagnosis says who is
    ill: the liver is brighter, which every arm shows, and finely textured, which the noise of acceleration hides.
    """
    from experiments.simulate import Simulation, read_scans, write_four_arm_study, write_study
    from harmonize.errors import ConfigurationError

    if scans is not None and sizes["patients"]:
        raise ConfigurationError("--patients: real images (--scans) are not given a disease; leave one of both out")
    try:
        simulation = Simulation(**sizes)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    with progress_bars(quiet) as bars:

        def progress(done: int, total: int) -> None:
            bars("images", done, total)

        if scans is None:
            study = write_study(folder, simulation, progress)
        else:
            study = write_four_arm_study(folder, read_scans(scans, data or scans.parent), simulation, progress)
    if not quiet:
        click.echo(str(study))
