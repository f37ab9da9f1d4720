"""What stands beside every reliability estimate: whether it could be computed, and what to know about it."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

import numpy as np

from evaluation.reliability.sample import StatusArray
from harmonize.arrays import BoolArray


class Status(StrEnum):
    """The reason for a missing estimate, or the remark that goes with one.

    An estimate is never NaN under `ok`. Under any other status it may be present (see the list): the number is
    then what the formula gives, and the status says why it must be read with care.

    Attributes
    ----------
    OK
        The estimate stands.
    TOO_FEW
        Fewer subjects (or conditions) have values than the statistic needs: no estimate.
    CONSTANT
        All values used are equal up to rounding. ICC and CCC are undefined: no estimate. CV and QCD are 0 and
        are given.
    NO_SUBJECT_VARIANCE
        Subjects do not differ: in their means for an ICC, in one of the two conditions for a CCC, beyond the
        error variance for RC / between-subject SD. Given where the formula is defined (0 for ICC(A,1) of
        conditions that only differ by a shift, and for CCC), otherwise no estimate.
    NEGATIVE
        The ICC is below zero, where it estimates no proportion of variance; given raw. ICC(A,1) has no lower
        bound.
    UNDEFINED
        The denominator, an estimate of a variance, is not positive: no estimate.
    SIGN_CHANGE
        The values take both signs, so that a ratio to their mean has no meaning: no estimate, except with
        ``signed="absolute"``.
    NEAR_ZERO_MEAN
        As `SIGN_CHANGE`, and some subject's spread exceeds its mean; or some subject's mean is zero: no
        estimate, except with ``signed="absolute"`` and a mean that is not exactly zero.
    NO_INTERVAL
        A difference of two estimates is given, but neither limits nor a test: one of both agrees exactly, has no
        dispersion, or does so or cannot be computed once a subject is left out.
    LEARNED
        A difference of two estimates is given, but neither limits nor a test: the values of a strategy were learned
        from the other subjects in a way that cannot be repeated without one of them.
    NO_REFERENCE
        The reference condition is absent, so that nothing can be compared with it: no estimate.
    ABSENT_CONDITION
        Under one condition (one reader, one scanner) no subject has a value of this feature, so that no subject has
        all of them: no estimate over all conditions. `absent_values` names the condition.
    CONFOUNDED
        The cells that have values do not tell a source of variance apart from another: no estimate.
    BOUNDARY
        A component of variance is zero because the likelihood is largest there: the data show none of it.
    NOT_CONVERGED
        The search for the largest likelihood did not come to its end: no estimate.
    NO_LOGARITHM
        The values take both signs, or one is zero, so that they have no logarithm: no estimate on that scale.
    NO_REPEATS
        No subject was measured twice under the reference: nothing tells how far its own measurements differ.
    NOT_STUDIED
        Nothing is known of the measurement error of the feature, or it did not vary at all: no verdict.
    OUT_OF_RANGE
        A value lies outside those whose measurement error is known: a verdict is given, but goes beyond the study.
    PROTOCOL_CHANGED
        Scanner or protocol changed between the visits, which a repeatability coefficient says nothing of: no verdict.
    NO_ERROR_VARIANCE
        All repeats of a subject are equal up to rounding, or differ by one shift of all subjects: the error that was
        measured is 0 and is given, without limits, since nothing tells how large it may be.
    HETEROSCEDASTIC
        The error changes with the value, on the scale of the feature and on that of its logarithm alike, or has no
        logarithm: what is given holds on average over subjects, and for single ones not.
    NOT_REPRESENTABLE
        A variance or slope of the feature is too small or too large for a number: no estimate. Give it in another unit.
    UNATTAINABLE
        No number of subjects (or conditions) gives a study what is wanted of it, see `sample_size`.
    NO_CASES
        No feature is of the kind that a share is of, such as the unstable ones where all are stable: no estimate.

    Examples
    --------
    >>> Status.OK == "ok"
    True
    """

    OK = "ok"
    TOO_FEW = "too_few"
    CONSTANT = "constant"
    NO_SUBJECT_VARIANCE = "no_subject_variance"
    NEGATIVE = "negative"
    UNDEFINED = "undefined"
    SIGN_CHANGE = "sign_change"
    NEAR_ZERO_MEAN = "near_zero_mean"
    NO_INTERVAL = "no_interval"
    LEARNED = "learned"
    NO_REFERENCE = "no_reference"
    ABSENT_CONDITION = "absent_condition"
    CONFOUNDED = "confounded"
    BOUNDARY = "boundary"
    NOT_CONVERGED = "not_converged"
    NO_LOGARITHM = "no_logarithm"
    NO_REPEATS = "no_repeats"
    NOT_STUDIED = "not_studied"
    OUT_OF_RANGE = "out_of_range"
    PROTOCOL_CHANGED = "protocol_changed"
    NO_ERROR_VARIANCE = "no_error_variance"
    HETEROSCEDASTIC = "heteroscedastic"
    NOT_REPRESENTABLE = "not_representable"
    UNATTAINABLE = "unattainable"
    NO_CASES = "no_cases"


MEANINGS: Mapping[Status, str] = MappingProxyType(
    {
        Status.TOO_FEW: "Fewer subjects or conditions have values than the statistic needs.",
        Status.CONSTANT: "All values are equal: agreement is undefined, and CV and QCD are 0.",
        Status.NO_SUBJECT_VARIANCE: "Subjects do not differ, so there is nothing to tell them apart by.",
        Status.NEGATIVE: "The ICC is below zero, where it is no proportion of variance; it is given as it is.",
        Status.UNDEFINED: "The denominator, an estimate of a variance, is not positive.",
        Status.SIGN_CHANGE: "The values take both signs, so a ratio to their mean or quartiles has no meaning.",
        Status.NEAR_ZERO_MEAN: "The mean is close to zero against the spread, so a ratio to it has no meaning.",
        Status.NO_INTERVAL: "The estimate stands, but it has neither limits nor a test.",
        Status.LEARNED: "Values were learned from the other subjects, and cannot be again: no limits, no test.",
        Status.NO_REFERENCE: "The reference condition is absent, so nothing can be compared with it.",
        Status.ABSENT_CONDITION: "One of the conditions has no value of the feature, so no subject has all of them.",
        Status.CONFOUNDED: "The cells that have values do not tell this source of variance apart from another.",
        Status.BOUNDARY: "The component is zero: the data show no variance of this source.",
        Status.NOT_CONVERGED: "The search for the largest likelihood did not come to its end.",
        Status.NO_LOGARITHM: "Values take both signs, or one is zero, so they have no logarithm.",
        Status.NO_REPEATS: "No subject was measured twice under the reference, so its own differences are not known.",
        Status.NOT_STUDIED: "Nothing is known of the measurement error of the feature.",
        Status.OUT_OF_RANGE: "A value lies outside the range in which the measurement error was studied.",
        Status.PROTOCOL_CHANGED: "Scanner or protocol changed between the visits: judge by the RDC.",
        Status.NO_ERROR_VARIANCE: "Repeats are equal, but for a shift of all: an error of 0, which has no limits.",
        Status.HETEROSCEDASTIC: "The error changes with the value: what is given holds on average over subjects only.",
        Status.NOT_REPRESENTABLE: "The variance or slope is too small or too large for a number; use another unit.",
        Status.UNATTAINABLE: "No number of subjects or conditions gives what is wanted.",
        Status.NO_CASES: "No feature is of the kind that the share is of.",
    }
)
"""What each status but `ok` tells a reader, in a sentence."""


def first_reason(reasons: Mapping[Status, BoolArray]) -> StatusArray:
    """Give at every place the first reason that holds there, and `ok` where none does.

    Examples
    --------
    >>> n = np.array([1, 5, 5])
    >>> first_reason({Status.TOO_FEW: n < 3, Status.CONSTANT: np.array([True, True, False])}).tolist()
    ['too_few', 'constant', 'ok']
    """
    return np.select(list(reasons.values()), list(reasons), Status.OK).astype(np.str_)
