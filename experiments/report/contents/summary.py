"""What the report says, as plain frozen data: no table, no picture, no markup."""

from dataclasses import dataclass

from evaluation.batch_effects import BatchEffects
from experiments.report.contents.panels import Cells, Damage, DistributionPanel, Overlap, ShareGrid
from experiments.report.contents.quantities import Share, Table
from experiments.report.contents.strategies import Compared, RankedStrategy, StrategyRow


@dataclass(frozen=True)
class CompletenessTable:
    """How many ROIs are there, by subject and condition, in one sequence."""

    sequence: str
    rows: tuple[tuple[str, tuple[int, ...]], ...]
    complete: int
    left_out: int


@dataclass(frozen=True)
class WhitelistRow:
    """In how many sequences x ROIs a feature is robust, by strategy."""

    feature: str
    feature_class: str
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class WhitelistCell:
    """The robust features of one sequence and ROI."""

    sequence: str
    roi: str
    share: Share
    features: tuple[str, ...]


@dataclass(frozen=True)
class HarmonizedStrategy:
    """What the harmonizer of a strategy did.

    Attributes
    ----------
    method : str
        Method, batch, reference.
    measures : Table
        Raw, held-out and in-sample values of each measure, and what they are by chance.
    optimism : str
        What of it is real, in a sentence or two.
    notes : tuple of str
        Small batches and confounding.
    effects : Table or None
        Effect sizes by group and batch.
    diagnosis : BatchEffects or None
        For the pictures.
    """

    name: str
    method: str
    measures: Table
    optimism: str
    notes: tuple[str, ...]
    effects: Table | None
    diagnosis: BatchEffects | None


@dataclass(frozen=True)
class Summary:
    """Everything that the report says."""

    name: str
    description: str
    facts: tuple[tuple[str, str], ...]
    version: str
    findings: tuple[str, ...]
    reference: str
    conditions: tuple[str, ...]
    all_conditions: tuple[str, ...]
    n_rois: int
    rule: str
    rule_where: str
    rule_note: str
    ranked: tuple[RankedStrategy, ...]
    lead: str
    audit: Table
    audit_text: str
    completeness: tuple[CompletenessTable, ...]
    sizes: Table
    strategies: tuple[StrategyRow, ...]
    statistics: tuple[str, ...]
    further: Table
    detail: Table
    compared: Compared | None
    not_compared: str
    damage: Damage | None
    no_damage: str
    tests: Table
    tests_note: str
    robust: tuple[ShareGrid, ...]
    by_class: ShareGrid
    distributions: tuple[DistributionPanel, ...]
    overlap: Overlap | None
    whitelisted: tuple[WhitelistRow, ...]
    whitelists: tuple[tuple[str, tuple[WhitelistCell, ...]], ...]
    failures: Table
    failure_groups: Table
    n_failures: int
    statuses: Table
    settings: tuple[tuple[str, Table], ...]
    versions: Table
    settings_digest: str
    data_digest: str
    started: str
    finished: str
    cells: Cells
    harmonized: tuple[HarmonizedStrategy, ...] = ()
