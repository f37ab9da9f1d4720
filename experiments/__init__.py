"""Floor 4: the study, its strategies, the run and what is left of it: tables, tracking, report, commands."""

from radharmony.floors import attach

# Names are imported on first use, so that nobody waits for libraries that are not needed; they are listed in
# the stub beside this file.
__getattr__, __dir__, __all__ = attach(__name__, __file__)
