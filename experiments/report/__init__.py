"""The report of a finished run: one HTML file that needs nothing else."""

from pathlib import Path


def write_report(folder: Path) -> Path:
    """Write report.html from the other files of a finished run, and return its path.

    The pictures are left as SVG files as well, in the folder `figures`, and the checklists in `checklist.csv`.

    Parameters
    ----------
    folder : Path
        Where `radharmony run` wrote to.

    Raises
    ------
    ConfigurationError
        For a file that is missing, empty or unreadable; the text names it.
    """
    # Only here, so that importing the package does not load matplotlib.
    from experiments import outputs
    from experiments.report.checklists import Knowledge, checklist_sections, fill, to_frame
    from experiments.report.figures import draw_all, write_pictures
    from experiments.report.files.run import read_run
    from experiments.report.render import render
    from experiments.report.sections.diagnosis import diagnosis_section
    from experiments.report.sections.scans import read_scan_pictures
    from experiments.report.sections.tradeoff import tradeoff_section
    from experiments.report.sections.transfer import transfer_section
    from experiments.report.summarize import summarize

    folder = Path(folder)
    files = read_run(folder)
    summary = summarize(files)
    filled = fill(Knowledge.of(files, folder))
    outputs.write_csv(folder / outputs.CHECKLIST, to_frame(filled))
    pictures = draw_all(summary)
    write_pictures(pictures, folder / outputs.FIGURES)
    path = folder / outputs.REPORT
    page = render(
        summary,
        pictures,
        read_scan_pictures(folder),
        tradeoff_section(folder),
        transfer_section(folder),
        checklist_sections(filled),
        diagnosis_section(folder),
    )
    outputs.write_text(path, page)
    return path
