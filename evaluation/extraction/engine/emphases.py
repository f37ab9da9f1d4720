"""Features of the matrices that count gray levels against a size: runs, zones and dependences.

References
----------
Galloway MM. Texture analysis using gray level run lengths. Computer Graphics and Image Processing 1975;4:172-179.
Thibault G et al. Texture indexes and gray level size zone matrix. Pattern Recognition and Information Processing 2009.
Sun C, Wee WG. Neighboring gray level dependence matrix for texture classification. Computer Vision, Graphics, and
Image Processing 1983;23:341-352.
"""

import numpy as np

from evaluation.extraction.engine.counted import EPS, Entries
from harmonize.arrays import FloatArray

GLRLM = {
    "ShortRunEmphasis": "small",
    "LongRunEmphasis": "large",
    "GrayLevelNonUniformity": "level non-uniformity",
    "GrayLevelNonUniformityNormalized": "level non-uniformity, normalized",
    "RunLengthNonUniformity": "size non-uniformity",
    "RunLengthNonUniformityNormalized": "size non-uniformity, normalized",
    "RunPercentage": "percentage",
    "GrayLevelVariance": "level variance",
    "RunVariance": "size variance",
    "RunEntropy": "entropy",
    "LowGrayLevelRunEmphasis": "low",
    "HighGrayLevelRunEmphasis": "high",
    "ShortRunLowGrayLevelEmphasis": "small low",
    "ShortRunHighGrayLevelEmphasis": "small high",
    "LongRunLowGrayLevelEmphasis": "large low",
    "LongRunHighGrayLevelEmphasis": "large high",
}
"""What each feature of the run length matrix is called here."""

GLSZM = {
    name.replace("RunLength", "SizeZone")
    .replace("ShortRun", "SmallArea")
    .replace("LongRun", "LargeArea")
    .replace("Run", "Zone"): kind
    for name, kind in GLRLM.items()
}
"""The same for the size zone matrix."""

GLDM = {
    name.replace("RunLength", "Dependence")
    .replace("ShortRun", "SmallDependence")
    .replace("LongRun", "LargeDependence")
    .replace("GrayLevelRun", "GrayLevel")
    .replace("Run", "Dependence"): kind
    for name, kind in GLRLM.items()
    if name not in ("GrayLevelNonUniformityNormalized", "RunPercentage")
}
"""The same for the dependence matrix."""


def emphases(entries: Entries, names: dict[str, str]) -> dict[str, FloatArray]:
    """Compute the features of each matrix; NaN for those of an empty one.

    Parameters
    ----------
    entries : Entries
        Gray level i, size j, and how often they come together.
    names : dict of str to str
        `GLRLM`, `GLSZM` or `GLDM`.

    Returns
    -------
    dict of str to ndarray, shape (groups,)

    Examples
    --------
    >>> four = Entries(np.zeros(2, int), np.array([1.0, 2.0]), np.array([1.0, 3.0]), np.array([3.0, 1.0]), 1)
    >>> {name: value.item() for name, value in emphases(four, GLRLM).items() if "Run" in name[:8]}["LongRunEmphasis"]
    3.0
    """
    i, j, n = entries.i, entries.j, entries.n
    i2, j2 = i * i, j * j
    over_i, over_j = n / i2, n / j2
    times_i, times_j = n * i2, n * j2
    terms = (n, n * i, n * j, over_j, times_j, over_i, times_i)
    mixed = (over_i / j2, times_i / j2, times_j / i2, times_i * j2)
    total, sum_i, sum_j, *plain = entries.sums((*terms, *mixed))
    total[total == 0] = np.nan
    mean_i, mean_j = sum_i / total, sum_j / total
    p = n / total[entries.group]
    entropy, variance_i, variance_j = entries.sums(
        (
            -p * np.log2(p + EPS),
            p * (i - mean_i[entries.group]) ** 2,
            p * (j - mean_j[entries.group]) ** 2,
        )
    )
    levels, by_size = (entries.margin(index, n).squares() for index in (i, j))
    labels = ("small", "large", "low", "high", "small low", "small high", "large low", "large high")
    found = {label: value / total for label, value in zip(labels, plain, strict=True)}
    found |= {
        "level non-uniformity": levels / total,
        "level non-uniformity, normalized": levels / total**2,
        "size non-uniformity": by_size / total,
        "size non-uniformity, normalized": by_size / total**2,
        "percentage": total / np.where(sum_j > 0, sum_j, np.nan),
        "level variance": np.where(np.isnan(total), np.nan, variance_i),
        "size variance": np.where(np.isnan(total), np.nan, variance_j),
        "entropy": np.where(np.isnan(total), np.nan, entropy),
    }
    return {name: found[kind] for name, kind in names.items()}
