"""Two finished runs side by side: settings, data, numbers beyond a tolerance, rows of only one, and whitelists."""

from experiments.compare.comparison import RunComparison, compare_runs
from experiments.compare.opened import opened

__all__ = ["RunComparison", "compare_runs", "opened"]
