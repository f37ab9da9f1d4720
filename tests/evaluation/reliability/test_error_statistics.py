import numpy as np

from evaluation.reliability import STATISTICS, Settings
from evaluation.reliability.error_statistics import ERRORS
from evaluation.reliability.repeatability import log_repeatability, repeatability
from evaluation.reliability.within_subject import REPEATABILITY


def test_the_entries_of_the_table():
    values, how = np.random.default_rng(3).lognormal(2, 0.3, (4, 9, 3)), Settings(level=0.9, rc_interval="adjusted")
    found = {name: STATISTICS[name].compute(values, how) for name in ("wsd", "rc", "rc_log_lower", "rc_log_upper")}
    logs = log_repeatability(values, 0.9, "adjusted").repeated

    np.testing.assert_allclose(found["rc"].upper, REPEATABILITY * found["wsd"].upper)
    np.testing.assert_allclose(found["rc"].lower, repeatability(values, 0.9, "adjusted").repeated.coefficient[1])
    np.testing.assert_allclose(found["rc_log_upper"].upper, 100 * np.expm1(logs.coefficient[2]))
    np.testing.assert_allclose(found["rc_log_lower"].lower, 100 * np.expm1(-logs.coefficient[2]))
    assert (found["rc_log_lower"].lower <= found["rc_log_lower"].estimate).all()
    assert set(ERRORS) <= set(STATISTICS)
