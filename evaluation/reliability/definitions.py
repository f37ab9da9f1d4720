"""How a methods section words the statistics whose definition depends on the settings.

`[@key]` cites a reference of `evaluation.publication.references`, or a statistic.
"""

from evaluation.reliability.statistic import LimitsInWords, Settings

ICC_WORDS = {
    "1": "one-way random effects, single measurements; ICC(1)",
    "A,1": "two-way, absolute agreement, single measurements; ICC(A,1)",
    "C,1": "two-way, consistency, single measurements; ICC(C,1)",
    "1,k": "one-way random effects, mean of k measurements; ICC(k)",
    "A,k": "two-way, absolute agreement, mean of k measurements; ICC(A,k)",
    "C,k": "two-way, consistency, mean of k measurements; ICC(C,k)",
}

RULES = {
    name: index
    for index, name in enumerate(
        (
            *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen"),
            *("weibull", "linear", "median_unbiased", "normal_unbiased"),
        ),
        start=1,
    )
}
"""Hyndman and Fan's number of each quartile rule."""

NO_MEAN = (
    "for features whose values change sign or have a subject mean of zero, where a ratio to the mean has no meaning"
)
"""Of what ratios are not computed."""


def named_icc(settings: Settings) -> str:
    """Name the ICC with its form."""
    return f"ICC({settings.icc_form})" + ("" if "," in settings.icc_form else ", one-way")


def icc_words(settings: Settings) -> str:
    """Define the ICC."""
    return f"the intraclass correlation coefficient ({ICC_WORDS[settings.icc_form]})"


def icc_limits(settings: Settings) -> LimitsInWords:
    """Describe the limits of the ICC."""
    if settings.icc_interval == "generalized" and settings.icc_form.startswith("A"):
        return LimitsInWords(
            "generalized", f"generalized {settings.percent} confidence limits for fixed conditions [@generalized]"
        )
    if settings.icc_interval == "jackknife":
        return LimitsInWords(
            "jackknife",
            f"{settings.percent} confidence limits of the jackknife over subjects [@jackknife_limits], which do not "
            "assume normal features: on the scale of ½ log(u) where the coefficient is (u − 1)/(u + k − 1) for k "
            "conditions (Fisher's z for two), with Student's t, a standard error no less than that of normal features "
            "and, for the upper limit, a correction for skewness [@unskewed]",
        )
    return LimitsInWords("F", f"F-based {settings.percent} confidence limits, which assume normal features")


def ccc_limits(settings: Settings) -> LimitsInWords:
    """Describe the limits of the CCC."""
    if settings.ccc_interval == "lin":
        return LimitsInWords("z", f"{settings.percent} limits from the z-transformation, which assume normal features")
    return LimitsInWords(
        "jackknife",
        f"{settings.percent} confidence limits of the jackknife over subjects on the z-scale [@jackknife_limits]",
    )


def qcd_words(settings: Settings) -> str:
    """Define the QCD with its quartiles."""
    return (
        "the quartile coefficient of dispersion (QCD; (Q3 − Q1)/(Q3 + Q1), its magnitude averaged over subjects) "
        f"[@qcd]; quartiles followed rule {RULES[settings.quartiles]} of Hyndman and Fan [@quartiles]"
    )


def rc_limits(settings: Settings) -> LimitsInWords:
    """Describe the limits of wSD, RC, RDC, MDC and the wCV on the logarithmic scale."""
    lowered = ""
    if settings.rc_interval == "adjusted":
        lowered = ", with degrees of freedom lowered to what the spread of the subjects' variances is worth"
    return LimitsInWords(
        settings.rc_interval, f"{settings.percent} confidence limits from the chi-square distribution{lowered}"
    )
