import pytest

from experiments.study.fit_on import in_cohort
from experiments.study.study import Study
from harmonize.errors import ConfigurationError
from harmonize.steps import Nyul


def study(path, fit_on):
    text = path.read_text(encoding="utf-8")
    assert "[zscore]" in text
    path.write_text(text.replace("[zscore]", f"[{{nyul: {{fit_on: {fit_on}}}}}]"), encoding="utf-8")
    return Study.from_yaml(path)


@pytest.mark.parametrize(
    "fit_on",
    [
        "{acquisiton: REF}",
        "{acquisition: REV}",
        "{acquisition: REF, condition: ACC+STD}",
        "{acquisition: []}",
    ],
)
def test_a_cohort_that_is_not_there_is_refused_before_anything_is_computed(study_file, fit_on, golden):
    with golden.error(ConfigurationError):
        study(study_file, fit_on)


def test_a_scan_is_of_the_cohort_where_every_column_fits(study_file):
    found = study(study_file, "{acquisition: REF, subject: [sub-01, sub-03]}")
    (step,) = found.strategies[-1].steps
    learned = [scan for scan in found.scans if in_cohort(scan, step)]
    assert {(scan.subject, scan.levels["acquisition"]) for scan in learned} == {("sub-01", "REF"), ("sub-03", "REF")}
    assert len(learned) == 2 * 2
    assert all(in_cohort(scan, Nyul()) for scan in found.scans)
