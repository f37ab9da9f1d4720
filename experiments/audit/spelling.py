"""Names in images.csv that differ only by capitals, signs or leading zeros: one thing spelt in two ways, mostly."""

import re
from collections.abc import Iterable, Iterator

from experiments.audit.findings import Finding, listed, plural
from experiments.study.study import Study


def audit_spelling(study: Study) -> Iterator[Finding]:
    """Find subjects, sequences and levels of factors that look like spellings of one name."""
    columns = {
        "subject": [scan.subject for scan in study.scans],
        "sequence": [scan.sequence for scan in study.scans],
        **{factor: [scan.levels[factor] for scan in study.scans] for factor in study.factors},
    }
    for column, names in columns.items():
        for spellings in alike(names):
            counts = [f"'{name}' ({plural(names.count(name), 'row')})" for name in spellings]
            yield Finding(
                *("warning", "spelling", f"images.csv, column {column}"),
                f"{listed(counts)} count as different, but look like one name",
                "write the name the same way in every row, or leave it if they do differ",
            )


def alike(names: Iterable[str]) -> list[list[str]]:
    """Group different names that are equal but for capitals, spaces, `-`, `_` and leading zeros of numbers.

    Examples
    --------
    >>> alike(["HASTE", "Haste", "T2-FS", "T2 FS", "S01", "S1", "S10", "HASTE"])
    [['HASTE', 'Haste'], ['T2-FS', 'T2 FS'], ['S01', 'S1']]
    """
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        bare = re.sub(r"[\s_-]+", "", name).casefold()
        groups.setdefault(re.sub(r"0+(?=\d)", _zeros, bare), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _zeros(found: re.Match[str]) -> str:
    """Keep zeros that follow a digit: they are part of a number."""
    before = found.string[: found.start()]
    return found.group() if before[-1:].isdigit() else ""
