"""What a command shows while it works, with warnings in its own words."""

from functools import partial

from experiments.cli.command import told
from experiments.progress import progress_bars as bars

progress_bars = partial(bars, words=told)
