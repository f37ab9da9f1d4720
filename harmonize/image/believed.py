"""What a step or a perturbation gives, looked at before it is believed."""

from harmonize.errors import ScanError
from harmonize.image.volume import Volume


def believed(found: object, given: Volume, who: str) -> Volume:
    """Take the volume that was made of another.

    Parameters
    ----------
    found : object
        What was given back.
    given : Volume
        What it was made of.
    who : str
        The name of what made it.

    Raises
    ------
    ScanError
        For anything but a volume, and for one that lost an ROI without a reason in `lost`.

    Examples
    --------
    >>> import numpy as np
    >>> from harmonize.image.volume import Grid
    >>> volume = Volume(np.ones((1, 1, 1)), Grid((1, 1, 1)))
    >>> believed(volume, volume, "zscore") is volume
    True
    >>> believed(None, volume, "zscore")
    Traceback (most recent call last):
    harmonize.errors.ScanError: 'zscore' gave NoneType, expected a Volume; have it give the changed volume
    """
    if not isinstance(found, Volume):
        raise ScanError(f"'{who}' gave {type(found).__name__}, expected a Volume", "have it give the changed volume")
    if gone := [roi for roi in given.masks if roi not in found.masks and roi not in found.lost]:
        raise ScanError(f"'{who}' left out ROI '{gone[0]}'", "have it keep all masks that it is given")
    return found
