import json

import pytest

from harmonize.errors import ConfigurationError, ScanError
from harmonize.inputs.documents import MAX_BYTES
from harmonize.steps import Fit, Fits, FittedHistogramMatching, FittedNyul

FITTED = FittedNyul("foreground", (1.0, 50.0, 99.0), (0.0, 400.0, 1000.0))
FITS = Fits("nyul", {"T1": Fit(FITTED, ("S01", "Müller"), 3)}, {"T2": ("S01, REF+STD", "S02, REF+STD")})


def read(text):
    return Fits.from_json(text, "nyul", FittedNyul, "scale.json")


def test_json_keeps_everything():
    assert read(FITS.to_json()) == FITS
    assert read(FITS.to_json()).to_json() == FITS.to_json()


def test_the_digest_is_of_what_determines_the_result():
    other_people = Fits("nyul", {"T1": Fit(FITTED, ("X",), 1)})
    other_scale = Fits("nyul", {"T1": Fit(FittedNyul("foreground", (1.0, 50.0, 99.0), (0.0, 400.1, 1000.0)))})
    other_sequence = Fits("nyul", {"T2": Fit(FITTED)})
    assert other_people.digest() == FITS.digest()
    assert len({FITS.digest(), other_scale.digest(), other_sequence.digest()}) == 3


def test_another_sequence_is_refused(golden):
    with golden.error(ScanError):
        FITS.for_sequence("DWI")


def test_a_sequence_whose_scans_all_failed_says_so(golden):
    with golden.error(ScanError):
        FITS.for_sequence("T2")


def changed(**values):
    return json.dumps({**json.loads(FITS.to_json()), **values})


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[" * 100_000,
        "[]",
        changed(schema="radharmony.fits/2"),
        changed(step="other"),
        changed(digest=5),
        FITS.to_json().replace("400.0", "401.0"),
        FITS.to_json().replace("400.0", "NaN"),
        FITS.to_json().replace("400.0", "1e999"),
        FITS.to_json().replace("Müller", "\\ud800"),
        " " * (MAX_BYTES + 1),
    ],
)
def test_what_is_not_whole_is_refused(text, golden):
    with golden.error(ConfigurationError):
        read(text)


def test_fits_of_another_step_are_refused(golden):
    matching = FittedHistogramMatching("image", (1.0, 99.0), (0.0, 5.0))
    with golden.error(ConfigurationError):
        read(Fits("histogram_matching", {"T1": Fit(matching)}).to_json())


def test_parameters_of_another_step_are_refused(golden):
    wrong = Fits("nyul", {"T1": Fit(FittedHistogramMatching("image", (1.0, 99.0), (0.0, 5.0)))})
    with golden.error(ConfigurationError):
        read(wrong.to_json())


def test_a_file_that_is_not_there_is_named(tmp_path, golden):
    with golden.error(ConfigurationError):
        Fits.read(tmp_path / "nowhere.json", "nyul", FittedNyul)
