"""An audit for people: findings, completeness, and a closing line, on wide and narrow terminals and in pipes."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.audit.findings import LEVELS, Audit, Completeness, Finding, listed
from experiments.audit.signal import signal_tables
from harmonize.words import plural

WIDE = 110
"""Columns of a terminal from which findings are a table; below, and in pipes, they are a list."""
MOST_ALIKE = 8
"""Findings of one kind that are shown; what is beyond is counted."""
MOST_SUBJECTS = 30
"""Subjects that the matrix of completeness shows, complete ones included; beyond, only incomplete ones."""
REFUSED_BINS = ("too_few_bins", "too_many_bins")
"""Kinds of findings that concern some strategies alone."""
COLORS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(audit: Audit, console: Console) -> None:
    """Print an audit."""
    shown, hidden = _shortened(audit.findings)
    if console.is_terminal and console.width >= WIDE:
        _table(shown, console)
    else:
        _list(shown, console)
    for kind, count in hidden.items():
        console.print(f"and {count} more of {kind}; --json gives all", soft_wrap=True)
    for lines in _completeness(audit.completeness):
        console.print()
        console.print(lines, soft_wrap=not console.is_terminal, crop=console.is_terminal)
    for table in signal_tables(audit.signals):
        console.print()
        console.print(table, soft_wrap=not console.is_terminal, crop=console.is_terminal)
    counts = ", ".join(plural(audit.count(level), level) for level in LEVELS)
    usable = f"{audit.present} of {audit.expected} ROIs can be used{_refusing(audit.findings)}"
    console.print(f"\n{counts}; {escape(usable)}", soft_wrap=True)


def _refusing(findings: Sequence[Finding]) -> str:
    """Name the strategies that will refuse ROIs which can be used otherwise."""
    where = [one.where for one in findings if one.level == "error" and one.kind in REFUSED_BINS]
    return f", but not all of them by {listed(where)}" if where else ""


def _shortened(findings: Sequence[Finding]) -> tuple[list[Finding], dict[str, int]]:
    """Give the first findings of each kind, and how many more there are."""
    counts: dict[str, int] = {}
    shown = []
    for finding in findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        if counts[finding.kind] <= MOST_ALIKE:
            shown.append(finding)
    return shown, {kind: count - MOST_ALIKE for kind, count in counts.items() if count > MOST_ALIKE}


def _table(findings: Sequence[Finding], console: Console) -> None:
    if not findings:
        return
    table = Table(show_lines=True)
    table.add_column("level", no_wrap=True)
    for title, ratio in (("where", 3), ("problem", 5), ("advice", 4)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for finding in findings:
        color = COLORS[finding.level]
        texts = (finding.where, f"{finding.problem} ({finding.kind})", finding.advice)
        table.add_row(f"[{color}]{finding.level}[/]", *map(escape, texts))
    console.print(table)


def _list(findings: Sequence[Finding], console: Console) -> None:
    for finding in findings:
        level = f"[{COLORS[finding.level]}]{finding.level}[/]"
        console.print(f"{level} {finding.kind}: {escape(finding.where)}", soft_wrap=True)
        console.print(f"  {escape(finding.problem)}", soft_wrap=True)
        console.print(f"  -> {escape(finding.advice)}", soft_wrap=True)


def _completeness(cells: Sequence[Completeness]) -> Iterator[Table | str]:
    """Give for each sequence a matrix of subjects and conditions, or one line if nothing is missing."""
    for sequence in dict.fromkeys(cell.sequence for cell in cells):
        mine = [cell for cell in cells if cell.sequence == sequence]
        subjects: dict[str, list[Completeness]] = {}
        for cell in mine:
            subjects.setdefault(cell.subject, []).append(cell)
        conditions = list(dict.fromkeys(cell.condition for cell in mine))
        incomplete = {name: row for name, row in subjects.items() if any(cell.rois < cell.of for cell in row)}
        size = (
            f"{plural(len(subjects), 'subject')}, {plural(len(conditions), 'condition')}, {plural(mine[0].of, 'ROI')}"
        )
        if not incomplete:
            yield f"{escape(sequence)}: complete ({size})"
            continue
        rows = subjects if len(subjects) <= MOST_SUBJECTS else incomplete
        table = Table(title=f"{escape(sequence)}: ROIs that can be used ({size})", title_justify="left")
        for title in ("subject", *conditions):
            table.add_column(escape(title), overflow="fold", justify="left" if title == "subject" else "right")
        for name, row in rows.items():
            table.add_row(escape(name), *(_cell(cell) for cell in row))
        yield table
        if len(rows) < len(subjects):
            yield f"{escape(sequence)}: the other {plural(len(subjects) - len(rows), 'subject')} complete"


def _cell(cell: Completeness) -> str:
    text = f"{cell.rois}/{cell.of}"
    return text if cell.rois == cell.of else f"[yellow]{text}[/]"
