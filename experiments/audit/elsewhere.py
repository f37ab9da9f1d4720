"""What is wrong or odd with what other programs made of scans."""

from collections.abc import Iterator, Sequence

import numpy as np

from experiments.audit.faults import at_file, missing_image, wrong_intensities
from experiments.audit.findings import Finding, at
from experiments.folder.failures import explain
from experiments.study.manifest import Scan
from experiments.study.plan import Stage, StepFailure, Steps
from experiments.study.strategy import Strategy
from harmonize.errors import GridError, ScanError
from harmonize.image.volume import Volume
from harmonize.steps import ProcessedElsewhere


class ElsewhereAuditor:
    """Looks at each image of a scan that strategies take in its place.

    Parameters
    ----------
    scan : Scan
        Which.
    strategies : sequence of Strategy
        Of the study.
    """

    def __init__(self, scan: Scan, strategies: Sequence[Strategy]) -> None:
        self.places: dict[Steps, None] = dict.fromkeys(
            one.steps[:1] for one in strategies if one.steps and isinstance(one.steps[0], ProcessedElsewhere)
        )
        self.findings: list[Finding] = []
        self._scan = scan
        self._read: Volume | None = None

    def read(self, volume: Volume) -> None:
        """Be shown the scan itself, which comes first."""
        self._read = volume

    def see(self, stage: Stage) -> None:
        """Note what is wrong with an image."""
        (step,) = stage.steps
        if isinstance(step, ProcessedElsewhere):
            self.findings += self._of(step.column, stage.volume)

    def _of(self, column: str, volume: Volume | StepFailure) -> Iterator[Finding]:
        scan, path = self._scan, self._scan.elsewhere.get(column)
        if path is None or not path.exists():
            yield missing_image(scan, path, f"the image in '{column}'")
        elif isinstance(volume, StepFailure):
            error = volume.error if isinstance(volume.error, ScanError) else ScanError(*explain(volume.error))
            yield at_file("grid_mismatch" if isinstance(error, GridError) else "unreadable_image", scan, error, path)
        else:
            yield from wrong_intensities(scan, volume.image, path)
            if self._read is not None and np.array_equal(volume.image, self._read.image):
                yield at(
                    *("warning", "processed_unchanged", scan),
                    f"{path.name} in '{column}' holds the very voxels of the scan itself",
                    "look whether the column names the right files, and whether the program did anything",
                    file=path,
                )
