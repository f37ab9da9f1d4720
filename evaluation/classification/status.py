"""What stands beside every diagnostic score: whether it could be computed, and what to know about it."""

from enum import StrEnum


class ScoreStatus(StrEnum):
    """The reason for a missing score, or the remark that goes with one.

    Attributes
    ----------
    OK
        Score and limits stand.
    ONE_CLASS
        A class is absent where the score needs it: no score. For the AUC, no two rows of different classes were
        predicted by the same model.
    TOO_FEW
        Fewer than ten subjects (of classes: in one; of survival: with the event), too few to fit a calibration line: no
        score.
    NOT_BINARY
        The score is defined for two classes: no score.
    EXTREME
        A predicted probability is exactly 0 or 1, whose logit is infinite (for the log loss: the class that was true
        had probability 0): no score.
    CONSTANT
        All predicted probabilities of a model are equal, so that no line can be fitted through them: no score.
    SEPARATED
        The predictions separate the classes without an error, so that the slope of calibration is infinite: no score.
    UNDEFINED
        A difference of two scores of which one is missing: no difference.
    NO_PAIRS
        No two rows that the same model predicted are known to have had the event one after the other: no score.
    FEW_EVENTS
        Fewer than ten subjects have the event: the score stands without limits, as they could not be trusted.
    NO_INTERVAL
        The score stands but has no limits: too many resamples have no value, or all have the same.

    Examples
    --------
    >>> ScoreStatus.OK == "ok"
    True
    """

    OK = "ok"
    ONE_CLASS = "one_class"
    TOO_FEW = "too_few"
    NOT_BINARY = "not_binary"
    EXTREME = "extreme"
    CONSTANT = "constant"
    SEPARATED = "separated"
    UNDEFINED = "undefined"
    NO_PAIRS = "no_pairs"
    FEW_EVENTS = "few_events"
    NO_INTERVAL = "no_interval"
