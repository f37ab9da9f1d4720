"""What a scan is, whatever its files are called: digests of all that its results rest on."""

from collections.abc import Mapping
from pathlib import Path

from experiments.study.manifest import Scan
from harmonize.digest import digest_of, digest_of_file
from harmonize.formats.registry import files_of


def identify(scan: Scan, versions: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """Give the SHA-256 of every file of a scan by its name, and of all that its results rest on besides the strategy.

    Raises
    ------
    OSError
        For a file that cannot be read.
    """
    reference = () if scan.reference is None else (scan.reference,)
    paths = (scan.image, *(file for mask in scan.masks.values() for file in mask.files), *reference)
    files = {str(path): content_digest(path) for path in dict.fromkeys(paths)}
    masks = {roi: [*(files[str(file)] for file in mask.files), mask.chosen] for roi, mask in scan.masks.items()}
    grid = [files[str(path)] for path in reference]
    content = {"image": files[str(scan.image)], "masks": masks, "reference": grid, "versions": dict(versions)}
    return files, digest_of(content)


def content_digest(path: Path) -> str:
    """Give the digest of a file, or of all files of a DICOM series whatever they are called."""
    digests = [digest_of_file(file) for file in files_of(path)]
    return digests[0] if len(digests) == 1 else digest_of(sorted(digests))
