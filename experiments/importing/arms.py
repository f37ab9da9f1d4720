"""What descriptions, types of image and headers say of an arm: sequence with orientation, acquisition, reconstruction.

What is only concluded is marked with a question mark, which `radharmony check` refuses until somebody has confirmed it.

References
----------
Names of reconstructions by deep learning, as manufacturers write them into descriptions: Siemens Deep Resolve (Gain,
Sharp, Boost), GE AIR Recon DL, Philips SmartSpeed AI and its `CSAI`, Canon AiCE.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from experiments.importing.found import FoundFolder, FoundScan
from harmonize.image.slices import infer_slice_axis
from harmonize.image.volume import Grid
from harmonize.inputs.names import UNSURE

ACQUISITION, RECONSTRUCTION = FACTORS = ("acquisition", "reconstruction")
REFERENCE, ACCELERATED, STANDARD, DEEP = "REF", "ACC", "STD", "DLR"
ASKED = "is this right?"
"""How a remark begins that asks for what was only concluded."""
NOT = {"NO", "NON", "NOT", "WO", "WITHOUT", "OFF", "OHNE", "KEIN"}
"""Words before (or `OFF` after) a name of a reconstruction that say it was not used."""
DEEP_WORDS = re.compile(
    "DL|DLR|DLRECON|DRB|DRG|DRS|DEEPRESOLVE|DEEPRECON|AIRDL|ARDL|AIRRECONDL|AICE|CSAI[0-9.]*|SMARTSPEEDAI|DEEP|"
    "DEEPLEARNING"
)
STANDARD_WORDS = re.compile("STD|STANDARD|CONV|CONVENTIONAL|(?:NO|NON|WO)(?:DL|DLR)|CSAINO")
ACCELERATED_WORDS = re.compile("ACC|ACCEL|ACCELERATED|ULTRAFAST")
REFERENCE_WORDS = re.compile("REF|REFERENCE")
WEIGHTINGS = re.compile("(T1|T2|PD)(?:W|WI|WEIGHTED)?(FS)?|(FLAIR|STIR|DWI|ADC|SWI)")
FAT_SATURATED = re.compile("FS|FATSAT|FATSUP|SPAIR|SPIR|CHESS|FSAT")
TECHNIQUES = re.compile(
    "HASTE|SSFSE|SSTSE|TSE|FSE|FRFSE|BLADE|PROPELLER|MULTIVANE|VIBE|LAVA|THRIVE|SPACE|SPC|CUBE|VISTA|FFE|GRE|TRUFI|"
    "FIESTA|BTFE|DIXON|MPRAGE|MDIXON"
)
AXES = {"TRA": 2, "COR": 1, "SAG": 0}
"""Orientations by the patient axis that the slices are stacked along: left, posterior, superior."""
ORIENTED = {"TRA": "TRA|TRANSVERSAL|TRANS|AX|AXIAL", "COR": "COR|CORONAL", "SAG": "SAG|SAGITTAL"}
OBLIQUE = 0.8
"""Cosine to an axis of the patient (37 degrees) below which an orientation is not sure."""


@dataclass(frozen=True)
class _Said:
    """A level, what says so, and whether it was stated rather than concluded."""

    level: str
    by: str
    sure: bool = True

    @property
    def cell(self) -> str:
        return self.level + ("" if self.sure else UNSURE)


def words_of(text: str) -> list[str]:
    """Give the words of a description in capitals.

    Examples
    --------
    >>> words_of("t2_haste-fs TRA (DL)")
    ['T2', 'HASTE', 'FS', 'TRA', 'DL']
    """
    return [word for word in re.split(r"[^A-Z0-9.]+", text.upper()) if word]


def reconstruction_said(words: Sequence[str]) -> str:
    """Give what words say of the reconstruction: `DLR`, `STD`, both joined by a slash, or nothing.

    Examples
    --------
    >>> [reconstruction_said(words_of(text)) for text in ("t2_DLR", "t2 no DL", "t2 std", "t2 haste", "DL off")]
    ['DLR', 'STD', 'STD', '', 'STD']
    """
    said = []
    for place, word in enumerate(words):
        if STANDARD_WORDS.fullmatch(word):
            said.append(STANDARD)
        elif DEEP_WORDS.fullmatch(word):
            denied = (place and words[place - 1] in NOT) or words[place + 1 : place + 2] == ["OFF"]
            said.append(STANDARD if denied else DEEP)
    return "/".join(dict.fromkeys(said))


def with_arms(found: FoundFolder) -> FoundFolder:
    """Name sequence, acquisition and reconstruction of all scans, as the founding design calls them.

    Parameters
    ----------
    found : FoundFolder
        With what headers and names state.

    Returns
    -------
    FoundFolder
        Levels that are stated, by whatever name (`REF`, `ACC`, `STD`, `DLR`), and those that are only concluded, which
        end with a question mark; what nothing speaks of stays empty. The remarks say what is not sure and why.
    """
    sequences = [_sequence(scan) for scan in found.scans]
    named = [(scan.person, said.level) for scan, said in zip(found.scans, sequences, strict=True)]
    deep = [_reconstruction(scan) for scan in found.scans]
    with_deep = {key for key, said in zip(named, deep, strict=True) if said is not None and said.level == DEEP}
    factors = [_factor(scan) for scan in found.scans]
    scans, asked = [], []
    for scan, key, sequence, stated in zip(found.scans, named, sequences, deep, strict=True):
        mates = {factor for factor, other in zip(factors, named, strict=True) if other == key and factor is not None}
        if stated is None and key in with_deep:
            why = f"nothing names its reconstruction, and another {key[1]} of this person is {DEEP}"
            stated = _Said(STANDARD, why, sure=False)
        said = {"sequence": sequence, ACQUISITION: _acquisition(scan, mates), RECONSTRUCTION: stated}
        asked += [(f"{name} {one.cell}", one.by, scan) for name, one in said.items() if one and not one.sure]
        scans.append(_named(scan, said))
    return replace(found, scans=tuple(scans), remarks=(*found.remarks, *_questions(asked), *_twice(scans)))


def _named(scan: FoundScan, said: dict[str, _Said | None]) -> FoundScan:
    known = {name: one for name, one in said.items() if one}
    levels, evidence = (
        {name: text for name, text in own.items() if name not in FACTORS} for own in (scan.levels, scan.evidence)
    )
    levels |= {name: known[name].cell for name in FACTORS if name in known}
    evidence |= {name: one.by for name, one in known.items()}
    return replace(scan, levels=levels, evidence=evidence, sequence=known["sequence"].cell)


def _texts(scan: FoundScan) -> list[str]:
    """Give the words of the description and of the type of image."""
    return [*words_of(scan.series), *(word for text in scan.types for word in words_of(text))]


def _reconstruction(scan: FoundScan) -> _Said | None:
    own = scan.levels.get(RECONSTRUCTION, "")
    by_words = reconstruction_said(_texts(scan))
    if own:
        agree = by_words in ("", own)
        by = scan.evidence.get(RECONSTRUCTION, "") + ("" if agree else f", but its description says {by_words}")
        return _Said(own, by, sure=agree)
    if "/" in by_words:
        return _Said(DEEP, f"description or type of image say both {STANDARD} and {DEEP}", sure=False)
    return _Said(by_words, "description or type of image") if by_words else None


def _factor(scan: FoundScan) -> float | None:
    """Give how many times the acquisition was accelerated in all, as far as the header states it."""
    names = ("compressed_sensing_factor", "parallel_factor_in_plane", "parallel_factor_through_plane")
    found = [value for name in names if isinstance(value := scan.protocol.values.get(name), float)]
    return float(np.prod(found)) if found else None


def _acquisition(scan: FoundScan, mates: set[float]) -> _Said | None:
    words = words_of(scan.series)
    said = {
        level
        for level, pattern in ((REFERENCE, REFERENCE_WORDS), (ACCELERATED, ACCELERATED_WORDS))
        if any(pattern.fullmatch(word) for word in words)
    }
    if len(said) == 1:
        return _Said(said.pop(), "description")
    own, factor = scan.levels.get(ACQUISITION, ""), _factor(scan)
    if factor is None:
        return _Said(own, scan.evidence.get(ACQUISITION, "")) if own else None
    others = ", ".join(f"{mate:g}" for mate in sorted(mates))
    if len(mates) == 2:
        level = REFERENCE if factor == min(mates) else ACCELERATED
        return _Said(level, f"accelerated by {factor:g}, of {others} that this person has", sure=False)
    return None


def _sequence(scan: FoundScan) -> _Said:
    """Name weighting, fat saturation, technique and orientation, as far as they are known; else what it was called."""
    words = words_of(scan.series)
    weighting = next((match for word in words if (match := WEIGHTINGS.fullmatch(word))), None)
    orientation, straight = _orientation(scan.grid)
    by_word = [name for name, own in ORIENTED.items() if any(re.fullmatch(own, word) for word in words)]
    doubts = []
    if not orientation:
        orientation = by_word[0] if len(by_word) == 1 else ""
        doubts += [] if orientation else ["nothing tells its orientation"]
    elif not straight and by_word != [orientation]:
        doubts.append("its slices are oblique")
    elif by_word and by_word != [orientation]:
        doubts.append(f"it is called {' and '.join(by_word)}, and its slices are {orientation}")
    if weighting is None:
        doubts.append("its description does not name T1, T2 or PD")
        name = "_".join(words_of(scan.sequence)) or "SEQUENCE"
    else:
        saturated = weighting[2] or any(FAT_SATURATED.fullmatch(word) for word in words)
        name = (weighting[1] or weighting[3]) + ("FS" if saturated else "")
        name = "_".join([name, *dict.fromkeys(word for word in words if TECHNIQUES.fullmatch(word))])
    return _Said("_".join(filter(None, (name, orientation))), "; ".join(doubts) or "description, place", not doubts)


def _orientation(grid: Grid | None) -> tuple[str, bool]:
    """Say along which axis of the patient the slices are stacked, and whether that is beyond doubt."""
    axis = None if grid is None else infer_slice_axis(grid)
    if grid is None or axis is None:
        return "", False
    normal = np.abs(np.array(grid.direction).reshape(3, 3)[:, 2 - axis])
    nearest = int(np.argmax(normal))
    return next(name for name, place in AXES.items() if place == nearest), bool(normal[nearest] >= OBLIQUE)


def _questions(asked: Iterable[tuple[str, str, FoundScan]]) -> list[str]:
    """Ask once for each level and reason."""
    groups: dict[tuple[str, str], list[FoundScan]] = {}
    for what, why, scan in asked:
        groups.setdefault((what, why), []).append(scan)
    return [
        f"{ASKED} {what}: {why} ({scans[0].series}{f' and {len(scans) - 1} more' if len(scans) > 1 else ''}); "
        "remove the question mark, or write what it is"
        for (what, why), scans in groups.items()
    ]


def _twice(scans: Iterable[FoundScan]) -> list[str]:
    """Name the scans that would fill one cell of the study."""
    cells: dict[tuple[object, ...], list[FoundScan]] = {}
    for scan in scans:
        if all(scan.levels.get(name) for name in FACTORS):
            cells.setdefault((scan.person, scan.sequence, *sorted(scan.levels.items())), []).append(scan)
    return [
        f"{len(same)} scans of one person are {same[0].sequence}, "
        f"{'+'.join(same[0].levels[name] for name in FACTORS)}: {', '.join(scan.series for scan in same)}; keep one, "
        "or give them different names"
        for same in cells.values()
        if len(same) > 1
    ]
