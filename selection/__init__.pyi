from .thresholds import Thresholds as Thresholds
from .whitelist import Whitelist as Whitelist
