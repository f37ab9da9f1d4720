"""What PyRadiomics calls the images that features are computed on."""

from collections.abc import Mapping
from itertools import product
from typing import Any


def image_names(image_types: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Name the derived images.

    Parameters
    ----------
    image_types : mapping of str to mapping
        By image type all settings that hold for it.

    Examples
    --------
    >>> image_names({"Original": {}, "LoG": {"sigma": (2, 3.5)}})
    ['original', 'log-sigma-2-mm-3D', 'log-sigma-3-5-mm-3D']
    """
    return [name for image_type, setting in image_types.items() for name in _names(image_type, setting)]


def _names(image_type: str, setting: Mapping[str, Any]) -> list[str]:
    if image_type == "LoG":
        return [name_of_log(sigma) for sigma in setting["sigma"]]
    if image_type == "Wavelet":
        level = setting.get("level", 1)
        bands = ["".join(band) for band in product("LH", repeat=len(filtered_axes(setting)))]
        details = [name_of_wavelet(number, band) for number in range(1, level + 1) for band in bands[1:]]
        return [*details, name_of_wavelet(level, bands[0])]
    return [image_type.lower()]


def name_of_log(sigma: float) -> str:
    """Name an image of LoG by its width in mm, as it was written.

    Examples
    --------
    >>> name_of_log(2.5)
    'log-sigma-2-5-mm-3D'
    """
    return f"log-sigma-{str(sigma).replace('.', '-')}-mm-3D"


def name_of_wavelet(level: int, band: str) -> str:
    """Name a band of a level of a wavelet transform, counted from 1.

    Examples
    --------
    >>> name_of_wavelet(1, "LLH"), name_of_wavelet(2, "LLL")
    ('wavelet-LLH', 'wavelet2-LLL')
    """
    return f"wavelet{level if level > 1 else ''}-{band}"


def filtered_axes(setting: Mapping[str, Any]) -> tuple[int, ...]:
    """Give the axes (0 for z) of a wavelet transform, in the order of the letters of its bands.

    Examples
    --------
    >>> filtered_axes({}), filtered_axes({"force2D": True, "force2Ddimension": 0})
    ((2, 1, 0), (2, 1))
    """
    flat = setting.get("force2Ddimension", 0) if setting.get("force2D", False) else None
    return tuple(axis for axis in (2, 1, 0) if axis != flat)
