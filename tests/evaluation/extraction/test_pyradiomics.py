import logging
import warnings

import numpy as np
import pytest
import SimpleITK as sitk

from evaluation.extraction.pyradiomics import _real, class_features, quiet

RAMP = sitk.GetImageFromArray(np.arange(1.0, 1001.0).reshape(10, 10, 10))


def leave_in_a_hurry() -> None:
    with quiet():
        assert not logging.getLogger("radiomics.glcm").isEnabledFor(logging.ERROR)
        warnings.warn("of a feature", RuntimeWarning, stacklevel=1)
        warnings.warn("of a library", DeprecationWarning, stacklevel=1)
        raise KeyError


def test_quiet_puts_back_what_it_changes() -> None:
    logger = logging.getLogger("radiomics")
    before = logger.level
    with pytest.raises(KeyError):
        leave_in_a_hurry()
    assert logger.level == before
    with pytest.warns(RuntimeWarning):
        warnings.warn("of the user", RuntimeWarning, stacklevel=1)


def test_every_other_warning_is_still_heard() -> None:
    with quiet(), pytest.warns(UserWarning, match="heard"):
        warnings.warn("heard", UserWarning, stacklevel=1)


def test_only_the_named_features_are_computed() -> None:
    mask = sitk.GetImageFromArray(np.ones((10, 10, 10), np.uint8))
    found = class_features("firstorder", ["Mean", "Maximum"], RAMP, mask, {"binWidth": 25})
    assert found == {"Mean": 500.5, "Maximum": 1000.0}


@pytest.mark.parametrize(
    ("value", "expected"),
    # NumPy 2.5 gives eigenvalues of a complex type; the axis lengths of every ROI were undefined with it
    [(np.complex128(3.0), 3.0), (np.float64(2.0), 2.0), (np.array(4.0), 4.0)],
)
def test_a_complex_type_without_an_imaginary_part_is_a_number(value, expected):
    assert _real(value) == expected


@pytest.mark.parametrize("value", [np.complex128(3 + 1j), np.float64("nan"), np.float64("inf"), np.complex128("nan")])
def test_what_is_no_real_number_has_no_value(value):
    assert np.isnan(_real(value))
