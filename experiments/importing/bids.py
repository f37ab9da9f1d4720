"""A BIDS dataset: the images of its raw part, with masks from its derivatives.

References
----------
Gorgolewski et al., The brain imaging data structure, Sci Data 2016, 3:160044; BIDS specification 1.10, file names and
derivatives (imaging: `mask`, `dseg`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from experiments.importing.found import Findings, Form, FoundScan, stated_levels
from harmonize.documents import read_text
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.headers import Protocol, read_protocol

ENDINGS = (".nii.gz", ".nii")
NOT_IMAGES = ("mask", "dseg", "probseg", "defacemask")
LONG = {"ses": "session", "acq": "acquisition", "rec": "reconstruction", "ce": "contrast_agent"}
"""Entities whose column has another name than the entity."""
OF_THE_MASK = ("space", "desc", "label", "res", "den", "seg", "atlas")
"""Entities of derivatives that say nothing about the image a mask belongs to."""
MOST_LABELS = 10_000_000
"""Bytes of a table of labels."""
DEFAULT_FACTORS = ("acquisition", "reconstruction")


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
    def parse(cls, path: Path) -> "Name | None":
        """Read the name of a NIfTI file; nothing if it is not a BIDS name.

        Examples
        --------
        >>> name = Name.parse(Path("sub-01_acq-fast_T2w.nii.gz"))
        >>> name.entities, name.suffix
        ({'sub': '01', 'acq': 'fast'}, 'T2w')
        """
        ending = next((ending for ending in ENDINGS if path.name.endswith(ending)), None)
        if ending is None:
            return None
        *pairs, suffix = path.name[: -len(ending)].split("_")
        entities = dict(pair.split("-", 1) for pair in pairs if "-" in pair)
        if len(entities) != len(pairs) or "sub" not in entities or not suffix or "-" in suffix:
            return None
        return cls(path, entities, suffix)


def is_bids(folder: Path) -> bool:
    """Say whether a folder is a BIDS dataset: it describes itself as one, or has images in `sub-*/**/anat`."""
    return (folder / "dataset_description.json").is_file() or any(folder.glob("sub-*/anat/*.nii*"))


def find_bids(folder: Path) -> Findings:
    """Find the anatomical images of a dataset and the masks that its derivatives hold of them."""
    images, skipped = [], []
    for path in sorted([*folder.glob("sub-*/anat/*"), *folder.glob("sub-*/ses-*/anat/*")]):
        name = Name.parse(path)
        if name is not None and name.suffix not in NOT_IMAGES:
            images.append(name)
        elif path.name.endswith(ENDINGS):
            skipped.append((path, "is a mask" if name else "its name is not a BIDS name"))
    candidates = [Name.parse(path) for path in sorted(folder.glob("derivatives/**/*.nii*"))]
    masks = [name for name in candidates if name is not None and name.suffix in ("mask", "dseg")]
    named = [_named(image) for image in images]
    factors = tuple(
        column
        for column in dict.fromkeys(column for levels in named for column in levels)
        if len({levels.get(column) for levels in named}) > 1
    )
    levels = [(own, dict.fromkeys(own, "name")) for own in named]
    if not factors:  # the names state no design; perhaps the sidecars do
        factors, levels = DEFAULT_FACTORS, [stated_levels(_protocol(image, skipped)) for image in images]
    rois, chosen, remarks = _masks(images, masks, folder)
    scans = tuple(
        FoundScan(
            person=f"sub-{image.entities['sub']}",
            subject=f"sub-{image.entities['sub']}",
            sequence=image.suffix,
            levels={column: level for column, level in own.items() if column in factors},
            image=image.path,
            series=image.path.name,
            masks=mine,
            evidence=evidence,
        )
        for image, (own, evidence), mine in zip(images, levels, chosen, strict=True)
    )
    return Findings(scans, factors, rois, tuple(skipped), tuple(remarks))


def _protocol(image: Name, skipped: list[tuple[Path, str]]) -> Protocol:
    try:
        return read_protocol(image.path)
    except ScanError as error:
        skipped.append((image.path, f"its sidecar was not used: {error.problem}"))
        return Protocol("", {})


def _named(image: Name) -> dict[str, str]:
    """Give the levels that a name states."""
    return {LONG.get(entity, entity): level for entity, level in image.entities.items() if entity != "sub"}


def _masks(images: list[Name], masks: list[Name], folder: Path) -> tuple[Form, list[dict[str, Path]], list[str]]:
    """Find the masks of each image: of every ROI the one whose name shares most with the image's."""
    remarks = []
    single = [mask for mask in masks if mask.suffix == "mask"]
    if not single:
        labels = _labels(masks, folder)
        if masks and not labels:
            remarks.append(
                "label maps (dseg) were found, but no table dseg.tsv with their labels; name the ROIs yourself"
            )
        chosen = [_columns({"mask": masks}, image, remarks) for image in images]
        return ({"labels": labels} if labels else {}), chosen, remarks
    if len(single) < len(masks):
        remarks.append(f"{len(masks) - len(single)} label maps (dseg) were left out: masks of single ROIs were found")
    rois: dict[str, list[Name]] = {}
    for mask in single:
        rois.setdefault(mask.entities.get("label") or mask.entities.get("desc") or "roi", []).append(mask)
    columns = {f"mask_{roi}": found for roi, found in rois.items()}
    return (
        {"files": {roi: f"mask_{roi}" for roi in rois}},
        [_columns(columns, image, remarks) for image in images],
        remarks,
    )


def _columns(columns: Mapping[str, list[Name]], image: Name, remarks: list[str]) -> dict[str, Path]:
    found = {}
    for column, masks in columns.items():
        fitting = [mask for mask in masks if _fits(mask, image)]
        most = max((len(_shared(mask)) for mask in fitting), default=0)
        best = [mask for mask in fitting if len(_shared(mask)) == most]
        if len(best) == 1:
            found[column] = best[0].path
        elif best:
            remarks.append(f"{len(best)} files could be {column} of {image.path.name}; name one of them")
    return found


def _fits(mask: Name, image: Name) -> bool:
    """Say whether a mask's name states nothing that the image's name does not."""
    space = mask.entities.get("space", "orig")
    same = all(image.entities.get(entity) == value for entity, value in _shared(mask).items())
    return same and space in ("orig", "individual", "scanner", image.suffix)


def _shared(mask: Name) -> dict[str, str]:
    return {entity: value for entity, value in mask.entities.items() if entity not in OF_THE_MASK}


def _labels(masks: Iterable[Name], folder: Path) -> dict[str, int]:
    """Read the names of labels from the table beside a label map, or from one of its dataset."""
    tables = [mask.path.with_name(mask.path.name.split(".nii")[0] + ".tsv") for mask in masks]
    for table in (*tables, *sorted(folder.glob("derivatives/*/*dseg.tsv")), *sorted(folder.glob("*dseg.tsv"))):
        if table.is_file():
            return _label_table(table)
    return {}


def _label_table(path: Path) -> dict[str, int]:
    lines = [line.split("\t") for line in read_text(path, MOST_LABELS).splitlines() if line.strip()]
    header = lines[0] if lines else []
    if not {"index", "name"} <= set(header):
        raise ConfigurationError(f"{path}: expected the columns 'index' and 'name', found {', '.join(header)}")
    index, name = header.index("index"), header.index("name")
    rows = [line for line in lines[1:] if len(line) == len(header) and _label(line[index])]
    return {line[name]: _label(line[index]) for line in rows}


def _label(text: str) -> int:
    """Give a label as a number, 0 for what is none; no image holds one of more digits."""
    return int(text) if text.isdecimal() and len(text) < 20 else 0
