"""Features of gray level co-occurrence matrices (GLCM).

References
----------
Haralick RM, Shanmugam K, Dinstein I. Textural features for image classification. IEEE Transactions on Systems, Man and
Cybernetics 1973;SMC-3:610-621.
"""

from dataclasses import dataclass

import numpy as np

from evaluation.extraction.engine.counted import EPS, Entries, Margin
from evaluation.extraction.engine.maximal_correlation import maximal_correlation
from harmonize.arrays import BoolArray, FloatArray, IntArray

INDEPENDENT = 1e-13
"""Mutual information, in bits, below which rows and columns are independent and the rest is rounding."""


@dataclass(frozen=True)
class Distribution:
    """The probabilities of co-occurrence, one matrix a group.

    Parameters
    ----------
    entries : Entries
        As counted; symmetrical matrices hold each pair of levels once, i <= j.
    symmetrical : bool
    total : ndarray of float, shape (groups,)
        Of the counts; NaN for an empty matrix.
    cell : ndarray of float, shape (entries,)
        Probability of a single cell.
    mass : ndarray of float, shape (entries,)
        Probability of all cells that an entry stands for.
    rows, columns : Margin
        Marginal probabilities; the same for symmetrical matrices.
    """

    entries: Entries
    symmetrical: bool
    total: FloatArray
    cell: FloatArray
    mass: FloatArray
    rows: Margin
    columns: Margin

    @classmethod
    def of(cls, entries: Entries, symmetrical: bool) -> "Distribution":
        """Divide counts by their sum."""
        total = entries.sums([entries.n])[0]
        total[total == 0] = np.nan
        mass = entries.n / total[entries.group]
        if not symmetrical:
            rows, columns = (entries.margin(index, mass) for index in (entries.i, entries.j))
            return cls(entries, False, total, mass, mass, rows, columns)
        half = Entries(entries.group, entries.j, entries.i, mass / 2, entries.n_groups)
        both = Entries(entries.group, entries.i, entries.j, mass / 2, entries.n_groups).with_(half)
        rows = both.margin(both.i, both.n)
        cell = np.where(entries.i == entries.j, mass, mass / 2)
        return cls(entries, True, total, cell, mass, rows, rows)


def cooccurrence(found: Distribution, most: IntArray, with_mcc: bool = True) -> dict[str, FloatArray]:
    """Compute the features of each matrix; NaN for those of an empty one.

    Parameters
    ----------
    found : Distribution
    most : ndarray of int, shape (ROIs,)
        Highest gray level of each ROI; groups are numbered direction by direction, and within them ROI by ROI.
    with_mcc : bool
        Whether the maximal correlation coefficient is wanted, which takes as long as all others.

    Examples
    --------
    >>> entries = Entries(np.zeros(3, int), np.array([1.0, 1, 2]), np.array([1.0, 2, 2]), np.array([2.0, 1, 1]), 1)
    >>> features = cooccurrence(Distribution.of(entries, True), np.array([2]))
    >>> round(features["Contrast"].item(), 9), round(features["JointEnergy"].item(), 9)
    (0.25, 0.34375)
    """
    entries, mass, cell = found.entries, found.mass, found.cell
    i, j, group = entries.i, entries.j, entries.group
    rows, columns = found.rows, found.columns
    mean_i, mean_j = rows.mean(rows.at), columns.mean(columns.at)
    variance_i = rows.mean((rows.at - mean_i[rows.group]) ** 2)
    variance_j = columns.mean((columns.at - mean_j[columns.group]) ** 2)
    sums, differences = entries.margin(i + j, mass), entries.margin(np.abs(i - j), mass)
    off = sums.at - (mean_i + mean_j)[sums.group]
    d = differences.at
    average = differences.mean(d)
    relative = d / most[differences.group % len(most)]
    width = int(most.max()) + 1
    at_rows, at_columns = rows.table(width), columns.table(width)
    product = at_rows[group, i.astype(np.intp)] * at_columns[group, j.astype(np.intp)]
    together, energy, joint, crossed, covariance = entries.sums(
        (
            mass * i * j,
            mass * cell,
            -mass * np.log2(cell + EPS),
            -mass * np.log2(product + EPS),
            mass * (i - mean_i[group]) * (j - mean_j[group]),
        )
    )
    alone = (rows.counts() <= 1) | (columns.counts() <= 1)
    largest = np.zeros(entries.n_groups)
    np.maximum.at(largest, group, cell)
    features = {
        "Autocorrelation": together,
        "ClusterProminence": sums.mean(off**4),
        "ClusterShade": sums.mean(off**3),
        "ClusterTendency": sums.mean(off**2),
        "Contrast": differences.mean(d**2),
        # A matrix of one row or column has no correlation; PyRadiomics says 1.
        "Correlation": np.where(alone, 1.0, covariance / (np.sqrt(variance_i * variance_j) + EPS)),
        "DifferenceAverage": average,
        "DifferenceEntropy": differences.entropy(),
        "DifferenceVariance": differences.mean((d - average[differences.group]) ** 2),
        "Id": differences.mean(1 / (1 + d)),
        "Idm": differences.mean(1 / (1 + d**2)),
        "Idmn": differences.mean(1 / (1 + relative**2)),
        "Idn": differences.mean(1 / (1 + relative)),
        **_information(found, joint, crossed, alone),
        "InverseVariance": differences.mean(np.divide(1.0, d**2, out=np.zeros_like(d), where=d > 0)),
        "JointAverage": mean_i,
        "JointEnergy": energy,
        "JointEntropy": joint,
        "MaximumProbability": largest,
        "SumAverage": sums.mean(sums.at),
        "SumEntropy": sums.entropy(),
        "SumSquares": variance_i,
    }
    if with_mcc:
        features["MCC"] = maximal_correlation(entries, len(most), found.symmetrical, cell, at_rows, at_columns)
    return {name: np.where(np.isnan(found.total), np.nan, value) for name, value in features.items()}


def _information(
    found: Distribution, joint: FloatArray, crossed: FloatArray, alone: BoolArray
) -> dict[str, FloatArray]:
    """Give the informational measures of correlation; where rows and columns are independent, both are 0."""
    of_rows = found.rows.entropy()
    of_columns = of_rows if found.symmetrical else found.columns.entropy()
    # The entropy of the product of the marginals is the sum of theirs. PyRadiomics adds EPS within the logarithm of
    # each product, here it is in each marginal; the difference, to first order, is known.
    beyond = (found.rows.counts() - 1) * (found.columns.counts() - 1) * EPS / np.log(2)
    information = of_rows + of_columns - beyond - joint
    none = alone | (information < INDEPENDENT)
    imc1 = np.divide(
        joint - crossed,
        np.fmax(of_rows, of_columns),
        out=np.zeros_like(joint),
        where=found.rows.counts() * found.columns.counts() > 1,
    )
    return {"Imc1": imc1, "Imc2": np.where(none, 0.0, np.sqrt(-np.expm1(-2 * np.where(none, 0.0, information))))}
