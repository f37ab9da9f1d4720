"""What columns of tables mean, in a few words for a reader who has only the workbook."""

import re

from evaluation.reliability.statistics import about

MEANINGS = {
    "strategy": "how images or features were prepared, by its name in the study",
    "subject": "who was scanned, as the table of images names them",
    "sequence": "MR sequence",
    "condition": "acquisition and reconstruction; in statistics, the one compared with the reference ('all': over all)",
    "roi": "region of interest",
    "other": "the second region, where a measure is of two",
    "segmentation": "whose contours",
    "acquisition": "level of the factor acquisition; in effects, the mean change by it",
    "reconstruction": "level of the factor reconstruction; in effects, the mean change by it",
    "interaction": "in effects: what both change together beyond the sum of each",
    "combined": "in effects: the mean change by both together",
    "voxels": "voxels of the ROI that were used",
    "bins": "gray levels of the ROI in the original image",
    "feature": "name of the feature",
    "class": "class of features, or the diagnosis",
    "family": "family of features in the standard of the IBSI",
    "name": "name in the standard of the IBSI, or of what stands in the row",
    "code": "code in the standard of the IBSI",
    "agreement": "whether PyRadiomics' definition agrees with that of the IBSI",
    "note": "what is to be known of it",
    "statistic": "what was estimated (icc, ccc: agreement; cv, qcd: dispersion)",
    "test": "which test",
    "measure": "what was measured",
    "score": "what was measured of the predictions",
    "model": "the model",
    "baseline": "what it is compared with",
    "interval": "how the limits were found",
    "estimate": "the value; empty where status says why there is none",
    "value": "the value; empty where status says why there is none",
    "values": "raw, in-sample or held-out values",
    "lower": "lower 95 % confidence limit, if nothing else was asked for",
    "upper": "upper 95 % confidence limit, if nothing else was asked for",
    "n": "subjects used",
    "n_subjects": "subjects used",
    "n_features": "features used",
    "subjects": "how many subjects, or which",
    "features": "how many features",
    "rows": "rows of the feature table",
    "status": "ok, or why there is no number",
    "reason": "why there is no number",
    "unit": "unit of the value",
    "by": "what the rows are grouped by",
    "level": "which group of these",
    "factor": "the factor that was varied",
    "n_total": "all combinations that were looked at",
    "n_computed": "those of them that have a number",
    "n_gain": "combinations with a gain",
    "n_ratio": "combinations with a ratio of errors",
    "median": "median over features",
    "q1": "first quartile over features",
    "q3": "third quartile over features",
    "mean": "mean",
    "threshold": "what a value must lie beyond",
    "direction": "on which side of the threshold it must lie, or where it goes",
    "passing": "how many pass",
    "share": "the part that passes, of 1",
    "share_of_computed": "the part of those with a number that passes, of 1",
    "share_of_all": "the part of all that passes, of 1",
    "text": "the same as a text for people",
    "failures": "what could not be done, see the sheet failures",
    "whitelist_size": "combinations of sequence, ROI and feature in the whitelist",
    "considered": "combinations that were looked at for the whitelist",
    "everywhere": "features that pass in all sequences and ROIs",
    "gain": "how much more reliable than the first strategy, on the scale of the definitions",
    "ratio": "error over that of the first strategy; below 1 is better",
    "difference": "difference to what it is compared with",
    "better": "how many are better than under the first strategy",
    "worse": "how many are worse than under the first strategy",
    "rank": "rank among all, 1 is best",
    "first": "in ranks, how often it comes first in draws of subjects; else the first of two",
    "second": "the second of two",
    "n_first": "features of the first of two",
    "n_second": "features of the second of two",
    "n_both": "features that both have",
    "jaccard": "those of both over those of either",
    "kuncheva": "overlap, corrected for chance",
    "p": "p value",
    "q": "p value, adjusted for how many were tested together",
    "r": "correlation",
    "file": "which file",
    "step": "which step",
    "problem": "what happened",
    "advice": "what to do",
    "checklist": "METRICS or CLEAR",
    "item": "item of the checklist",
    "section": "section of the checklist",
    "asks_for": "what the item asks for",
    "answer": "what the run knows of it",
    "known": "whether the run knows it",
    "source": "where it comes from",
    "place": "the sequence and the ROI, or 'everywhere'",
}
"""By column; those that only one table has are told by its line, and by the documentation."""

_PARTS = (
    (r"(.+)_lower", "lower limit of {}"),
    (r"(.+)_upper", "upper limit of {}"),
    (r"(.+)_status", "why {} has no number"),
    (r"(.+)_p", "p value of {}"),
    (r"(.+)_q", "p value of {}, adjusted for how many were tested together"),
    (r"baseline_(.+)", "{} of the first strategy"),
    (r"share_(.+)", "the part of the variance that is of: {}"),
    (r"(.+)_median", "median over features of {}"),
    (r"(.+)_share", "the part of features that passes, of 1: {}"),
)


def meaning_of(column: str) -> str:
    """Say what a column is; nothing of one that is not known.

    Examples
    --------
    >>> meaning_of("q1"), meaning_of("icc_share_lower"), meaning_of("my own")
    ('first quartile over features', 'lower limit of the part of features that passes, of 1: ICC', '')
    """
    if column in MEANINGS:
        return MEANINGS[column]
    for pattern, words in _PARTS:
        if found := re.fullmatch(pattern, column):
            return words.format(meaning_of(found[1]) or about(found[1]).label.replace("_", " "))
    return ""
