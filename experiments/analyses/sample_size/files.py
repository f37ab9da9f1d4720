"""The files of a plan."""

from pathlib import Path

from evaluation.figures.planning import planning_curve
from experiments.analyses.sample_size.run import SampleSizeFound
from experiments.folder.kinds import Drawing, RunTable
from harmonize.inputs.paths import as_path

NUMBERS = ("subjects", "conditions", "measurements", "lower", "upper", "width", "mean_width", "probability")
SIZES = RunTable("sample_size.csv", texts=("status",), numbers=NUMBERS)
CURVE = RunTable("sample_size_curve.csv", texts=("status", "series"), numbers=NUMBERS)
PICTURE = Drawing("sample_size")


def write_sample_size(out: str | Path, found: SampleSizeFound) -> None:
    """Write the table, the curve and its picture into a folder."""
    folder = as_path(out, "`out`")
    SIZES.write(folder, found.table)
    CURVE.write(folder, found.curve)
    quantity, target = found.target
    label = (
        f"width of the {100 * found.settings.level:g} % limits of the {found.label}"
        if quantity == "width"
        else "probability that the target is reached"
    )
    figure = planning_curve(
        found.curve,
        quantity,
        label,
        target=target,
        found=(found.answer["subjects"], found.answer[quantity]),
        title=f"{found.label} of {found.settings.value:g}: how many subjects",
    )
    PICTURE.write(folder, figure)
