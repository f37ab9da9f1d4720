import pandas as pd

from experiments.analyses.shared.table_files import joined
from harmonize.errors import ConfigurationError


def test_two_combinations_of_levels_are_never_one_batch(golden):
    """Scanner 'a+b' with kernel 'c' and scanner 'a' with kernel 'b+c' became one batch."""
    frame = pd.DataFrame({"scanner": ["a+b", "a", "a"], "kernel": ["c", "b+c", "d"]})
    with golden.error(ConfigurationError):
        joined(frame, ["scanner", "kernel"])
    assert joined(frame.iloc[1:], ["scanner", "kernel"]).tolist() == ["a+b+c", "a+d"]
    assert joined(frame, ["scanner"]).tolist() == ["a+b", "a", "a"]
