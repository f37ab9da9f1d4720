"""The errors that radharmony raises on purpose.

Three kinds matter to whoever runs a study. A `ConfigurationError` is a mistake in the study file, a table or an
option: nothing can be computed before it is mended (exit code 2). A `ScanError` concerns one scan or one ROI: it
becomes a row in the failure table and the others go on (exit code 3). An `OutsideError` ends a run that was in order,
as when a Dask scheduler dies: the same command goes on where it stopped (exit code 5).
"""


class RadharmonyError(Exception):
    """Base of every error that radharmony raises on purpose; its text says what, where and what to do."""


class ConfigurationError(RadharmonyError, ValueError):
    """A study file, a table or an option is wrong: nothing can be computed before it is mended."""


class ScanError(RadharmonyError, ValueError):
    """One scan or one ROI cannot be used; the others can.

    Parameters
    ----------
    problem : str
        What is wrong, with the value and what was expected.
    advice : str
        What to do next.

    Examples
    --------
    >>> error = ScanError("ROI 'liver' is empty", "draw it again or remove it from the study")
    >>> str(error)
    "ROI 'liver' is empty; draw it again or remove it from the study"
    >>> error.advice
    'draw it again or remove it from the study'
    """

    def __init__(self, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.problem = problem
        self.advice = advice

    def __reduce__(self) -> tuple[type["ScanError"], tuple[str, str]]:
        """Rebuild from both parts, so that the error survives the way back from a worker process."""
        return type(self), (self.problem, self.advice)


class OutsideError(RadharmonyError):
    """Something that the work needs is gone, through no fault of study or options; the same command goes on later."""


class GridError(ScanError):
    """An image and a mask, or two images, do not lie on the same grid."""


class NotOneVolumeError(ScanError):
    """A file can be read, but holds several volumes, or several values for a voxel."""


class ScanWarning(UserWarning):
    """A scan or ROI can be used, but its file holds something that whoever runs the study should know.

    Parameters
    ----------
    kind : str
        What it is, by a name that does not change: `lossy_compression`, `odd_spacing`, ...
    problem : str
        What was found, with the values.
    advice : str
        What to do about it.
    """

    def __init__(self, kind: str, problem: str, advice: str) -> None:
        super().__init__(f"{problem}; {advice}")
        self.kind = kind
        self.problem = problem
        self.advice = advice

    def __reduce__(self) -> tuple[type["ScanWarning"], tuple[str, str, str]]:
        """Rebuild from the parts, so that the warning survives the way back from a worker process."""
        return type(self), (self.kind, self.problem, self.advice)


class HarmonizationWarning(UserWarning):
    """Feature tables can be harmonized, but whoever uses the result should know something about it."""
