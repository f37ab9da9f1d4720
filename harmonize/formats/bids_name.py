"""Names of files as BIDS has them: entities and a suffix.

References
----------
Gorgolewski et al., The brain imaging data structure, Sci Data 2016, 3:160044; BIDS specification 1.10, file names and
the inheritance principle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

IMAGE_ENDINGS = (".nii.gz", ".nii")


@dataclass(frozen=True)
class Name:
    """A BIDS file name.

    Parameters
    ----------
    path : Path
        The file.
    entities : mapping of str to str
        Such as `sub`, `ses`, `acq`, in their order.
    suffix : str
        Such as `T2w` or `mask`.
    """

    path: Path
    entities: Mapping[str, str]
    suffix: str

    @classmethod
    def parse(cls, path: Path, endings: Sequence[str] = IMAGE_ENDINGS) -> "Name | None":
        """Read a name; nothing if it does not have one of the endings, or is not a BIDS name.

        Examples
        --------
        >>> name = Name.parse(Path("sub-01_acq-fast_T2w.nii.gz"))
        >>> name.entities, name.suffix
        ({'sub': '01', 'acq': 'fast'}, 'T2w')
        """
        ending = next((ending for ending in endings if path.name.endswith(ending)), None)
        if ending is None:
            return None
        *pairs, suffix = path.name[: -len(ending)].split("_")
        entities = dict(pair.split("-", 1) for pair in pairs if "-" in pair)
        if len(entities) != len(pairs) or not suffix or "-" in suffix:
            return None
        return cls(path, entities, suffix)

    def of_what(self, other: "Name") -> bool:
        """Say whether all that this name states is stated by another: then it holds for that file too."""
        return self.suffix == other.suffix and all(
            same(entity, value, other.entities.get(entity)) for entity, value in self.entities.items()
        )


def same(entity: str, one: str | None, other: str | None) -> bool:
    """Say whether two values of an entity are the same; those of an index are numbers, with or without zeros.

    Examples
    --------
    >>> same("run", "1", "01"), same("acq", "1", "01"), same("run", "1", None)
    (True, False, False)
    """
    return plain(entity, one) == plain(entity, other)


def plain(entity: str, value: str | None) -> str | None:
    """Give the value of an entity as it compares: an index without leading zeros.

    Examples
    --------
    >>> plain("echo", "002"), plain("acq", "002")
    ('2', '002')
    """
    if entity in INDICES and value is not None and value.isdecimal():
        return value.lstrip("0") or "0"
    return value


INDICES = ("run", "echo", "flip", "inv", "split", "chunk")
"""Entities whose values are indices, by the specification."""
