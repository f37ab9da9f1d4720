"""A run under way: what was asked, and what its stages have made so far."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from evaluation.tables import RELIABILITY_COLUMNS
from experiments.executors import Executor
from experiments.folder.failures import Failure
from experiments.folder.run_folder import RunFolder
from experiments.progress import Progress
from experiments.running.between import Between
from experiments.running.scan_task import ScanResult
from experiments.running.store.finished import Store
from experiments.study.strategy import Strategy
from experiments.study.study import Study
from selection.whitelist import Whitelist

if TYPE_CHECKING:
    from evaluation.comparison import Learned


@dataclass
class Work:
    """A run under way.

    Parameters
    ----------
    asked : Study
        What is to be run.
    run : RunFolder
        For the results.
    store : Store
        What earlier runs finished.
    executor : Executor
        Where scans are computed.
    progress : callable
        Called as `progress(what, done, total)`.
    intermediates : sequence of str
        Subjects whose scans are left after every step.

    Attributes
    ----------
    between : Between or None
        What passes hand over to later ones.
    sidecars : mapping or None
        Digests of the JSON files beside images, taken before anything was looked at.
    study : Study
        What was asked; after `register` with the ROIs that were carried.
    features, others : DataFrame
        What was extracted; after `pair` that of the segmentation that is compared, and of the others.
    of_facets : DataFrame
        Coefficients of facets as a reliability table; empty without facets.
    judged : Study
        What was asked; after `pair` with a rule that asks for conditions that can be compared.
    """

    asked: Study
    run: RunFolder
    store: Store
    executor: Executor
    progress: Progress
    intermediates: Sequence[str]
    between: Between | None = None
    sidecars: Mapping[str, str] | None = None
    study: Study = field(init=False)
    judged: Study = field(init=False)
    bound: Mapping[str, Sequence[Strategy]] = field(default_factory=dict)
    results: list[ScanResult] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    failures: pd.DataFrame = field(default_factory=pd.DataFrame)
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    others: pd.DataFrame = field(default_factory=pd.DataFrame)
    learned: Mapping[str, "Learned"] = field(default_factory=dict)
    of_facets: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RELIABILITY_COLUMNS)))
    reliability: pd.DataFrame = field(default_factory=pd.DataFrame)
    summary: pd.DataFrame = field(default_factory=pd.DataFrame)
    data_digest: str = ""
    whitelists: dict[str, Whitelist] = field(default_factory=dict)
    strategies: pd.DataFrame = field(default_factory=pd.DataFrame)
    audit: dict[str, Any] | None = None
    record: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.study = self.judged = self.asked

    def told(self, what: str) -> Callable[[int, int], None]:
        """Give a progress function of one stage."""
        return lambda done, total: self.progress(what, done, total)
