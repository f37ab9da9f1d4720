"""The statistics paragraph of a paper, from the settings."""

import platform
from importlib.metadata import version

from evaluation.figures.paired import condition_name
from evaluation.publication.analysis import Analysis
from evaluation.publication.terms import threshold

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

REFERENCES = {
    "icc": "McGraw KO, Wong SP. Forming inferences about some intraclass correlation coefficients. Psychological "
    "Methods 1996;1:30-46.",
    "ccc": "Lin LI. A concordance correlation coefficient to evaluate reproducibility. Biometrics 1989;45:255-268; "
    "corrected in Biometrics 2000;56:324-325.",
    "qcd": "Bonett DG. Confidence interval for a coefficient of quartile variation. Computational Statistics & Data "
    "Analysis 2006;50:2953-2957.",
    "quartiles": "Hyndman RJ, Fan Y. Sample quantiles in statistical packages. American Statistician 1996;50:361-365.",
}

SOFTWARE = ("radharmony", "numpy", "scipy", "pandas")


def methods_text(analysis: Analysis) -> str:
    """Write the statistics paragraph in Markdown, with its references below.

    Parameters
    ----------
    analysis : Analysis
        The settings, as they were used.

    Returns
    -------
    str
        Design, definitions, thresholds, handling of what cannot be computed, software with versions, references.

    Examples
    --------
    >>> text = methods_text(Analysis("REF+STD", ("REF+STD", "ACC+STD"), subjects=17, features=93))
    >>> text.splitlines()[2][:86]
    'Reliability was assessed for 93 features in 17 subjects measured under two conditions.'
    """
    reference = condition_name(analysis.reference)
    others = [condition_name(name) for name in analysis.conditions if name != analysis.reference]
    percent = f"{100 * analysis.level:g} %"
    cited: list[str] = []

    def cite(key: str) -> str:
        if key not in cited:
            cited.append(key)
        return f"[{cited.index(key) + 1}]"

    paragraphs = [
        f"{_design(analysis, others)} Agreement of {_listed(others)} with {reference} was expressed by the "
        f"intraclass correlation coefficient ({ICC_WORDS[analysis.icc_form]}) {cite('icc')}, with F-based {percent} "
        f"confidence limits, and by Lin's concordance correlation coefficient with {percent} limits from the "
        f"z-transformation {cite('ccc')}, each for the pair of the condition and the reference. Negative "
        "coefficients were kept as they are.",
        "Dispersion over all conditions was expressed by the coefficient of variation (CV; sample standard deviation "
        "over mean; its magnitude is averaged over subjects) and the quartile coefficient of dispersion (QCD; "
        f"(Q3 − Q1)/(Q3 + Q1), likewise) {cite('qcd')}; quartiles followed rule {RULES[analysis.quartiles]} of "
        f"Hyndman and Fan {cite('quartiles')}. Neither was computed for features whose values change sign or have a "
        "subject mean of zero, where a ratio to the mean has no meaning; values with the absolute mean or sum as "
        "denominator are given beside them for comparison with the literature.",
        _thresholds(analysis, percent),
        "Subjects that lacked a finite value under one of both conditions (for the dispersion, under any condition) "
        "were left out of that comparison. A statistic that could not be computed was recorded with the reason; it "
        "counts as not passing, and is not part of the medians. Medians are given with first and third quartile.",
        f"Statistics were computed with {_software()}.",
    ]
    references = [f"{index}. {REFERENCES[key]}" for index, key in enumerate(cited, start=1)]
    return "\n\n".join(["## Statistics", *paragraphs, "### References", "\n".join(references)]) + "\n"


def _design(analysis: Analysis, others: list[str]) -> str:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
    count = len(others) + 1
    levels = [
        f"{plural} ({_listed(names)})" if len(names) <= 8 else f"{len(names)} {plural}"
        for plural, names in (
            ("preprocessing strategies", analysis.strategies),
            ("sequences", analysis.sequences),
            ("regions of interest", analysis.rois),
        )
        if len(names) > 1
    ]
    separately = f" {_sentence(_listed(levels))} were analysed separately." if levels else ""
    used = f" (a statistic used {analysis.used[0]} to {analysis.used[1]} of them)" if analysis.used else ""
    return (
        f"Reliability was assessed for {analysis.features} features in {analysis.subjects} subjects{used} measured "
        f"under {words.get(count, str(count))} conditions.{separately}"
    )


def _thresholds(analysis: Analysis, percent: str) -> str:
    each = _listed([threshold(name, value) for name, value in analysis.thresholds.items() if "_paper" not in name])
    joint = " and ".join(threshold(name, value) for name, value in analysis.rule.items())
    compared = (
        "estimates were compared with the thresholds"
        if analysis.on == "estimate"
        else f"the {percent} confidence limit on the unfavourable side was compared with the thresholds, so that an "
        "estimate without limits does not pass"
    )
    return (
        f"Thresholds were {each}; {compared}. A feature counted as reproducible in a region of interest if {joint} "
        "held under every condition."
    )


def _listed(names: list[str] | tuple[str, ...]) -> str:
    """Join names as a sentence does."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _software() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in SOFTWARE), f"Python {platform.python_version()}"])
