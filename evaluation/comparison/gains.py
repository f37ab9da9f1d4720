"""What a strategy gains over another: paired differences of reliability, feature by feature and on average."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.comparison.blocks import Block, blocks_of
from evaluation.comparison.chance import chance_p
from evaluation.comparison.learned import Relearned
from evaluation.comparison.pooled import pooled_test
from evaluation.reliability.contrasts import Group
from evaluation.reliability.jackknife import JackknifeResult, jackknife
from evaluation.reliability.levels import classes_of
from evaluation.reliability.sample import StatusArray
from evaluation.reliability.statistic import Settings
from evaluation.reliability.statistics import below
from evaluation.reliability.status import Status
from harmonize.arrays import BoolArray, FloatArray, IntArray
from harmonize.errors import ConfigurationError

ARRAYS = ("estimates", "gain", "ratio", "used", "n", "status", "swapped", "chance")
"""What `Gains` has of its rows, which are the last axis."""

EQUAL = 1e-6
"""Errors of two strategies that differ by less than this fraction count as equal: it is rounding."""


@dataclass(frozen=True)
class Gains:
    """One strategy against the baseline, every row a feature of a sequence, ROI and contrast.

    Parameters
    ----------
    labels : DataFrame
        Columns sequence, roi, feature, condition and statistic.
    estimates : ndarray, shape (2, n_rows)
        The statistic of the baseline and of the strategy, of the same subjects.
    gain, ratio : ndarray, shape (1 + n_subjects, n_rows)
        Decrease of the error, and logarithm of its ratio to the baseline's: of all subjects, then without each.
        The error is 1 - ICC, 1 - CCC, CV or QCD.
    used : ndarray of bool, shape (n_subjects, n_rows)
        Which subjects have all values under both strategies.
    n : ndarray of int, shape (n_rows,)
        Their number.
    status : ndarray of str, shape (n_rows,)
        Why there is no gain, or what to know of the estimates.
    swapped : ndarray, shape (n_swaps, n_rows)
        The logarithm of the ratio with subjects swapped between the strategies, see `swap_draws`.
    chance : ndarray, shape (n_relabellings, n_rows)
        What the harmonizers of both strategies make of it where conditions do not differ, see `Relearned`; without a
        harmonizer there are no such draws.
    steps : Gains or None
        Where there is a harmonizer: the two strategies before it; None where they are the same before it.
    untested : bool
        Whether there are neither limits nor tests, since values were learned and cannot be learned anew.
    """

    labels: pd.DataFrame
    estimates: FloatArray
    gain: FloatArray
    ratio: FloatArray
    used: BoolArray
    n: IntArray
    status: StatusArray
    swapped: FloatArray
    chance: FloatArray
    steps: "Gains | None" = None
    untested: bool = False

    @classmethod
    def of(
        cls,
        baseline: Sequence[Group],
        strategy: Sequence[Group],
        settings: Settings,
        swaps: FloatArray,
        relearned: tuple[Sequence[Relearned] | None, Sequence[Relearned] | None] = (None, None),
    ) -> "Gains":
        """Compare two strategies, given as their groups in the same order of sequences and ROIs.

        Swaps are those of `swap_draws`; `relearned` is what `relearn` gives for each of both strategies.

        Raises
        ------
        ConfigurationError
            When they have no feature in common.
        """
        parts = [
            cls._of_block(block)  # without what only the block needs, which is half of the memory of all
            for i, (base, other) in enumerate(zip(baseline, strategy, strict=True))
            for block in blocks_of(
                base,
                other,
                settings,
                swaps,
                [None if part is None else part[i] for part in relearned],
            )
        ]
        if not parts:
            raise ConfigurationError(
                f"comparison: strategy '{strategy[0].strategy}' has no feature in common with the baseline "
                f"'{baseline[0].strategy}'"
            )

        columns = {name: [getattr(part, name) for part in parts] for name in ARRAYS}
        labels = pd.concat([part.labels for part in parts], ignore_index=True)
        parts.clear()
        joined: dict[str, Any] = {name: np.concatenate(columns.pop(name), axis=-1) for name in ARRAYS}
        return cls(labels, **joined)

    @classmethod
    def _of_block(cls, block: Block) -> "Gains":
        estimates, status, swapped, chance = block.values[0].copy(), block.status, block.swapped, block.chance
        errors = block.values if below(str(block.labels["statistic"].iloc[0])) else 1 - block.values
        gain = errors[:, 0] - errors[:, 1]
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = np.log(errors[:, 1]) - np.log(errors[:, 0])
        same = np.abs(gain) <= EQUAL * np.abs(errors).max(axis=1)
        gain, ratio = np.where(same, 0.0, gain), np.where(same, 0.0, ratio)
        missing = np.where(np.isnan(estimates[0]) & (status[1] != Status.NO_REFERENCE), status[0], status[1])
        remark = np.where(status[0] == Status.OK, status[1], status[0])
        return cls(
            labels=block.labels,
            estimates=estimates,
            gain=gain,
            ratio=np.where(np.isfinite(ratio), ratio, np.nan),
            used=block.used,
            n=block.n,
            status=np.where(np.isnan(gain[0]), missing, remark).astype(np.str_),
            swapped=np.where(same[0] | (np.abs(swapped) <= EQUAL), 0.0, swapped),
            chance=np.where(np.abs(chance) <= EQUAL, 0.0, chance),
        )

    def table(self, level: float) -> pd.DataFrame:
        """Give limits and test of every row; q over one statistic."""
        difference = jackknife(self.gain[0], self.gain[1:], level, self.used)
        ratio = jackknife(self.ratio[0], self.ratio[1:], level, self.used)
        # Without an error of its own an effect can neither be bounded nor tested.
        p, q = self._tests(~np.isnan(ratio.p))
        tested = ~np.isnan(p)

        def where_tested(values: FloatArray) -> FloatArray:
            return np.where(tested, values, np.nan)

        why = Status.LEARNED if self.untested else Status.NO_INTERVAL
        return self.labels.assign(
            baseline_estimate=self.estimates[0],
            estimate=self.estimates[1],
            gain=self.gain[0],
            lower=where_tested(difference.lower),
            upper=where_tested(difference.upper),
            ratio=np.exp(self.ratio[0]) if self.untested else where_tested(np.exp(self.ratio[0])),
            ratio_lower=where_tested(np.exp(ratio.lower)),
            ratio_upper=where_tested(np.exp(ratio.upper)),
            p=p,
            q=q,
            n=self.n,
            status=np.where(tested | np.isnan(self.gain[0]), self.status, why).astype(object),
        )

    def _tests(self, testable: BoolArray) -> tuple[FloatArray, FloatArray]:
        """Test every row among what all rows of its statistic are by chance."""
        p = np.full(self.gain.shape[1], np.nan)
        q = p.copy()
        if self.untested:
            return p, q
        for place in self.labels.groupby("statistic", sort=False).indices.values():
            rows = place[testable[place]]
            if not len(self.chance):
                draws = np.concatenate([self.ratio[:1, rows], self.swapped[1:, rows]])
                p[rows], q[rows] = pooled_test(draws, symmetric=True)
                continue
            chance = self.chance[:, rows]
            if self.steps is not None:
                rng = np.random.default_rng(0)
                drawn = rng.integers(len(self.steps.swapped), size=len(chance))
                chance = chance + rng.choice([-1.0, 1.0], size=(len(chance), 1)) * self.steps.swapped[drawn][:, rows]
            p[rows], q[rows] = pooled_test(np.concatenate([self.ratio[:1, rows], chance]), symmetric=False)
        return p, q

    def means(self, level: float) -> pd.DataFrame:
        """Average over features: overall and by sequence, ROI, class of feature and condition."""
        of_class = classes_of(self.labels["feature"])
        labels = self.labels.assign(overall="all", **{"class": of_class})
        anybody = self.used.any(axis=1)
        parts = []
        for by in ("overall", "sequence", "roi", "class", "condition"):
            for (statistic, name), rows in labels.groupby(["statistic", by], sort=False).indices.items():
                gain, ratio = self.gain[:, rows], self.ratio[:, rows]
                with_gain, with_ratio = (_complete(part) for part in (gain, ratio))
                difference = _mean(gain[:, with_gain])
                logarithm = _mean(ratio[:, with_ratio])
                limits = jackknife(difference[0], difference[1:], level, anybody)
                ratios = jackknife(logarithm[0], logarithm[1:], level, anybody)
                p = np.nan if self.untested else self._p_of_mean(rows[with_ratio], logarithm[0], ratios)
                bounds = (limits.lower, limits.upper, np.exp(ratios.lower), np.exp(ratios.upper))
                lower, upper, ratio_lower, ratio_upper = (np.nan if self.untested else float(bound) for bound in bounds)
                parts.append(
                    {
                        "statistic": statistic,
                        "by": by,
                        "level": name,
                        "n_total": len(rows),
                        "better": int((gain[0] > 0).sum()),
                        "worse": int((gain[0] < 0).sum()),
                        "n_gain": int(with_gain.sum()),
                        "gain": float(difference[0]),
                        "lower": lower,
                        "upper": upper,
                        "n_ratio": int(with_ratio.sum()),
                        "ratio": float(np.exp(logarithm[0])),
                        "ratio_lower": ratio_lower,
                        "ratio_upper": ratio_upper,
                        "p": float(p),
                        "n_subjects": int(anybody.sum()),
                        "status": summary_status(p, difference[0], self.untested),
                    }
                )
        return pd.DataFrame(parts)

    def _p_of_mean(self, rows: IntArray, logarithm: float, ratios: JackknifeResult) -> float:
        """Test the mean over rows: by the jackknife, or among what a harmonizer makes of it by chance."""
        if not len(self.chance):
            return float(ratios.p)
        usable = np.isfinite(self.chance[:, rows]).all(axis=0)
        if not usable.all() or not len(rows):
            rows = rows[usable]
        if not len(rows):
            return np.nan
        spread = 0.0
        if self.steps is not None:
            of_steps = _mean(self.steps.ratio[:, rows][:, np.isfinite(self.steps.ratio[:, rows]).all(axis=0)])
            spread = float(jackknife(of_steps[0], of_steps[1:], used=self.used.any(axis=1)).error)
        return chance_p(
            self.ratio[0, rows].mean(), _mean(self.chance[:, rows]), spread, int(self.used.any(axis=1).sum())
        )


def summary_status(p: float, estimate: float, untested: bool) -> str:
    """Say why a row of a summary has no test."""
    if untested:
        return str(Status.LEARNED)
    return str(Status.NO_INTERVAL if np.isnan(p) and not np.isnan(estimate) else Status.OK)


def _complete(draws: FloatArray) -> BoolArray:
    """Tell which rows are known without each subject; where none is, which are known of all."""
    complete_rows = np.asarray(np.isfinite(draws).all(axis=0))
    return complete_rows if complete_rows.any() else np.asarray(np.isfinite(draws[0]))


def _mean(draws: FloatArray) -> FloatArray:
    """Average over rows, NaN without any."""
    return draws.mean(axis=1) if draws.shape[1] else np.full(len(draws), np.nan)
