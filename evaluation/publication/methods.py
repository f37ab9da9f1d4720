"""The statistics section of a paper, from the settings."""

import platform
import re
from collections.abc import Sequence
from importlib.metadata import version

from evaluation.publication.analysis import Analysis
from evaluation.publication.inference import inference_text
from evaluation.publication.markup import without_html
from evaluation.publication.perturbing import perturbed_text
from evaluation.publication.references import REFERENCES, Cite
from evaluation.reliability.statistics import STATISTICS, about, leading, twins, usual
from evaluation.reliability.terms import threshold
from evaluation.reliability.within_groups import LEAST_DEGREES
from evaluation.tables import condition_name
from harmonize.words import listed, plural, sentence

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
    percent = analysis.settings.percent
    cited: list[str] = []

    def cite(key: str) -> str:
        text = REFERENCES.get(key, key)
        if text not in cited:
            cited.append(text)
        return f"[{cited.index(text) + 1}]"

    agreement, dispersion, further = _sentences(analysis)
    paragraphs = [
        f"{_design(analysis, cite)} {_agreement(analysis, agreement, cite)}",
        _scanners(analysis, cite),
        _dispersion(analysis, dispersion, cite),
        _further(analysis, further, cite),
        _facets(analysis, cite),
        _thresholds(analysis, percent),
        "Subjects that lacked a finite value under one of the conditions compared (for statistics over all conditions, "
        "under any) were left out of that comparison. A statistic that could not be computed was recorded with the "
        "reason; it counts as not passing, and is not part of the medians. Medians are given with first and third "
        "quartile.",
        _harmonization(analysis, cite),
        *inference_text(analysis, percent, cite),
        f"Statistics were computed with {_software()}.",
    ]
    references = [f"{index}. {text}" for index, text in enumerate(cited, start=1)]
    parts = [
        "## Statistics",
        *filter(None, paragraphs),
        *(["### References", "\n".join(references)] * bool(references)),
    ]
    return without_html("\n\n".join(parts) + "\n")


def _design(analysis: Analysis, cite: Cite) -> str:
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
    perturbed = perturbed_text(analysis, cite)
    under = "once" if analysis.once else f"under {words.get(count, str(count))} conditions"
    used = f" (a statistic used {analysis.used[0]} to {analysis.used[1]} of them)" if analysis.used else ""
    return (
        f"Reliability was assessed for {plural(analysis.features, 'feature')} in "
        f"{plural(analysis.subjects, 'subject')}{used} measured {under}."
        f"{perturbed}{separately}{_segmented(analysis)}{_carried(analysis)}"
    )


def _segmented(analysis: Analysis) -> str:
    """Say whose regions conditions were compared by, where several drew them."""
    if len(analysis.segmentations) < 2:
        return ""
    compared, *others = analysis.segmentations
    return (
        f" There were segmentations of {listed([compared, *others])}; conditions were compared by those of {compared}."
    )


def _carried(analysis: Analysis) -> str:
    """Say where regions come from that were not drawn on each scan."""
    if analysis.carried is None:
        return ""
    done, asked = analysis.carried
    left = "" if done == asked else f" (to {done} of {asked}; the others were left out)"
    return (
        f" Regions of interest were drawn under {analysis.reference} and carried by rigid registration to the scans of "
        f"other conditions that had none of their own{left}."
    )


def _sentences(analysis: Analysis) -> tuple[list[str], list[str], list[str]]:
    """Sort what was computed by where it is told: usual agreement, usual dispersion, and what was asked for besides.

    Twins are told beside the statistic that they belong to.
    """
    agreement: list[str] = []
    dispersion: list[str] = []
    further: list[str] = []
    ordinary = usual(analysis.reference is not None)
    for name in STATISTICS:
        if name not in analysis.statistics or about(name).twin_of:
            continue
        direction, of_pairs = about(name).direction, about(name).of_pairs(analysis.reference)
        if name in ordinary and direction == "above" and of_pairs == (analysis.reference is not None):
            agreement.append(name)
        elif name in ordinary and direction == "below" and not of_pairs:
            dispersion.append(name)
        else:
            further.append(name)
    return agreement, dispersion, further


def _defined(names: Sequence[str], analysis: Analysis, cite: Cite) -> str:
    """Define statistics of one source, with its citation."""
    words = listed(dict.fromkeys(about(name).in_words(analysis.settings) for name in names))
    if about(names[0]).citation and "[@" not in words:
        words = f"{words} [@{names[0]}]"
    return _cited(words, cite)


def _cited(text: str, cite: Cite) -> str:
    """Put the numbers of references where `[@key]` names them."""
    return re.sub(r"\[@([^]]+)\]", lambda found: cite(REFERENCES.get(found[1]) or about(found[1]).citation), text)


def _agreement(analysis: Analysis, names: Sequence[str], cite: Cite) -> str:
    if not names:
        return ""
    coefficients, told = [], set()
    for name in names:
        text, limits = _defined([name], analysis, cite), about(name).limits_in_words
        if limits is not None:
            kind, words = limits(analysis.settings)
            same = f"{analysis.settings.percent} limits of the same kind"
            text += f", with {same if kind in told else _cited(words, cite)}"
            told.add(kind)
        coefficients.append(text)
    if analysis.reference is None:
        what, how = f"Agreement of {_names(analysis.conditions)}", "over all conditions at once"
    else:
        others = [name for name in analysis.conditions if name != analysis.reference]
        perturbed = "the perturbed scans with the scans as they are"
        with_reference = f"{_names(others)} with {condition_name(analysis.reference)}"
        what = f"Agreement of {perturbed if analysis.once else with_reference}"
        how = f"{'each ' if len(coefficients) > 1 else ''}for the pair of the condition and the reference"
    return (
        f"{what} was expressed by {', and by '.join(coefficients)}, {how}. Negative coefficients were kept as they are."
    )


def _scanners(analysis: Analysis, cite: Cite) -> str:
    if not analysis.scanners:
        return ""
    return (
        f"Subjects were on different scanners ({listed(analysis.scanners)}), whose differences count as differences "
        f"between subjects. {about(leading()).label} was therefore also computed within scanners, with the mean of "
        f"each scanner as a fixed effect {cite('components')}, pooled over scanners and on each of them; it needed "
        f"{LEAST_DEGREES} degrees of freedom between subjects."
    )


def _dispersion(analysis: Analysis, names: Sequence[str], cite: Cite) -> str:
    if not names:
        return ""
    measures = listed(_defined([name], analysis, cite) for name in names)
    sentences = [f"Dispersion over all conditions was expressed by {measures}."]
    reasons: dict[str, list[str]] = {}
    for name in names:
        reasons.setdefault(about(name).uncomputed, []).append(name)
    for why, of in reasons.items():
        if why:
            twin = (
                "; values with the absolute mean or sum as denominator are given beside them for comparison with the "
                "literature"
            )
            beside = any(twins().get(name) in analysis.statistics for name in of)
            sentences.append(f"{_none_of(of, len(names))} computed {why}{twin if beside else ''}.")
    return " ".join(sentences)


def _none_of(names: Sequence[str], total: int) -> str:
    """Begin a sentence that some of these statistics were not computed."""
    if len(names) < total:
        return f"{listed(about(name).label for name in names)} {'was' if len(names) == 1 else 'were'} not"
    return {1: "It was not", 2: "Neither was"}.get(total, "None of them was")


def _further(analysis: Analysis, names: Sequence[str], cite: Cite) -> str:
    """Define the statistics that were asked for besides the usual ones, those of one source together."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault(about(name).citation or name, []).append(name)
    parts = "; ".join(_defined(group, analysis, cite) for group in found.values())
    return f"Also computed were {parts}." if parts else ""


def _facets(analysis: Analysis, cite: Cite) -> str:
    """Describe components of variance, and what is made of them."""
    if not analysis.facets:
        return ""
    over = f"of subjects measured over {listed(analysis.facets)}"
    return (
        f"Components of variance {over} were estimated by restricted maximum likelihood {cite('components')}, with all "
        "interactions, and limits as generalized confidence intervals "
        f"{cite('generalized')}. The agreement over a facet is the absolute agreement of two measurements of a subject "
        "that differ in its level alone, a ratio of these components; G and \N{GREEK CAPITAL LETTER PHI} are the "
        f"coefficients of generalizability and of dependability {cite('generalizability')}."
    )


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


def _names(conditions: Sequence[str]) -> str:
    return listed([condition_name(name) for name in conditions])


def _within_a_sentence(text: str) -> str:
    """Begin with a small letter, unless it is a name such as ComBat."""
    first, *_ = text.split()
    return text[0].lower() + text[1:] if first[1:].islower() else text


def _software() -> str:
    return ", ".join([*(f"{name} {version(name)}" for name in SOFTWARE), f"Python {platform.python_version()}"])
