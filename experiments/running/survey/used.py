"""Which entries of a store a study would use."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from experiments.running.store.finished import Store
from experiments.running.survey.survey import survey
from experiments.study.study import Study

T = TypeVar("T")


def used_entries(study: Study, store: Store) -> set[Path]:
    """Give the files of all entries that a run of a study would take over.

    Parameters
    ----------
    study : Study
        Every file of it is read once, for its digest.
    store : Store
        What earlier runs finished.
    """
    noted = _Noting(store.folder)
    survey(study, noted)
    return noted.used


@dataclass(frozen=True)
class _Noting(Store):
    """A store that notes what it gives."""

    used: set[Path] = field(default_factory=set)

    def get(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        found = super().get(kind, key, parse)
        if found is not None:
            self.used.add(self.place(key))
        return found

    def get_failure(self, kind: str, key: str, parse: Callable[[Any], T]) -> T | None:
        found = super().get_failure(kind, key, parse)
        if found is not None:
            self.used.add(self.place(key, failed=True))
        return found
