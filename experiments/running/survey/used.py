"""Which entries of a store a study would use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from experiments.running.shared_images import names_of_images
from experiments.running.store.finished import Store
from experiments.running.survey.survey import known_of, prepared
from experiments.study.perturbations import perturbed, told_apart
from experiments.study.study import Study

T = TypeVar("T")


def used_entries(study: Study, store: Store) -> dict[Path, tuple[str, ...]]:
    """Give the files of all entries that a run of a study would take over, with the strategies that each is of.

    Parameters
    ----------
    study : Study
        The files of every scan are read, for their digests.
    store : Store
        What earlier runs finished.

    Returns
    -------
    dict of Path to tuple of str
        Names of strategies as the study has them; none for registrations and observations of cohorts.
    """
    noted, names = _Noting(store.folder), names_of_images(study.strategies)
    scans, strategies = prepared(study, noted)
    for scan in scans:
        known = known_of(scan, perturbed(strategies, scan, study.perturbations), noted)
        if known is not None:
            found = [(name, noted.place(known.keys[name])) for name in known.finished]
            found += [(name, noted.place(known.failure_keys[name], failed=True)) for name in known.failed]
            noted.used.update({path: names[told_apart(name)[0]] for name, path in found})
    return noted.used


@dataclass(frozen=True)
class _Noting(Store):
    """A store that notes what it gives."""

    used: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    def get(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        found = super().get(kind, key, parse)
        if found is not None:
            self.used[self.place(key)] = ()
        return found

    def get_failure(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        found = super().get_failure(kind, key, parse)
        if found is not None:
            self.used[self.place(key, failed=True)] = ()
        return found
