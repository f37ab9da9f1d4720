"""The report of a finished run: one HTML file that needs nothing else."""

from pathlib import Path


def write_report(folder: Path) -> Path:
    """Write report.html from the other files of a finished run, and return its path.

    The pictures are left as SVG files as well, in the folder `figures`.

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
    from experiments.report.figures import draw_all, write_pictures
    from experiments.report.files import read_run
    from experiments.report.render import render
    from experiments.report.summarize import summarize

    folder = Path(folder)
    summary = summarize(read_run(folder))
    pictures = draw_all(summary)
    write_pictures(pictures, folder / outputs.FIGURES)
    path = folder / outputs.REPORT
    outputs.write_text(path, render(summary, pictures))
    return path
