"""An audit for people: findings, completeness, and a closing line, on wide and narrow terminals and in pipes."""

from collections.abc import Collection, Sequence

import numpy as np
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from experiments.audit.findings import LEVELS, Audit, Completeness, Finding, listed
from experiments.audit.signal import Signal
from experiments.cli.command import told
from experiments.cli.terminal import TableStyle, show_table
from harmonize.words import plural

WIDE = 110
"""Columns of a terminal from which findings are a table; below, and in pipes, they are a list."""
MOST_ALIKE = 8
"""Findings of one kind that are shown; what is beyond is counted."""
MOST_SUBJECTS = 30
"""Subjects that the matrix of completeness shows, complete ones included; beyond, only incomplete ones."""
REFUSED_BINS = ("too_few_bins", "too_many_bins")
"""Kinds of findings that concern some strategies alone."""
NOT_COMPARABLE = (
    "noise from the finest detail of the foreground, which interpolation, filters and denoising take away: "
    "compare no conditions whose reconstruction or matrix differs"
)
ALL = "`as_json`"
"""What gives all rows of all tables."""
STYLE: TableStyle = {"fold": True, "title_left": True}
COLORS = {"error": "bold red", "warning": "yellow", "note": "cyan"}


def show(audit: Audit, console: Console) -> None:
    """Print an audit."""
    shown, hidden = _shortened(audit.findings)
    if console.is_terminal and console.width >= WIDE:
        _table(_by_advice(shown), console)
    else:
        _list(_by_advice(shown), console)
    for kind, count in hidden.items():
        console.print(told(f"and {count} more of {kind}; `as_json` gives all"), soft_wrap=True)
    if audit.present:
        _show_completeness(audit.completeness, console)
    show_signals(audit.signals, console)
    counts = ", ".join(plural(audit.count(level), level) for level in LEVELS)
    usable = f"{audit.present} of {audit.expected} ROIs can be used{_refusing(audit.findings)}"
    usable += "".join(f"; of segmentation {name} {number}" for name, number in audit.others.items())
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


def _by_advice(findings: Sequence[Finding]) -> Collection[Sequence[Finding]]:
    """Put findings of one kind together that have the same advice."""
    groups: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.level, finding.kind, finding.advice), []).append(finding)
    return groups.values()


def _table(groups: Collection[Sequence[Finding]], console: Console) -> None:
    """Print a row each, the advice in the first row of those that share it."""
    if not groups:
        return
    table = Table()
    table.add_column("level", no_wrap=True)
    for title, ratio in (("where", 3), ("problem", 5), ("advice", 4)):
        table.add_column(title, ratio=ratio, overflow="fold")
    for group in groups:
        for finding in group:
            color, first, last = COLORS[finding.level], finding is group[0], finding is group[-1]
            texts = (finding.where, f"{finding.problem} ({finding.kind})", finding.advice if first else "")
            table.add_row(f"[{color}]{finding.level}[/]", *(escape(told(text)) for text in texts), end_section=last)
    console.print(table)


def _list(groups: Collection[Sequence[Finding]], console: Console) -> None:
    """Print place and problem of each, and below those that share it the advice."""
    for group in groups:
        for finding in group:
            level = f"[{COLORS[finding.level]}]{finding.level}[/]"
            console.print(f"{level} {finding.kind}: {escape(finding.where)}", soft_wrap=True)
            console.print(f"  {escape(finding.problem)}", soft_wrap=True)
        console.print(f"  -> {escape(told(group[0].advice))}", soft_wrap=True)


def _show_completeness(cells: Sequence[Completeness], console: Console) -> None:
    """Print for each sequence a matrix of subjects and conditions, or one line if nothing is missing."""
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
            console.print(f"\n{escape(sequence)}: complete ({size})", soft_wrap=True)
            continue
        rows = subjects if len(subjects) <= MOST_SUBJECTS else incomplete
        title = f"{escape(sequence)}: ROIs that can be used ({size})"
        columns = [escape(name) for name in ("subject", *conditions)]
        lines = [[escape(name), *(_cell(cell) for cell in row)] for name, row in rows.items()]
        console.print()
        show_table(console, columns, lines, title, **STYLE, noun="subject", all_in=ALL, whole=True)
        if len(rows) < len(subjects):
            text = f"{escape(sequence)}: the other {plural(len(subjects) - len(rows), 'subject')} complete"
            console.print(f"\n{text}", soft_wrap=True)


def _cell(cell: Completeness) -> str:
    text = f"{cell.rois}/{cell.of}"
    return text if cell.rois == cell.of else f"[yellow]{text}[/]"


def show_signals(signals: Sequence[Signal], console: Console) -> None:
    """Print for each sequence the median signal-to-noise ratio of every ROI under every condition."""
    for sequence in dict.fromkeys(signal.sequence for signal in signals):
        mine = [signal for signal in signals if signal.sequence == sequence and signal.signal_to_noise]
        if not mine:
            continue
        conditions = list(dict.fromkeys(signal.condition for signal in mine))
        title = f"{escape(sequence)}: signal-to-noise ratio, median of the scans"
        caption = NOT_COMPARABLE if len(conditions) > 1 else None
        columns = [escape(name) for name in ("ROI", *conditions)]
        rois = dict.fromkeys(roi for signal in mine for roi in signal.signal_to_noise)
        lines = [[escape(roi), *(_median(mine, roi, condition) for condition in conditions)] for roi in rois]
        console.print()
        show_table(console, columns, lines, title, **STYLE, noun="ROI", all_in=ALL, caption=caption, whole=True)


def _median(signals: Sequence[Signal], roi: str, condition: str) -> str:
    ratios = [
        signal.signal_to_noise[roi]
        for signal in signals
        if signal.condition == condition and roi in signal.signal_to_noise
    ]
    return f"{np.median(ratios):.3g}" if ratios else ""
