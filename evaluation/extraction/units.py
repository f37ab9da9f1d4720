"""Units of features, for the axes and colour bars of pictures."""

INTENSITY = frozenset(
    {
        *("10Percentile", "90Percentile", "InterquartileRange", "Maximum", "Mean", "MeanAbsoluteDeviation", "Median"),
        *("Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared", "StandardDeviation"),
    }
)


SHAPES = {
    **dict.fromkeys(("MeshVolume", "VoxelVolume"), "mm³"),
    **dict.fromkeys(("SurfaceArea", "MeshSurface", "PixelSurface"), "mm²"),
    **dict.fromkeys(("SurfaceVolumeRatio", "PerimeterSurfaceRatio"), "1/mm"),
}


def unit_of(feature: str) -> str:
    """Give the unit of a feature by its name; those of intensities are the image's own.

    Examples
    --------
    >>> unit_of("original_firstorder_Mean"), unit_of("log-sigma-2-0-mm-3D_glcm_JointEntropy")
    ('intensity', 'bit')
    >>> unit_of("original_firstorder_TotalEnergy"), unit_of("original_glcm_Contrast")
    ('intensity² mm³', 'no unit')
    """
    *_, kind, name = feature.split("_")
    if name.endswith("Entropy"):
        return "bit"
    if kind == "firstorder":
        if name in INTENSITY:
            return "intensity"
        return {"Energy": "intensity²", "Variance": "intensity²", "TotalEnergy": "intensity² mm³"}.get(name, "no unit")
    if kind.startswith("shape"):
        return SHAPES.get(
            name, "mm" if "Diameter" in name or "AxisLength" in name or name == "Perimeter" else "no unit"
        )
    return "no unit"
