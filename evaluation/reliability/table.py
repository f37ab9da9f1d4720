"""The reliability table: every statistic of every feature of a feature table."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evaluation.reliability.contrasts import Group, check_reference, groups
from evaluation.reliability.dispersion import QuartileRule
from evaluation.reliability.statistic import NEAR, Estimates, Settings, Statistic, in_parts
from evaluation.reliability.statistics import STATISTICS, usual, without_reference
from evaluation.reliability.status import Status
from evaluation.tables import ALL_CONDITIONS, RELIABILITY_COLUMNS, check_feature_table
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from harmonize.inputs.frames import takes_frames


@takes_frames
def reliability_table(
    features: pd.DataFrame,
    reference: str | None,
    *,
    columns: Sequence[str] | None = None,
    statistics: Sequence[str] | None = None,
    icc_form: str = "A,1",
    icc_interval: str = "jackknife",
    ccc_interval: str = "jackknife",
    level: float = 0.95,
    quartiles: QuartileRule = "linear",
    rc_interval: str = "chi-square",
) -> pd.DataFrame:
    """Compute the reliability of every feature, per strategy, sequence and ROI.

    What can be computed stands in `evaluation.reliability.statistics`; unless others are asked for, ``icc`` and
    ``ccc`` with limits of each condition against the reference, and over all conditions (`condition` is ``all``) ``cv``
    and ``qcd`` and their paper-compatible twins, which divide by the absolute mean or Q1 + Q3 even where that has no
    meaning and say so in their status. Without a reference (equal readers, repeats, scanners) ``icc`` is over all
    conditions at once, ``overall_ccc`` takes the place of ``ccc``, and `condition` is ``all`` throughout.

    Parameters
    ----------
    features : DataFrame
        A feature table (see `evaluation.tables`); missing values are NaN.
    reference : str or None
        The condition that the others are compared with, such as ``"REF+STD"``; None compares all with one another.
    columns : sequence of str or None
        The feature columns, where their names do not tell, as in a table of another tool; None takes those named
        ``<image type>_<class>_<feature>``.
    statistics : sequence of str or None
        Which statistics, in the order of the rows; any of `STATISTICS`. None takes the usual ones.
    icc_form : str
        Form of ``icc`` and ``icc_all``, see `icc`.
    icc_interval, ccc_interval : str
        How limits of ICC and CCC are computed, see `icc` and `ccc`. The jackknife's do not assume normal features;
        those of R `psych` and `epiR` are ``mcgraw-wong`` and ``lin``.
    level : float
        Confidence level of the limits.
    quartiles : str
        Quartile rule of the QCD, see `qcd`.
    rc_interval : str
        How limits of repeatability and reproducibility coefficients are computed, see `repeatability`.

    Returns
    -------
    DataFrame
        A reliability table. A subject without a finite value under one of both conditions drops out of that
        contrast, and out of the statistics over all conditions if it lacks any of them; ``n`` counts the rest.

    Raises
    ------
    ConfigurationError
        When the table breaks its schema, no row has the reference condition, or an option is unknown.

    Notes
    -----
    All strategies get the same rows, so that shares have the same denominator: every combination of sequence
    and ROI, and per sequence every condition, that any strategy has. What a strategy lacks is ``too_few`` with
    n = 0, or ``no_reference`` where the reference condition is missing from the group. A feature that one condition
    lacks altogether is ``absent_condition`` over all conditions; `absent_values` names the condition. Only a feature
    that is NaN throughout a strategy counts as not extracted by it and has no rows there.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> truth = rng.normal(10, 2, 17)
    >>> table = pd.concat([
    ...     pd.DataFrame({
    ...         "strategy": "none", "subject": [f"S{i}" for i in range(17)], "sequence": "T2", "condition": name,
    ...         "roi": "liver", "original_firstorder_Mean": truth + rng.normal(0, sd, 17),
    ...     })
    ...     for name, sd in [("REF+STD", 0.1), ("ACC+STD", 0.2), ("ACC+DLR", 3.0)]
    ... ])
    >>> result = reliability_table(table, "REF+STD")
    >>> result[["condition", "statistic", "estimate", "lower", "n", "status"]].round(2).head(5)
      condition statistic  estimate  lower   n status
    0   ACC+STD       icc      0.99   0.97  17     ok
    1   ACC+STD       ccc      0.99   0.97  17     ok
    2   ACC+DLR       icc      0.30  -0.19  17     ok
    3   ACC+DLR       ccc      0.29  -0.18  17     ok
    4       all        cv      0.11    NaN  17     ok
    """
    features = check_feature_table(features, columns)
    if reference is not None:
        check_reference(features, reference)
    if statistics is None:
        statistics = usual(reference is not None)
    settings = Settings(reference, icc_form, level, quartiles, icc_interval, ccc_interval, rc_interval=rc_interval)
    return reliability_of(features, settings, statistics, columns)


def reliability_of(
    features: pd.DataFrame, settings: Settings, statistics: Sequence[str], columns: Sequence[str] | None
) -> pd.DataFrame:
    """Compute a reliability table from a feature table that was checked, see `reliability_table`."""
    wanted = _checked(statistics, settings.reference)
    together = _alike(groups(features, columns))
    return _as_table([block for members in together for block in _blocks(members, wanted, settings)])


def _checked(statistics: Sequence[str], reference: str | None) -> Mapping[str, Statistic]:
    refuse_unknown(statistics, STATISTICS.names, "reliability", "unknown statistic")
    for name in statistics:
        if reference is None and STATISTICS[name].of == "pairs":
            raise ConfigurationError(
                f"reliability: '{name}' compares each condition with a reference; name one, or choose from "
                f"{', '.join(without_reference())}"
            )
    if not statistics or len(set(statistics)) < len(statistics):
        raise ConfigurationError(f"reliability: statistics are {list(statistics)}, expected at least one, each once")
    return {name: STATISTICS[name] for name in statistics}


@dataclass(frozen=True)
class _Block:
    """One statistic of one contrast for all features of a group; arrays of shape (n_features,)."""

    group: Group
    condition: str
    statistic: str
    result: Estimates


def _alike(found: Iterable[Group]) -> Iterator[list[Group]]:
    """Put groups of the same conditions that follow one another together, as many as are computed at once."""
    members: list[Group] = []
    for group in found:
        size = sum(one.values.size for one in members) + group.values.size
        if members and (size > NEAR or group.conditions != members[0].conditions):
            yield members
            members = []
        members.append(group)
    if members:
        yield members


def _blocks(members: Sequence[Group], statistics: Mapping[str, Statistic], settings: Settings) -> Iterator[_Block]:
    """Compare each condition with the reference, then all conditions at once."""
    joined = replace(members[0], values=np.concatenate([group.values for group in members]))
    reference = settings.reference
    conditions, pairs = ((), joined.values) if reference is None else joined.against(reference)
    of_pairs = {name: one for name, one in statistics.items() if conditions and one.of != "all"}
    compared = in_parts(of_pairs, pairs, settings) if of_pairs else {}
    values = joined.over_conditions()
    over_all = in_parts(
        {name: one for name, one in statistics.items() if not one.of_pairs(reference)}, values, settings
    )
    stop = 0
    for group in members:
        start, stop = stop, stop + len(group.features)
        no_reference = bool(conditions) and not np.isfinite(pairs[:, start:stop, :, 0]).any()
        for index, condition in enumerate(conditions):
            for name, result in compared.items():
                row = _part(result, (index, slice(start, stop)))
                if no_reference:
                    row = replace(row, status=np.full(row.n.shape, Status.NO_REFERENCE))
                yield _Block(group, condition, name, row)
        absent = group.absent().any(axis=1)
        for name, result in over_all.items():
            found = _part(result, slice(start, stop))
            status = np.where(absent & np.isnan(found.estimate), Status.ABSENT_CONDITION, found.status)
            yield _Block(group, ALL_CONDITIONS, name, replace(found, status=status))


def _part(result: Estimates, where: Any) -> Estimates:
    return Estimates(**{field.name: getattr(result, field.name)[where] for field in fields(Estimates)})


def _as_table(blocks: list[_Block]) -> pd.DataFrame:
    """Put the blocks below one another."""
    lengths = [len(block.group.features) for block in blocks]

    def repeated(values: list[str]) -> NDArray[np.object_]:
        return np.repeat(np.array(values, dtype=object), lengths)

    columns = {
        "strategy": repeated([block.group.strategy for block in blocks]),
        "sequence": repeated([block.group.sequence for block in blocks]),
        "roi": repeated([block.group.roi for block in blocks]),
        "feature": np.array([name for block in blocks for name in block.group.features], dtype=object),
        "condition": repeated([block.condition for block in blocks]),
        "statistic": repeated([block.statistic for block in blocks]),
        "estimate": np.concatenate([block.result.estimate for block in blocks]),
        "lower": np.concatenate([block.result.lower for block in blocks]),
        "upper": np.concatenate([block.result.upper for block in blocks]),
        "n": np.concatenate([block.result.n for block in blocks]),
        "status": np.concatenate([block.result.status for block in blocks]).astype(object),
    }
    return pd.DataFrame(columns)[list(RELIABILITY_COLUMNS)]
