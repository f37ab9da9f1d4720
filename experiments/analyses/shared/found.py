"""What all results have in common that may be added to a run."""

from typing import Any, ClassVar

from experiments.folder.shown import Printed


class Addable(Printed):
    """What an analysis found and a run may take, by the registry's `adding` of that analysis."""

    analysis: ClassVar[str]
    """The name of the analysis."""

    given: Any
    """What it was computed from: the rows of a table under its `path`, and `settings`."""
