"""The files of a plan."""

from pathlib import Path

from evaluation.figures.planning import planning_curve
from experiments.analyses.sample_size.run import SampleSizeFound
from experiments.analyses.sample_size.simulated import PilotSizes
from experiments.folder.kinds import Drawing, RunTable
from harmonize.inputs.paths import as_path

NUMBERS = ("subjects", "conditions", "measurements", "lower", "upper", "width", "mean_width", "probability")
SIZES = RunTable("sample_size.csv", texts=("status",), numbers=NUMBERS)
CURVE = RunTable("sample_size_curve.csv", texts=("status", "series"), numbers=NUMBERS)
OF_PILOT = RunTable(
    "pilot_sizes.csv",
    texts=("strategy",),
    numbers=("subjects", "conditions", "share", "low", "high", "width", "power", "worse", "ratio"),
)
PICTURE = Drawing("sample_size")
SHARES_PICTURE = Drawing("pilot_shares")
POWER_PICTURE = Drawing("pilot_power")


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


def write_pilot_sizes(out: str | Path, found: PilotSizes) -> None:
    """Write the table of sizes and pictures of shares and, of several strategies, of power into a folder."""
    folder = as_path(out, "`out`")
    OF_PILOT.write(folder, found.sizes)
    curve = found.sizes.rename(columns={"strategy": "series"})
    quantity, target = found.target
    level = f"{100 * found.settings.level:g} %"
    shares = planning_curve(curve, "share", "share of robust features", title=f"Share that {level} of studies find")
    SHARES_PICTURE.write(folder, shares)
    tested = curve[curve["power"].notna()].drop(columns=["low", "high"])
    if len(tested):
        wanted = target if quantity == "power" else None
        power = planning_curve(
            tested, "power", "power", target=wanted, title="Power to find that 1 − ICC is less than the baseline's"
        )
        POWER_PICTURE.write(folder, power)
