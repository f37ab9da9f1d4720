"""`radharmony import`: from DICOM, BIDS or plain NIfTI files to images.csv and a study file to be completed."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli.command import command, told
from experiments.cli.options import FILE, FOLDER, FOLDER_THAT_EXISTS
from experiments.cli.terminal import TableStyle, make_console, show_table

if TYPE_CHECKING:
    from rich.console import Console

    from experiments.importing import Imported

MOST_SKIPPED = 12


@command("import")
@click.argument("folder", type=FOLDER_THAT_EXISTS)
@click.option("--out", required=True, type=FOLDER, help="Folder of the study to be made.")
@click.option(
    "--subject",
    "naming",
    type=click.Choice(["pseudonym", "folder", "patient-id"]),
    default="pseudonym",
    show_default=True,
    help="What subjects of DICOM files are called: sub-01 and so on, their first folder, or their PatientID.",
)
@click.option(
    "--pattern",
    help="Regular expression for the description of a series (BIDS: file name; plain NIfTI: path, also with "
    "(?P<subject>...)) with named groups such as (?P<sequence>...) and (?P<acquisition>...).",
)
@click.option(
    "--key",
    type=FILE,
    help="Write who is who to this file. It identifies people: keep it apart.",
)
@click.option(
    "--preset", help="Write the study file of a preset, and name its arms; `radharmony init --list` names them."
)
@click.option(
    "--centres",
    type=click.Path(exists=True, path_type=Path),
    help="Centres of circles for the preset: a file, or a folder of files, of 3D Slicer (.mrk.json, .fcsv), MITK "
    "(.mps), ITK-SNAP (.annot), label maps of points, or tables with the columns subject, roi, x, y, z.",
)
@click.option("--centres-in", type=click.Choice(["mm", "voxels"]), help="Unit of tables of centres.")
@click.option("--counted-from", type=click.Choice(["0", "1"]), help="Number of the first voxel in tables of centres.")
def import_(
    folder: Path,
    out: Path,
    naming: str,
    pattern: str | None,
    key: Path | None,
    preset: str | None,
    centres: Path | None,
    centres_in: str | None,
    counted_from: str | None,
) -> None:
    """Make images.csv and study.yaml from FOLDER: a BIDS dataset, DICOM files at any depth, or NIfTI files.

    Writes what headers and names state; what is only concluded ends with a question mark. Rows and files that are there
    stay as they are, new scans are added. Complete what is open, then run `radharmony check`.
    """
    from experiments.importing import import_folder
    from experiments.importing.point_files import Counting

    number = None if counted_from is None else int(counted_from)
    imported = import_folder(
        folder,
        out,
        naming=naming,  # type: ignore[arg-type]  # one of the choices
        pattern=pattern,
        key=key,
        preset=preset,
        centres=centres,
        counting=Counting(centres_in, number),  # type: ignore[arg-type]  # one of the choices
    )
    console = make_console(highlight=False, markup=False)
    _show(imported, console)
    data = f" --data {folder}" if imported.with_data else ""
    first = (
        f"complete {' and '.join(path.name for path in imported.to_complete)}, then  " if imported.to_complete else ""
    )
    console.print(f"\nnext: {first}radharmony check {imported.study}{data}", soft_wrap=True)
    console.print("      (to be measured as another study, not compared: with --like RUN|WHITELIST)", soft_wrap=True)


def _show(imported: "Imported", console: "Console") -> None:
    from rich.text import Text

    from harmonize.words import plural

    found = imported.found
    columns = ("subject", "sequence", *found.factors, "masks", "series", "stated by")
    rows = []
    for scan in found.scans:
        levels = [scan.levels.get(factor, "") for factor in found.factors]
        evidence = "; ".join(
            f"{factor}: {scan.evidence[factor]}" for factor in found.factors if factor in scan.evidence
        )
        row = (imported.subjects[scan.person], scan.sequence, *levels, str(len(scan.mask_files)), scan.series, evidence)
        rows.append([Text(cell) for cell in row])
    title = f"{plural(len(rows), 'scan')} of {plural(len(imported.subjects), 'subject')}"
    style: TableStyle = {"left": len(columns), "fold": True, "title_left": True}
    show_table(console, columns, rows, title, **style, noun="scan", all_in=imported.table)
    reasons = found.passed_over()
    for reason, paths in reasons[:MOST_SKIPPED]:
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        console.print(f"passed over {paths[0]}{more}: {reason}", soft_wrap=True)
    if len(reasons) > MOST_SKIPPED:
        console.print(
            f"passed over {sum(len(paths) for _, paths in reasons[MOST_SKIPPED:])} more for other reasons",
            soft_wrap=True,
        )
    for remark in found.remarks:
        console.print(f"mind: {told(remark)}", soft_wrap=True)
    console.print(f"{imported.table}\n{imported.study}", soft_wrap=True)
    for kept in imported.kept:
        console.print(f"kept: {kept}", soft_wrap=True)
    if imported.unsure:
        console.print(
            f"to be confirmed: {plural(imported.unsure, 'cell')} with a question mark at the end",
            soft_wrap=True,
        )
    if imported.empty:
        console.print(
            f"to be filled in: {plural(imported.empty, 'cell')} that neither header nor name states", soft_wrap=True
        )
