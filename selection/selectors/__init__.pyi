from .boruta import Boruta as Boruta
from .elimination import recursive_elimination as recursive_elimination
from .mrmr import MRMR as MRMR
from .registry import SELECTORS as SELECTORS
from .registry import make_selector as make_selector
from .stability_selection import StabilitySelection as StabilitySelection
from .univariate import false_discovery_rate as false_discovery_rate
from .univariate import mutual_information as mutual_information
