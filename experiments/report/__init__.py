"""The report of a finished run: one HTML file that needs nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from experiments.folder.run_folder import RunFolder


def write_report(folder: Path, run: "RunFolder | None" = None) -> Path:
    """Write report.html from the other files of a finished run, and return its path.

    The pictures are left as SVG files as well, in the folder `figures`, and the checklists in `checklist.csv`.

    Parameters
    ----------
    folder : Path
        Where `radharmony run` wrote to.
    run : RunFolder, optional
        What run.json is about to say, for a run that comes to its end; by default run.json is read.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty, unreadable or not one of this run; the text names it.
    """
    # Only here, so that importing the package does not load matplotlib.
    from experiments.folder.files import CHECKLIST, DIAGNOSIS, FIGURES, REPORT, TRADEOFF, TRANSFER
    from experiments.folder.run_folder import RunFolder
    from experiments.folder.writing import write_csv, write_text
    from experiments.report.checklists import Knowledge, checklist_sections, fill, to_frame
    from experiments.report.figures import draw_all, write_pictures
    from experiments.report.files.run import read_run
    from experiments.report.render import render
    from experiments.report.sections.diagnosis import diagnosis_section
    from experiments.report.sections.scans import read_scan_pictures
    from experiments.report.sections.tradeoff import tradeoff_section
    from experiments.report.sections.transfer import transfer_section
    from experiments.report.summarize import summarize
    from experiments.tracking.findings import added

    folder = Path(folder)
    finished = run or RunFolder.open(folder)
    files = read_run(finished)
    places = added(finished)
    summary = summarize(files)
    filled = fill(Knowledge.of(files, folder, places))
    write_csv(folder / CHECKLIST, to_frame(filled))
    pictures = draw_all(summary)
    write_pictures(pictures, folder / FIGURES)
    path = folder / REPORT
    page = render(
        summary,
        pictures,
        read_scan_pictures(folder),
        tradeoff_section(folder) if TRADEOFF in places else None,
        transfer_section(folder) if TRANSFER in places else None,
        checklist_sections(filled),
        diagnosis_section(folder) if DIAGNOSIS in places else None,
    )
    if run is None:
        finished.check_still()
    write_text(path, page)
    return path
