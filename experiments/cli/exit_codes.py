"""The exit codes of all commands, as `radharmony --help` tells them."""

FOUND = 1
"""`check` or `validate-ibsi` found errors (with --strict warnings), `compare` differences."""

BAD_INPUT = 2
"""A bad study or bad options."""

FAILED = 3
"""Done, but some scans failed."""

UNTRACKED = 4
"""Done, but MLflow could not record it."""

ENDED_OUTSIDE = 5
"""Ended from outside: a full disk or quota, a limit on the size of files, a lost scheduler."""

INTERRUPTED = 130
"""Ended by whoever started it."""
