"""What is to be known of a statistic, and how it is computed for many features at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Literal, NamedTuple

import numpy as np

from evaluation.reliability.dispersion import DispersionResult, QuartileRule
from evaluation.reliability.sample import Sample, StatusArray
from evaluation.reliability.weighted import WeightedPairs
from harmonize.arrays import FloatArray, IntArray


class Settings(NamedTuple):
    """How statistics are computed, see `reliability_table`; without a reference, over all conditions.

    Without `limits`, which take most of the time, a statistic need not compute them.
    """

    reference: str | None = None
    icc_form: str = "A,1"
    level: float = 0.95
    quartiles: QuartileRule = "linear"
    icc_interval: str = "jackknife"
    ccc_interval: str = "jackknife"
    limits: bool = True
    rc_interval: str = "chi-square"

    @property
    def percent(self) -> str:
        """The confidence level as texts name it."""
        return f"{100 * self.level:g} %"


class LimitsInWords(NamedTuple):
    """What confidence limits are: by a name, for those that several statistics have, and in a methods section."""

    name: str
    words: str


NEAR = 200_000
"""Values of which statistics are computed at once: few enough to stay near the processor."""


@dataclass(frozen=True)
class Estimates:
    """One statistic with what belongs to it; every array has the leading shape of the values.

    Parameters
    ----------
    estimate, lower, upper : ndarray
        The coefficient and its confidence limits.
    n : ndarray of int
        Subjects used.
    status : ndarray of str
        See `Status`.
    """

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray
    n: IntArray
    status: StatusArray


@dataclass(frozen=True)
class Statistic:
    """What is to be known of a statistic.

    Parameters
    ----------
    label : str
        How people read it in tables and figures.
    compute : callable
        Maps values of shape (..., n_subjects, n_conditions) and the settings to `Estimates`. The values are those of
        the reference and one other condition for a statistic of pairs, in this order, or else of all conditions.
    of : {"pairs", "all", "either"}
        What it compares: a condition with the reference, which it needs; all conditions at once; or the one where
        there is a reference and the other where there is none.
    direction : {"above", "below"} or None
        On which side of a threshold it is good: above for agreement, below for dispersion. None for what is the better
        the nearer to zero, or in whose unit there is no threshold.
    unit : {"", "fraction", "percent", "feature"}
        None; a fraction that is written in per cent; per cent; or that of the feature, so that those of different
        features have neither median nor threshold.
    limits : bool
        Whether it has confidence limits.
    threshold : float or None
        What is usual in radiomics.
    usual : bool
        Whether a reliability table has it unless others are asked for.
    over_all : str
        The statistic that takes its place where there is no reference.
    twin_of : str
        The statistic whose paper-compatible twin it is, which shows beside it only.
    of_two : str
        The statistic of which it is a multiple where there are two conditions, so that it tells nothing more.
    words : str or callable
        How a methods section defines it, or what gives that from the settings; by its label without any. `[@key]`
        cites a reference of `evaluation.publication.references` or another statistic; where nothing is cited, the
        citation of the statistic follows.
    limits_in_words : callable or None
        Tells the limits from the settings, where a methods section has more to say than their level.
    uncomputed : str
        Of what it is not computed, as "for features whose ..."; empty where that is told by statuses alone.
    definition : str
        What it is, in full sentences, for those who read a report; those of `words` need none.
    remark : str
        What it shows, in few words, beside others of its kind.
    citation, doi : str
        Where it is from.
    full_label : callable or None
        Gives the label with the form that the settings ask for, where there are several.
    takes_sample : bool
        Whether `compute` takes a `Sample` of the values as well, which all such statistics of a table share.
    of_weighted_pairs : callable or None
        Computes a statistic of pairs for many draws of subjects at once, from `WeightedPairs` and the settings.
    per_subject : callable or None
        Gives the ratios of single subjects, of whose magnitudes a statistic of all conditions is the mean. With
        either, strategies are compared by the statistic (`compare_strategies`), and limits of shares are fast.
    """

    label: str
    compute: Callable[[Any, Settings], Estimates]
    of: Literal["pairs", "all", "either"]
    direction: Literal["above", "below"] | None = "above"
    unit: Literal["", "fraction", "percent", "feature"] = ""
    limits: bool = True
    threshold: float | None = None
    usual: bool = False
    over_all: str = ""
    twin_of: str = ""
    of_two: str = ""
    words: str | Callable[[Settings], str] = ""
    limits_in_words: Callable[[Settings], LimitsInWords] | None = None
    uncomputed: str = ""
    definition: str = ""
    remark: str = ""
    citation: str = ""
    doi: str = ""
    full_label: Callable[[Settings], str] | None = None
    takes_sample: bool = False
    of_weighted_pairs: Callable[[WeightedPairs, Settings], FloatArray] | None = None
    per_subject: Callable[[FloatArray, Settings], DispersionResult] | None = None

    def of_pairs(self, reference: str | None) -> bool:
        """Tell whether it compares single conditions with the reference."""
        return self.of != "all" and reference is not None

    def in_words(self, settings: Settings) -> str:
        """Define it as a methods section does."""
        words = self.words if isinstance(self.words, str) else self.words(settings)
        return words or self.label

    def labelled(self, settings: Settings = Settings()) -> str:
        """Name it with its form."""
        return self.label if self.full_label is None else self.full_label(settings)

    @property
    def by_draws(self) -> bool:
        """Whether it is computed for many draws of subjects at once."""
        return self.of_weighted_pairs is not None or self.per_subject is not None

    @property
    def error(self) -> str:
        """What of it is better the less, which ratios of strategies are of."""
        return f"1 − {self.label}" if self.direction == "above" else self.label


def in_parts(statistics: Mapping[str, Statistic], values: FloatArray, settings: Settings) -> dict[str, Estimates]:
    """Compute statistics of (..., n_features, n_subjects, n_conditions), some features at a time."""
    from evaluation.reliability.statistics import STATISTICS  # only here: it names those that are made of this

    n_features = values.shape[-3]
    step = max(1, NEAR // max(values.size // max(n_features, 1), 1))
    parts: dict[str, list[Estimates]] = {name: [] for name in statistics}
    for start in range(0, max(n_features, 1), step):
        part = values[..., start : start + step, :, :]
        sample = Sample.of(part) if any(one.takes_sample for one in statistics.values()) else None
        for name, one in statistics.items():
            shared = one.takes_sample and sample is not None
            with STATISTICS.answered_for(name, scan=False):
                found = one.compute(sample if shared else part, settings)
                if found.estimate.shape != part.shape[:-2]:
                    raise ValueError(f"estimates of shape {found.estimate.shape}, expected {part.shape[:-2]}")
            parts[name].append(found)
    return {
        name: Estimates(
            *(np.concatenate([getattr(part, one.name) for part in found], axis=-1) for one in fields(Estimates))
        )
        for name, found in parts.items()
    }


def taken(
    found: Any, estimate: str = "estimate", limits: tuple[str, str] | None = None, status: str = "status"
) -> Estimates:
    """Take an estimate of a result with its limits, if it has any."""
    none = np.full(found.n.shape, np.nan)
    lower, upper = (getattr(found, name) for name in limits) if limits else (none, none)
    return Estimates(getattr(found, estimate), lower, upper, found.n, getattr(found, status))
