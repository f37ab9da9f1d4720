"""What counts as no difference: a number in units of the feature, a share of its mean, or a multiple of its error."""

import re
from dataclasses import dataclass

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError

UNITS = ("", "%", "wsd", "rc")
WRITTEN = re.compile(r"([0-9.]+(?:e[+-]?[0-9]+)?) *(%|wsd|rc)?", re.IGNORECASE)


@dataclass(frozen=True)
class EquivalenceMargin:
    """A margin of equivalence, the same to both sides.

    Parameters
    ----------
    size : float
        More than 0.
    unit : {"", "%", "wsd", "rc"}
        Units of the feature; per cent of the mean of the reference; multiples of the within-subject SD or of the
        repeatability coefficient.
    log : bool
        Whether ratios are judged: 10 % are then ratios from 1/1.1 to 1.1, and errors those of logarithms.

    Raises
    ------
    ConfigurationError
        For a size that is not above 0, an unknown unit, and units of the feature on the logarithmic scale.

    Examples
    --------
    >>> EquivalenceMargin.parse("10%"), str(EquivalenceMargin.parse("0.5 RC"))
    (EquivalenceMargin(size=10.0, unit='%', log=False), '0.5 rc')
    """

    size: float
    unit: str = ""
    log: bool = False

    def __post_init__(self) -> None:
        if self.unit not in UNITS or not 0 < self.size < np.inf:
            raise ConfigurationError(
                f"`margin`: is '{self.size:g}{self.unit}'; expected a number above 0 in units of the feature, or such "
                "as 10% (of the reference's mean), 1wsd or 0.5rc (multiples of measurement error)"
            )
        if self.log and not self.unit:
            raise ConfigurationError(
                f"`margin`: is {self.size:g} in units of the feature, but ratios have none; name per cent, such as "
                "10%, or leave the logarithmic scale out"
            )

    @classmethod
    def parse(cls, text: object, log: bool = False) -> "EquivalenceMargin":
        """Read what people write: 0.5, 10%, 1wsd, 0.5rc."""
        found = WRITTEN.fullmatch(str(text).strip())
        try:
            size = float(found[1]) if found else np.nan
        except ValueError:
            size = np.nan
        if found is None or np.isnan(size):
            raise ConfigurationError(
                f"`margin`: is '{text}'; expected a number in units of the feature, or such as 10% (of the reference's "
                "mean), 1wsd or 0.5rc (multiples of measurement error)"
            )
        return cls(size, (found[2] or "").lower(), log)

    @property
    def of_error(self) -> bool:
        """Whether it is a multiple of measurement error."""
        return self.unit in ("wsd", "rc")

    def ends(self, error: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Give both margins for each feature, on the scale of the test.

        Parameters
        ----------
        error : ndarray
            The error that it is a multiple of, on that scale; only the shape counts for other margins.
        """
        if self.of_error:
            return -self.size * error, self.size * error
        share = self.size / 100 if self.unit == "%" else self.size
        end = np.full(error.shape, np.log1p(share) if self.log else share)
        return -end, end

    def __str__(self) -> str:
        """Write it as it is read."""
        return f"{self.size:g}{' ' if self.of_error else ''}{self.unit}"
