"""Floor 2: everything that measures, from feature extraction to reliability statistics."""

from radharmony.floors import attach

# Names are imported on first use, so that nobody waits for libraries that are not needed; they are listed in
# the stub beside this file.
__getattr__, __dir__, __all__ = attach(__name__, __file__)
