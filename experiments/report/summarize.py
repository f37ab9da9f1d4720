"""Condense the files of a run into what the report says."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.folder.files import RUN
from experiments.report import wording
from experiments.report.contents.quantities import Table
from experiments.report.contents.summary import Summary
from experiments.report.files.run import RunFiles
from experiments.report.sections.cells import pack_cells
from experiments.report.sections.compared import compared as compare
from experiments.report.sections.damage import damage, rank_note, rank_tests
from experiments.report.sections.distributions import distribution_panels
from experiments.report.sections.failures import failure_groups, failure_table, statuses
from experiments.report.sections.findings import confident, findings
from experiments.report.sections.harmonization import harmonized_strategies
from experiments.report.sections.methods import extraction_settings
from experiments.report.sections.ranked import lead, ranked
from experiments.report.sections.robust import class_grid, members, overlap, passes, share_grids
from experiments.report.sections.rule import read_rule, rule_in_words
from experiments.report.sections.strategies import detail, further, statistic_columns, strategy_rows
from experiments.report.sections.study import audit_table, audit_text, completeness, sizes
from experiments.report.sections.whitelists import whitelist_cells, whitelisted


def summarize(files: RunFiles) -> Summary:
    """Condense the files of a run."""
    run = files.run
    robust = {name: members(whitelist) for name, whitelist in files.whitelists.items()}
    rows = files.reliability[files.reliability["strategy"].isin(list(robust))]
    candidates = rows[["strategy", "sequence", "roi", "feature"]].drop_duplicates()
    directions = dict(zip(files.summary["statistic"], files.summary["direction"], strict=True))
    rule = read_rule(run["rule"], f"{RUN}: rule")
    words = rule_in_words(rule, run["reference"])
    passed = passes(rows, rule)
    strategies = strategy_rows(files, robust, candidates)
    best = max((row for row in strategies if row.robust.total), key=lambda row: row.robust.value or 0.0)
    estimates = rule.combine == "all" and all(rule.column(name) == "estimate" for name in rule.limits)
    greater = {name: limit for name, limit in rule.limits.items() if estimates and not rule.below(name)}
    compared = tuple(name for name in run["conditions"] if name != run["reference"])
    comparison, reasons = compare(files, candidates["strategy"].value_counts().to_dict()), run["inference"]["reasons"]
    order = ranked(strategies, comparison)
    statistics = statistic_columns(files.summary)
    shown = tuple(name for name in statistics if not name.endswith("_paper") or name in rule.limits)
    return Summary(
        name=run["name"],
        description=str(run.get("description") or ""),
        facts=_facts(run, len(files.features)),
        version=str(run["versions"].get("radharmony", "")),
        findings=findings(
            strategies,
            words.what,
            words.where,
            confident(rows, best.name, robust[best.name], greater),
            _subjects(rows),
            comparison,
        ),
        reference=run["reference"],
        conditions=compared,
        all_conditions=tuple(run["conditions"]),
        n_rois=len(run["rois"]),
        rule=words.what,
        rule_where=words.where,
        rule_note=words.note,
        ranked=order,
        lead=lead(order, comparison),
        audit=audit_table(files.audit),
        audit_text=audit_text(files.audit),
        completeness=completeness(files.audit, run),
        sizes=sizes(files.scans, run),
        strategies=strategies,
        statistics=statistics,
        further=further(files.strategies),
        detail=detail(files.summary),
        compared=comparison,
        not_compared=str(reasons.get("comparison", "")),
        damage=damage(files),
        no_damage=str(reasons.get("effects", "")),
        tests=rank_tests(files.tests, compared),
        tests_note=rank_note(files.tests),
        robust=share_grids(passed, robust, candidates, run["sequences"], run["rois"], compared),
        by_class=class_grid(robust, candidates),
        distributions=distribution_panels(rows, files.summary, list(robust)),
        overlap=overlap(robust),
        whitelisted=whitelisted(robust, candidates),
        whitelists=tuple(
            (name, whitelist_cells(content, candidates, name)) for name, content in files.whitelists.items()
        ),
        failures=failure_table(files.failures),
        failure_groups=failure_groups(files.failures),
        n_failures=len(files.failures),
        statuses=statuses(rows),
        settings=extraction_settings(run),
        versions=Table(("Software", "Version"), tuple((str(k), str(v)) for k, v in run["versions"].items())),
        settings_digest=run["settings_digest"],
        data_digest=run["data_digest"],
        started=wording.moment(run["started"]),
        finished=wording.moment(run["finished"]),
        cells=pack_cells(rows, passed, robust, run, shown, directions),
        harmonized=harmonized_strategies(files),
    )


def _facts(run: Mapping[str, Any], n_features: int) -> tuple[tuple[str, str], ...]:
    factors = " × ".join(map(str, run["factors"]))
    return (
        ("Subjects", wording.number(len(run["subjects"]))),
        ("Sequences", f"{len(run['sequences'])}: {', '.join(run['sequences'])}"),
        ("Conditions", f"{len(run['conditions'])} ({factors}): {', '.join(run['conditions'])}"),
        ("Reference condition", run["reference"]),
        ("ROIs", f"{len(run['rois'])}: {', '.join(run['rois'])}"),
        ("Scans", wording.number(run["scans"])),
        ("Features", f"{wording.number(n_features)} for each scan and ROI"),
        ("Strategies", wording.number(len(run["strategies"]))),
        *(("Not compared", text) for text in _not_compared(run)),
        ("Computed", f"{wording.moment(run['finished'])}, in {wording.duration(run['seconds'])}"),
        ("Software", f"radharmony {run['versions'].get('radharmony', 'of unknown version')}"),
    )


def _not_compared(run: Mapping[str, Any]) -> list[str]:
    """Say which comparisons nothing is left of; runs of earlier versions do not say."""
    texts = []
    for one in run.get("not_compared", []):
        rois = "" if len(one["rois"]) == len(run["rois"]) else f" in {', '.join(one['rois'])}"
        texts.append(f"{one['sequence']}, {one['condition']}{rois}: {one['reason']}")
    return texts


def _subjects(reliability: pd.DataFrame) -> str:
    used = reliability.loc[reliability["estimate"].notna(), "n"]
    if used.empty:
        return "no subject"
    least, most = int(used.min()), int(used.max())
    return wording.plural(most, "subject") if least == most else f"{least} to {wording.plural(most, 'subject')}"
