"""The size of a study by simulation from a pilot."""

from dataclasses import dataclass

import pandas as pd

from evaluation.planning.pilot_table import PilotTable
from evaluation.planning.simulated import least_subjects, pilot_sizes
from experiments.analyses.reliability.run import ReliabilityInput, paths_of
from experiments.analyses.reliability.settings import ReliabilitySettings
from experiments.analyses.sample_size.settings import SIZES, PilotSettings, SampleSizeSettings
from experiments.progress import Progress
from harmonize.errors import ConfigurationError
from harmonize.printed import Printed
from harmonize.words import plural

ROLES = (
    "subject",
    "condition",
    "order",
    "reference",
    "sequence",
    "roi",
    "strategy",
    "within",
    "extract",
    "features",
    "exclude",
    "decimal",
    "threshold",
)
"""Settings that are those of `reliability`."""


@dataclass(frozen=True, repr=False)
class PilotSizes(Printed):
    """What studies of several sizes find, by simulation from a pilot.

    Parameters
    ----------
    settings : SampleSizeSettings
    how : PilotSettings
    sizes : DataFrame
        See `evaluation.planning.simulated.pilot_sizes`.
    subjects : int
        Of the pilot, with all values.
    rule : str
        What is robust.
    notes : tuple of str
        What of the pilot was left out.
    """

    settings: SampleSizeSettings
    how: PilotSettings
    sizes: pd.DataFrame
    subjects: int
    rule: str
    notes: tuple[str, ...]

    @property
    def target(self) -> tuple[str, float | None]:
        """The quantity that decides, a column of `sizes`, and what is wanted of it."""
        if self.how.power is not None:
            return "power", self.how.power
        return "width", self.settings.width

    def needed(self) -> dict[str, float]:
        """Give by strategy the subjects that the target needs, NaN where no size is enough; empty without a target."""
        quantity, target = self.target
        if target is None:
            return {}
        there = self.sizes[self.sizes[quantity].notna()]
        return {
            str(name): least_subjects(rows, quantity, target, quantity == "power")
            for name, rows in there.groupby("strategy", sort=False)
        }

    def sentences(self) -> list[str]:
        """Answer, a sentence for each strategy."""
        quantity, target = self.target
        if quantity == "power":
            wanted = f"find a difference with a power of {target:g}"
        else:
            wanted = f"find a share of robust features ({self.rule}) within {100 * (target or 0):g} percentage points"
        return [f"{name}: {self._answer(n, wanted)}{self._alike(name)}" for name, n in self.needed().items()]

    def _answer(self, subjects: float, wanted: str) -> str:
        """Say how many: the smallest size tried may be more than are needed."""
        tried = self.sizes["subjects"]
        if pd.isna(subjects):
            return f"more than {plural(tried.max(), 'subject')} to {wanted}; ask for larger `sizes`"
        fewer = " or fewer" if subjects == tried.min() else ""
        return f"{plural(int(subjects), 'subject')}{fewer} to {wanted}"

    def _alike(self, strategy: str) -> str:
        """Say where all studies of the smallest size gave 0 or 100 %: then a narrow range is not due to the size."""
        rows = self.sizes[self.sizes["strategy"] == strategy]
        share = rows.loc[rows["subjects"].idxmin(), "share"]
        if self.target[0] == "power" or share not in (0, 1):
            return ""
        return (
            f"; but every study of {plural(rows['subjects'].min(), 'subject')} gave {100 * share:.0f} %, so that "
            "nothing is told about how the share varies: look at the pilot, or give another `threshold`"
        )

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give share, range and power by strategy and size."""
        sizes = self.sizes
        shown = pd.DataFrame(
            {
                "strategy": sizes["strategy"],
                "subjects": sizes["subjects"].map(str),
                "robust": (100 * sizes["share"]).map("{:.1f} %".format),
                f"{100 * self.settings.level:g} % of studies": [
                    f"{100 * low:.1f} to {100 * high:.1f} %"
                    for low, high in zip(sizes["low"], sizes["high"], strict=True)
                ],
                "ratio": sizes["ratio"].map("{:.2f}".format),
                "power": (100 * sizes["power"]).map("{:.0f} %".format),
            }
        )
        shown.loc[sizes["power"].isna(), ["ratio", "power"]] = ""
        title = f"{self.how.simulations} studies of each size, from a pilot of {plural(self.subjects, 'subject')}"
        return title, shown if sizes["power"].notna().any() else shown.drop(columns=["ratio", "power"])


def run_pilot_sizes(
    settings: SampleSizeSettings, how: PilotSettings | None = None, progress: Progress = lambda *_: None
) -> PilotSizes:
    """Simulate what studies of several sizes find, from the table of a pilot.

    Parameters
    ----------
    settings : SampleSizeSettings
        With `pilot`, and `width` of the range of the share of robust features if that is wanted.
    how : PilotSettings, optional
    progress : callable, optional
        Called with what is done, how many, of how many.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with the table or with settings.
    """
    how = how or PilotSettings()
    if not settings.pilot:
        raise ConfigurationError("`pilot`: is missing; name the table of a pilot")
    if how.power is not None and settings.width is not None:
        raise ConfigurationError("`power`: is given beside `width`; ask for one of them at a time")
    asked = {name: value for name, value in vars(how).items() if name in ROLES}
    given = ReliabilityInput.of(paths_of(settings.pilot), ReliabilitySettings(**asked, no_inference=True))
    table = PilotTable.of(given.read.table, given.read.features)
    several = "power" if how.power is not None else "error_ratio" if how.error_ratio is not None else ""
    if several and len(table.members) < 2:
        raise ConfigurationError(
            f"`{several}`: the pilot has one strategy, '{next(iter(table.members))}'; name the tables of two or more"
        )
    sizes = pilot_sizes(
        table,
        (how.sizes or SIZES) if settings.subjects is None else (settings.subjects,),
        given.reference,
        dict(given.rule.limits),
        baseline=how.baseline,
        error_ratio=how.error_ratio,
        conditions=settings.conditions,
        simulations=how.simulations,
        distribution="normal" if how.distribution == "normal" else "resampled",
        level=settings.level,
        seed=how.seed,
        progress=progress,
    )
    notes = list(table.left_out)
    if len(table.members) > 1 and how.error_ratio is None:
        notes.append(
            "power is that of the differences that the pilot shows, those by chance among them: of a small pilot it is "
            "too high; `error_ratio` plans for a difference of your own"
        )
    rule = " and ".join(f"{name} {limit:g}" for name, limit in given.rule.limits.items())
    return PilotSizes(settings, how, sizes, table.subjects, rule, tuple(notes))
