"""What an audit says: findings, how complete the study is, and both as plain values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from experiments.audit.signal import Signal
from experiments.study.manifest import Scan
from harmonize.words import some

Level = Literal["error", "warning", "note"]
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
"""From grave to harmless: an error makes results wrong or absent, a warning weakens them, a note is worth knowing."""


@dataclass(frozen=True)
class Finding:
    """One thing that whoever runs the study should know before it runs.

    Parameters
    ----------
    level : {"error", "warning", "note"}
        How grave it is.
    kind : str
        What it is, by a name that does not change: `empty_roi`, `grid_mismatch`, ...
    where : str
        The place, for people.
    problem, advice : str
        What was found, with the values; and what to do about it.
    subject, sequence, condition, roi, file : str
        The place, for programs; empty where the finding concerns several.
    """

    level: Level
    kind: str
    where: str
    problem: str
    advice: str
    subject: str = ""
    sequence: str = ""
    condition: str = ""
    roi: str = ""
    file: str = ""


@dataclass(frozen=True)
class Completeness:
    """How many ROIs of a subject, sequence and condition can be used, of how many."""

    subject: str
    sequence: str
    condition: str
    rois: int
    of: int


@dataclass(frozen=True)
class Audit:
    """What an audit found.

    Parameters
    ----------
    findings : tuple of Finding
        Errors first, then warnings, then notes.
    completeness : tuple of Completeness
        Every subject with every sequence and condition, whether or not there is a scan.
    signals : tuple of Signal
        Noise and signal-to-noise ratios of every scan whose intensities could be used.
    slice_axes : tuple of int
        The axes of the array (z, y, x) that slices are counted along, of all scans that tell.
    geometry : mapping
        By sequence the range of voxel edges, and the planes of slices (`experiments.study.geometry.geometry_of`).
    others : mapping of str to int
        By segmentation that is not compared, how many cells it has a usable ROI in.

    Examples
    --------
    >>> found = Audit((), (Completeness("S01", "T2", "REF+STD", 2, 3),))
    >>> found.expected, found.present, found.count("error")
    (3, 2, 0)
    """

    findings: tuple[Finding, ...]
    completeness: tuple[Completeness, ...]
    signals: tuple[Signal, ...] = ()
    slice_axes: tuple[int, ...] = ()
    geometry: Mapping[str, Any] = field(default_factory=dict)
    others: Mapping[str, int] = field(default_factory=dict)

    @property
    def expected(self) -> int:
        """Cells of subject, sequence, condition and ROI in a complete study."""
        return sum(cell.of for cell in self.completeness)

    @property
    def present(self) -> int:
        """Cells whose image and mask can be read, lie on one grid, and whose ROI is not empty."""
        return sum(cell.rois for cell in self.completeness)

    def plus(self, more: Sequence[Finding]) -> "Audit":
        """Give the audit with further findings, the gravest first."""
        findings = sorted((*more, *self.findings), key=lambda finding: LEVELS.index(finding.level))
        return replace(self, findings=tuple(findings))

    def count(self, level: Level) -> int:
        """Count the findings of a level."""
        return sum(finding.level == level for finding in self.findings)

    def to_mapping(self) -> dict[str, Any]:
        """Give everything as plain values, ready for JSON."""
        return {
            "errors": self.count("error"),
            "warnings": self.count("warning"),
            "notes": self.count("note"),
            "findings": [asdict(finding) for finding in self.findings],
            "cells": {"expected": self.expected, "present": self.present},
            **({"present_of_segmentations": dict(self.others)} if self.others else {}),
            "completeness": [asdict(cell) for cell in self.completeness],
            "signals": [asdict(signal) for signal in self.signals],
            "slice_axes": list(self.slice_axes),
            "geometry": dict(self.geometry),
        }


def at(
    level: Level, kind: str, scan: Scan, problem: str, advice: str, *, roi: str = "", file: Path | None = None
) -> Finding:
    """Make a finding about one scan, or one ROI or file of it."""
    drawn = f", segmentation {scan.segmentation}" if scan.segmentation else ""
    where = ", ".join(scan.key) + drawn + (f", ROI {roi}" if roi else "") + f" (images.csv, line {scan.line})"
    return Finding(level, kind, where, problem, advice, *scan.key, roi=roi, file=str(file) if file else "")


def listed(names: Sequence[str], most: int = 5) -> str:
    """Write names, each once, as a list that stays short.

    Examples
    --------
    >>> listed(["a", "b"]), listed([str(i) for i in range(9)], most=3)
    ('a, b', '0, 1, 2 and 6 more')
    """
    return some(dict.fromkeys(names), most)
