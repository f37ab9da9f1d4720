"""Names in images.csv that differ only by capitals, signs or leading zeros: one thing spelt in two ways, mostly."""

from collections.abc import Iterator

from experiments.audit.findings import Finding, listed
from experiments.study.study import Study
from harmonize.inputs.levels import alike
from harmonize.words import plural


def audit_spelling(study: Study) -> Iterator[Finding]:
    """Find subjects, sequences and levels of factors that look like spellings of one name."""
    columns = {
        "subject": [scan.subject for scan in study.scans],
        "sequence": [scan.sequence for scan in study.scans],
        "segmentation": [scan.segmentation for scan in study.scans],
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
