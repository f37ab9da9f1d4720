"""The statistics section of a paper, from the settings."""

import platform
from collections.abc import Sequence
from importlib.metadata import version

from evaluation.publication.analysis import Analysis
from evaluation.publication.inference import inference_text
from evaluation.publication.markup import without_html
from evaluation.publication.references import REFERENCES, Cite
from evaluation.publication.terms import threshold
from evaluation.reliability.statistics import STATISTICS, about, twins
from evaluation.tables import condition_name
from harmonize.words import listed, plural, sentence

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

SOFTWARE = ("radharmony", "numpy", "scipy", "pandas")


def methods_text(analysis: Analysis) -> str:
    """Write the statistics section in Markdown, with its references below.

    Parameters
    ----------
    analysis : Analysis
        The settings, as they were used.

    Returns
    -------
    str
        Design, definitions, thresholds, handling of what cannot be computed, what was tested, software with versions,
        references.

    Examples
    --------
    >>> text = methods_text(Analysis("REF+STD", ("REF+STD", "ACC+STD"), subjects=17, features=93))
    >>> text.splitlines()[2][:86]
    'Reliability was assessed for 93 features in 17 subjects measured under two conditions.'
    """
    percent = f"{100 * analysis.level:g} %"
    cited: list[str] = []

    def cite(key: str) -> str:
        if key not in cited:
            cited.append(key)
        return f"[{cited.index(key) + 1}]"

    paragraphs = [
        f"{_design(analysis)} {_agreement(analysis, percent, cite)}",
        _dispersion(analysis, cite),
        _further(analysis, cite),
        _thresholds(analysis, percent),
        "Subjects that lacked a finite value under one of the conditions compared (for statistics over all conditions, "
        "under any) were left out of that comparison. A statistic that could not be computed was recorded with the "
        "reason; it counts as not passing, and is not part of the medians. Medians are given with first and third "
        "quartile.",
        _harmonization(analysis, cite),
        *inference_text(analysis, percent, cite),
        f"Statistics were computed with {_software()}.",
    ]
    references = [f"{index}. {_reference(key)}" for index, key in enumerate(cited, start=1)]
    parts = [
        "## Statistics",
        *filter(None, paragraphs),
        *(["### References", "\n".join(references)] * bool(references)),
    ]
    return without_html("\n\n".join(parts) + "\n")


def _design(analysis: Analysis) -> str:
    words = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
    count = len(analysis.conditions)
    levels = [
        f"{plural} ({listed(names)})" if len(names) <= 8 else f"{len(names)} {plural}"
        for plural, names in (
            ("preprocessing strategies", analysis.strategies),
            ("sequences", analysis.sequences),
            ("regions of interest", analysis.rois),
        )
        if len(names) > 1
    ]
    separately = f" {sentence(listed(levels))} were analysed separately." if levels else ""
    used = f" (a statistic used {analysis.used[0]} to {analysis.used[1]} of them)" if analysis.used else ""
    return (
        f"Reliability was assessed for {plural(analysis.features, 'feature')} in "
        f"{plural(analysis.subjects, 'subject')}{used} measured under "
        f"{words.get(count, str(count))} conditions.{separately}"
    )


def _agreement(analysis: Analysis, percent: str, cite: Cite) -> str:
    computed = analysis.statistics
    coefficients = []
    if "icc" in computed:
        coefficients.append(
            f"the intraclass correlation coefficient ({ICC_WORDS[analysis.icc_form]}) {cite('icc')}, with "
            f"{_icc_limits(analysis, percent, cite)}"
        )
    if analysis.reference is None:
        if "overall_ccc" in computed:
            coefficients.append(f"the overall concordance correlation coefficient {cite('overall_ccc')}")
        what, how = f"Agreement of {_names(analysis.conditions)}", "over all conditions at once"
    else:
        if "ccc" in computed:
            coefficients.append(
                f"Lin's concordance correlation coefficient {cite('ccc')}, with {_ccc_limits(analysis, percent, cite)}"
            )
        others = [name for name in analysis.conditions if name != analysis.reference]
        what = f"Agreement of {_names(others)} with {condition_name(analysis.reference)}"
        how = f"{'each ' if len(coefficients) > 1 else ''}for the pair of the condition and the reference"
    if not coefficients:
        return ""
    return (
        f"{what} was expressed by {', and by '.join(coefficients)}, {how}. Negative coefficients were kept as they are."
    )


def _icc_limits(analysis: Analysis, percent: str, cite: Cite) -> str:
    if analysis.icc_interval == "generalized" and analysis.icc_form.startswith("A"):
        return f"generalized {percent} confidence limits for fixed conditions {cite('generalized')}"
    if analysis.icc_interval == "jackknife":
        return (
            f"{percent} confidence limits of the jackknife over subjects {cite('jackknife_limits')}, which do not "
            "assume normal features: on the scale of ½ log(u) where the coefficient is (u − 1)/(u + k − 1) for k "
            "conditions (Fisher's z for two), with Student's t, a standard error no less than that of normal features "
            f"and, for the upper limit, a correction for skewness {cite('unskewed')}"
        )
    return f"F-based {percent} confidence limits, which assume normal features"


def _ccc_limits(analysis: Analysis, percent: str, cite: Cite) -> str:
    if analysis.ccc_interval == "lin":
        return f"{percent} limits from the z-transformation, which assume normal features"
    if analysis.icc_interval == "jackknife" and "icc" in analysis.statistics:
        return f"{percent} limits of the same kind"
    return f"{percent} confidence limits of the jackknife over subjects on the z-scale {cite('jackknife_limits')}"


def _dispersion(analysis: Analysis, cite: Cite) -> str:
    computed = analysis.statistics
    measures = []
    if "cv" in computed:
        measures.append(
            "the coefficient of variation (CV; sample standard deviation over mean; its magnitude is averaged over "
            "subjects)"
        )
    if "qcd" in computed:
        measures.append(
            "the quartile coefficient of dispersion (QCD; (Q3 − Q1)/(Q3 + Q1), its magnitude averaged over subjects) "
            f"{cite('qcd')}; quartiles followed rule {RULES[analysis.quartiles]} of Hyndman and Fan {cite('quartiles')}"
        )
    if not measures:
        return ""
    text = (
        f"Dispersion over all conditions was expressed by {' and '.join(measures)}. "
        f"{'Neither was' if measures[1:] else 'It was not'} computed for features whose values change sign or have a "
        "subject mean of zero, where a ratio to the mean has no meaning"
    )
    if set(twins().values()) & set(computed):
        text += (
            "; values with the absolute mean or sum as denominator are given beside them for comparison with the "
            "literature"
        )
    return f"{text}."


def _further(analysis: Analysis, cite: Cite) -> str:
    """Define the statistics that were asked for besides the usual ones."""
    found: dict[str, list[str]] = {}
    for name in STATISTICS:
        has_sentence = not about(name).words or (analysis.reference is None and name == about("ccc").over_all)
        if name in analysis.statistics and not has_sentence:
            found.setdefault(about(name).citation or name, []).append(name)
    parts = []
    for names in found.values():
        words = dict.fromkeys(about(name).words.format(icc_form=analysis.icc_form) for name in names)
        parts.append(listed(list(words)) + (f" {cite(names[0])}" if about(names[0]).citation else ""))
    return f"Also computed were {'; '.join(parts)}." if parts else ""


def _thresholds(analysis: Analysis, percent: str) -> str:
    each = listed([threshold(name, value) for name, value in analysis.thresholds.items() if not about(name).twin_of])
    joint = " and ".join(threshold(name, value) for name, value in analysis.rule.items())
    compared = (
        "estimates were compared with the thresholds"
        if analysis.on == "estimate"
        else f"the {percent} confidence limit on the unfavourable side was compared with the thresholds, so that an "
        "estimate without limits does not pass"
    )
    if analysis.rule_words:
        held = f"by this rule: {analysis.rule_words}"
    elif analysis.reference is None:
        held = f"in a region of interest if {joint}"
    else:
        held = f"in a region of interest if {joint} held under every condition"
    return f"Thresholds were {each}; {compared}. A feature counted as reproducible {held}."


def _harmonization(analysis: Analysis, cite: Cite) -> str:
    if not analysis.harmonized:
        return ""
    from harmonize.combat import METHODS  # only here: it loads scikit-learn

    methods = [
        f"in “{name}”, {_within_a_sentence(found.words)}"
        + "".join(f" {cite(text)}" for text in METHODS[found.method].citations)
        for name, found in analysis.harmonized.items()
    ]
    return (
        f"Features were harmonized {'; '.join(methods)}. Each subject's features were harmonized by a model fitted on "
        "all other subjects, and all statistics are of these held-out values."
    )


def _reference(key: str) -> str:
    """Give a reference by its name or that of a statistic; a harmonizer brings its own text."""
    if " " in key:
        return key
    return REFERENCES.get(key) or about(key).citation


def _names(conditions: Sequence[str]) -> str:
    return listed([condition_name(name) for name in conditions])


def _within_a_sentence(text: str) -> str:
    """Begin with a small letter, unless it is a name such as ComBat."""
    first, *_ = text.split()
    return text[0].lower() + text[1:] if first[1:].islower() else text


def _software() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in SOFTWARE), f"Python {platform.python_version()}"])
