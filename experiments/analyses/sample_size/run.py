"""The size of a study in closed form, with what other numbers of conditions would need."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.planning.sample_size import MOST_CONDITIONS, POWER, SampleSize, sample_size
from evaluation.planning.sampling import sampling_of
from evaluation.reliability.status import Status
from experiments.analyses.sample_size.settings import SampleSizeSettings
from harmonize.errors import ConfigurationError
from harmonize.printed import Printed
from harmonize.words import plural

OTHERS = (2, 3, 4, 5)
"""Conditions that are shown beside those asked for."""

POINTS = 60
"""Of the curve."""


@dataclass(frozen=True, repr=False)
class SampleSizeFound(Printed):
    """What a study needs, and what it will then have.

    Parameters
    ----------
    settings : SampleSizeSettings
    answer : mapping of str to float
        The row that answers: subjects, conditions, lower, upper, width, mean_width, probability.
    table : DataFrame
        The same with other numbers of conditions, with ``measurements``; its first row answers.
    curve : DataFrame
        The same over a range of ``subjects``, for each number of conditions (``series``).
    """

    settings: SampleSizeSettings
    answer: dict[str, float]
    table: pd.DataFrame
    curve: pd.DataFrame

    @property
    def label(self) -> str:
        """The coefficient."""
        return sampling_of(self.settings.statistic, 0.5).label

    @property
    def target(self) -> tuple[str, float | None]:
        """The quantity that decides, a column of the tables, and what is wanted of it."""
        settings = self.settings
        if settings.width is not None and settings.assurance is None:
            return "width", settings.width
        if settings.width is None and settings.lower is None and settings.upper is None:
            return "width", None
        return "probability", POWER if settings.assurance is None else settings.assurance

    def sentence(self) -> str:
        """Answer in a sentence."""
        asked, row = self.settings, self.answer
        limits = f"{100 * asked.level:g} % limits"
        size = f"{plural(int(row['subjects']), 'subject')} x {plural(int(row['conditions']), 'condition')}"
        found = (
            f"{size}: an expected {self.label} of {asked.value:g} has {limits} of {_number(row['lower'])} to "
            f"{_number(row['upper'])}, {_number(row['width'])} wide"
        )
        if np.isnan(row["probability"]):
            return found
        chance = f"in {100 * row['probability']:.0f} % of studies"
        if asked.width is not None:
            return f"{found}; they are at most {asked.width:g} wide {chance}"
        side, bound = ("below", asked.upper) if asked.upper is not None else ("above", asked.lower)
        return f"{found}; their {'upper' if side == 'below' else 'lower'} one lies {side} {bound:g} {chance}"

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the answer and what other numbers of conditions would need."""
        decided = self.table["status"] == Status.OK
        shown = pd.DataFrame(
            {
                "conditions": self.table["conditions"].map("{:.0f}".format),
                "subjects": self.table["subjects"].map("{:.0f}".format),
                "measurements": self.table["measurements"].map("{:.0f}".format),
                "width": self.table["width"].map(_number),
                "mean width": self.table["mean_width"].map(_number),
                "reached in": (100 * self.table["probability"]).map("{:.0f} %".format),
            }
        ).where(decided, "none")
        return self.sentence(), shown if self.table["probability"].notna().any() else shown.drop(columns="reached in")


def run_sample_size(settings: SampleSizeSettings) -> SampleSizeFound:
    """Compute how many subjects or conditions a study needs; `write_sample_size` writes what is found.

    Parameters
    ----------
    settings : SampleSizeSettings

    Raises
    ------
    ConfigurationError
        For settings that contradict one another, and where no number of subjects or conditions is enough.

    Examples
    --------
    >>> found = run_sample_size(SampleSizeSettings(icc=0.8, width=0.2))
    >>> print(found.sentence())
    54 subjects x 2 conditions: an expected ICC of 0.8 has 95 % limits of 0.679 to 0.879, 0.199 wide; ...
    """
    solved = _solved(settings, subjects=settings.subjects, conditions=settings.conditions)
    answer = _table(solved).iloc[0].to_dict()
    if answer["status"] != Status.OK:
        raise ConfigurationError(_unattainable(settings))
    seeks_conditions = settings.subjects is not None and settings.conditions is None and _targets(settings)
    n, k = int(answer["subjects"]), int(answer["conditions"])
    others = [one for one in OTHERS if one != k and settings.accuracy == 1 and _sensible(settings, one)]
    fixed = None if _targets(settings) else n
    rows = [pd.DataFrame([answer])]
    if others and not seeks_conditions:
        rows.append(_table(_solved(settings, subjects=fixed, conditions=others)))
    grid = np.unique(np.geomspace(max(sampling_of(settings.statistic, 0.5).fewest + 1, n / 5), 4 * n, POINTS).round())
    lines = sorted({k, *others[:3]})
    curves = []
    for conditions in lines:
        at = _table(_solved(settings, subjects=grid, conditions=conditions, targets=False))
        if settings.width is not None or settings.lower is not None or settings.upper is not None:
            at["probability"] = _chance(settings, grid, conditions)
        curves.append(at.assign(series=plural(conditions, "condition")))
    return SampleSizeFound(settings, answer, pd.concat(rows, ignore_index=True), pd.concat(curves, ignore_index=True))


def _number(value: float) -> str:
    return f"{value:.3g}" if 0 < abs(value) < 0.01 else f"{value:.3f}"


def _sensible(settings: SampleSizeSettings, conditions: int) -> bool:
    """Tell whether a target is one with so many conditions, the more of which the less an ICC varies."""
    if settings.lower is not None:
        return settings.lower > -1 / (conditions - 1)
    widest = sampling_of(settings.statistic, 0.5).widest(np.asarray(float(conditions)))
    return settings.width is None or settings.width < float(widest)


def _targets(settings: SampleSizeSettings) -> dict[str, float]:
    given = {"width": settings.width, "lower": settings.lower, "upper": settings.upper}
    return {name: value for name, value in given.items() if value is not None}


def _solved(settings: SampleSizeSettings, *, subjects: Any, conditions: Any, targets: bool = True) -> SampleSize:
    return sample_size(
        settings.statistic,
        settings.value,
        subjects=subjects,
        conditions=conditions,
        assurance=settings.assurance if targets else None,
        level=settings.level,
        form=settings.form,
        accuracy=settings.accuracy,
        **(_targets(settings) if targets else {}),
    )


def _chance(settings: SampleSizeSettings, n: Any, conditions: int) -> Any:
    sampling = sampling_of(
        settings.statistic,
        np.full(n.shape, settings.value),
        settings.level,
        settings.form,
        settings.accuracy,
    )
    k = np.full(n.shape, float(conditions))
    (target,) = _targets(settings).values()
    reached = np.full(n.shape, target)
    return sampling.narrow(reached, n, k) if settings.width is not None else sampling.reach(reached, n, k)


def _table(found: SampleSize) -> pd.DataFrame:
    table = pd.DataFrame({name: np.atleast_1d(value) for name, value in vars(found).items()})
    table.insert(2, "measurements", table["subjects"] * table["conditions"])
    return table


def _unattainable(settings: SampleSizeSettings) -> str:
    (target,) = _targets(settings)
    if settings.subjects is None:
        return f"`{target}`: no number of subjects gives it; ask for less"
    most = _table(_solved(settings, subjects=settings.subjects, conditions=MOST_CONDITIONS, targets=False)).iloc[0]
    need = _table(_solved(settings, subjects=None, conditions=OTHERS[-1])).iloc[0]
    return (
        f"`subjects`: with {settings.subjects} no number of conditions is enough: {MOST_CONDITIONS} would give limits "
        f"{most['width']:.3f} wide; with {OTHERS[-1]} conditions it takes {need['subjects']:.0f} subjects"
    )
