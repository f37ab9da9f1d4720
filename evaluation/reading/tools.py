"""Which program wrote a table of features, by the names of its columns.

Names as the programs' own sources, documentation and tables of their users have them: MIRP 2.7, LIFEx 7, CERR (MATLAB),
MITK (CLGlobalImageFeatures), Nyxus 0.11, PySERA, CaPTk 1.9, PyRadiomics 3.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from evaluation.tables import feature_class

MIRP_COLUMNS = {"image_mask_label", "image_settings_id", "image_voxel_size_x"}
NYXUS_COLUMNS = {"intensity_image", "mask_image"}
CAPTK_COLUMNS = {"featurefamily", "modality"}


class Tool(NamedTuple):
    """A program, by columns that stand beside its features, or by what its features are called."""

    name: str
    columns: frozenset[str]
    features: re.Pattern[str]


TOOLS = (
    Tool("LIFEx", frozenset(), re.compile(r".+\(IBSI:\w+\).*|(CONVENTIONAL|PARAMS|INFO|BAS_INFO)_.+")),
    Tool("MITK", frozenset(), re.compile(r".+ ?(Features|Based|Order|Intensity|Histogram|Statistic)[^:]*::.+")),
    Tool("CERR", frozenset(), re.compile(r".*((glcm|rlm|szm|ngtdm|ngldm)FeatS|firstOrderS|shapeS|ivhFeaturesS)[._].+")),
    Tool("CaPTk", frozenset(CAPTK_COLUMNS), re.compile(r".+_(GLCM|GLRLM|GLSZM|NGTDM|Histogram)_Bins-\d+.*")),
    Tool("Nyxus", frozenset(NYXUS_COLUMNS), re.compile(r"(3?(GLCM|GLRLM|GLSZM|GLDM|NGTDM)_[A-Z]+|FRAC_AT_D)_\d+")),
    Tool(
        "PySERA",
        frozenset(),
        re.compile(r"(cm|rlm|szm|dzm|ngt|ngl|gl(cm|rlm|szm|dzm)|ngtdm|ngldm)_.+_(2D|2_5D|3D)(_avg|_comb)?"),
    ),
    Tool("MIRP", frozenset(MIRP_COLUMNS), re.compile(r"(.+_)?(cm|rlm|szm|dzm|ngt|ngl)_.*(2d|2\.5d|3d)(_.*)?")),
)
"""In the order in which they are asked; names of PyRadiomics' kind come last."""
PYRADIOMICS = re.compile(r"diagnostics_.+")


def tool_of(names: Iterable[str]) -> str:
    """Give the program that wrote a table with these columns, or features; empty where nothing tells.

    Examples
    --------
    >>> tool_of(["patient", "INTENSITY-BASED_MeanIntensity(IBSI:Q4LE)[HU]"]), tool_of(["patient", "volume"])
    ('LIFEx', '')
    """
    known = list(names)
    lower = {name.lower() for name in known}
    for tool in TOOLS:
        if (tool.columns and tool.columns <= lower) or any(tool.features.fullmatch(name) for name in known):
            return tool.name
    named = [name for name in known if feature_class(name)]
    if any(name.rpartition("_")[2][:1].isupper() for name in named) or any(map(PYRADIOMICS.fullmatch, known)):
        return "PyRadiomics, or one with its names"
    return ""
