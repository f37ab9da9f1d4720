"""Floor 3: thresholds and the whitelists of features that pass them."""

from selection.thresholds import Thresholds
from selection.whitelist import Whitelist

__all__ = ["Thresholds", "Whitelist"]
