"""Which harmonizers serve where subjects are held out."""

from collections.abc import Collection

from harmonize.combat import METHODS
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown

IN_SAMPLE = tuple(name for name, cls in METHODS.items() if not cls.new_rows)
"""Methods that harmonize the rows they were fitted on and no others: none of these can be held out."""
PAIRING = tuple(name for name, cls in METHODS.items() if cls.paired)
"""Methods that know the subject."""


def check_method(name: str, without: Collection[str] = ()) -> None:
    """Refuse a harmonizer that is unknown, or cannot be applied to subjects that it has not seen.

    Parameters
    ----------
    name : str
    without : collection of str
        Further methods that do not serve here.

    Raises
    ------
    ConfigurationError
    """
    if name in IN_SAMPLE:
        raise ConfigurationError(
            f"--harmonize: {name} only harmonizes the rows that it was fitted on, so that no subject can be held out; "
            "use combat"
        )
    refuse_unknown([name], [one for one in METHODS if one not in (*IN_SAMPLE, *without)], "--harmonize")
