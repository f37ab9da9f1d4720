"""Values of a file that anybody may have written, read with a check of type, shape and range."""

import math
from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from harmonize.arrays import FloatArray
from harmonize.errors import ConfigurationError


class Reader:
    """Checked access to plain values whose origin is not trusted.

    Parameters
    ----------
    state : object
        What was read from the file; a mapping is expected.
    where : str
        Its place, for the messages.

    Raises
    ------
    ConfigurationError
        From every method, naming the part that does not fit.
    """

    def __init__(self, state: Any, where: str = "state") -> None:
        self.where = where
        if not isinstance(state, Mapping):
            raise self.error("content", "is not a mapping")
        self.state = state

    def error(self, key: str, problem: str) -> ConfigurationError:
        """Give the error that names the part and what is wrong with it."""
        return ConfigurationError(f"saved model: {self.where}: '{key}' {problem}; fit the model again")

    def mapping(self, key: str) -> Mapping[str, Any]:
        """Give a mapping."""
        value = self.state.get(key)
        if not isinstance(value, Mapping):
            raise self.error(key, "is not a mapping")
        return value

    def entries(self, key: str) -> list[Any]:
        """Give a list of anything."""
        value = self.state.get(key)
        if not isinstance(value, list):
            raise self.error(key, "is not a list")
        return value

    def label(self, key: str) -> Hashable:
        """Give a text or a number."""
        value = self.state.get(key)
        if not isinstance(value, str | int | float):
            raise self.error(key, "is neither a text nor a number")
        return value

    def labels(self, key: str) -> list[Hashable]:
        """Give a list of different texts or numbers, one or more."""
        values = self.entries(key)
        if not values or not all(isinstance(value, str | int | float) for value in values):
            raise self.error(key, "is not a list of texts or numbers, or is empty")
        if len(set(values)) != len(values):
            raise self.error(key, "holds a label twice")
        return values

    def numbers(self, key: str) -> list[float]:
        """Give a list of finite numbers."""
        values = self.entries(key)
        if not all(isinstance(value, int | float) and math.isfinite(value) for value in values):
            raise self.error(key, "is not a list of finite numbers")
        return [float(value) for value in values]

    def array(self, key: str, shape: tuple[int, ...], least: float = -math.inf) -> FloatArray:
        """Give an array of a known shape, finite and nowhere below `least`."""
        try:
            array = np.array(self.state.get(key), dtype=np.float64)
        except (TypeError, ValueError, OverflowError) as error:
            raise self.error(key, "is not an array of numbers") from error
        if array.size == 0:
            array = array.reshape(shape) if math.prod(shape) == 0 else array
        if array.shape != shape:
            raise self.error(key, f"has shape {array.shape}, expected {shape}")
        if not np.isfinite(array).all() or (array < least).any():
            raise self.error(key, "holds a value out of range")
        return array
