"""A whitelist: the features that pass, with everything another cohort needs to know before it uses them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.tables import by_number
from harmonize.digest import digest_of, sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, suggest
from harmonize.inputs.documents import parse_json, read_text
from harmonize.inputs.paths import as_path
from harmonize.printed import Printed
from selection.contradictions import AGAIN, refuse_contradictions

SCHEMA = "radharmony.whitelist/1"
PERTURBATIONS = "perturbations"
"""Among the settings, where the conditions are perturbations of one: their chains, as in run.json. They say what robust
means in the list, and change no value of a scan."""

Features = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Names of features by sequence and ROI."""


@dataclass(frozen=True, repr=False)
class Whitelist(Printed):
    """The robust features of one strategy, per sequence and ROI.

    Made by `Thresholds.whitelist`.

    Parameters
    ----------
    strategy : str
        Name of the strategy in its study.
    features : mapping of sequence to mapping of ROI to tuple of str
        What passed, sorted.
    considered : mapping of sequence to mapping of ROI to int
        How many features were looked at.
    rule : mapping
        `thresholds` by statistic, and `definition` in words.
    scope : str
        What a feature had to pass in to stand here.
    settings : mapping
        Steps and extraction settings of the strategy, with all defaults; and `perturbations`, if these are what was
        compared.
    settings_digest, data_digest : str
        SHA-256 of the settings, and of the images and masks.
    versions : mapping of str to str
        Of the software that computed it.
    study : str
        Name of the study.
    reference : str
        The condition that the others were compared with.
    conditions : tuple of str
        All conditions.
    failing : mapping of sequence to mapping of ROI to tuple of str
        What was looked at and did not pass, sorted; so that another cohort can tell a feature that is not robust from
        one that was never measured.
    contrasts : mapping of condition to mapping of sequence to mapping of ROI to tuple of str
        What passes under each compared condition by itself, if the rule judges them one by one; `features` then holds
        what passes under all of them.
    learned : mapping
        For scans of others: `steps` and `harmonizer`, what these have learned, and `seen`, what the scans and features
        were like (`experiments.results.learned` makes it). No names of people.

    Examples
    --------
    >>> passing = pd.DataFrame({"strategy": "raw", "sequence": "T2", "roi": "liver",
    ...                         "feature": ["original_glcm_Id", "original_glcm_Idm"], "passes": [True, False]})
    >>> whitelist = Whitelist.from_passing(passing, "raw", rule={"thresholds": {"icc": 0.9}})
    >>> whitelist.everywhere
    ('original_glcm_Id',)
    >>> Whitelist.from_json(whitelist.to_json()) == whitelist
    True
    """

    strategy: str
    features: Mapping[str, Mapping[str, tuple[str, ...]]]
    considered: Mapping[str, Mapping[str, int]]
    rule: Mapping[str, Any]
    scope: str = "sequence and ROI"
    settings: Mapping[str, Any] = field(default_factory=dict)
    settings_digest: str = ""
    data_digest: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    study: str = ""
    reference: str = ""
    conditions: tuple[str, ...] = ()
    failing: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    contrasts: Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]] = field(default_factory=dict)
    learned: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_passing(
        cls, passing: pd.DataFrame, strategy: str, *, rule: Mapping[str, Any], **provenance: Any
    ) -> "Whitelist":
        """Make the whitelist of one strategy from what `Thresholds.passing` says.

        Raises
        ------
        ConfigurationError
            If the table holds nothing of this strategy.
        """
        rows = passing[passing["strategy"] == strategy]
        if rows.empty:
            raise ConfigurationError(f"no reliability was computed for strategy '{strategy}'")
        contrasts = {}
        if "condition" in rows.columns:
            contrasts = {
                str(name): _by_place(part[part["passes"]], part)
                for name, part in sorted(rows.groupby("condition"), key=lambda one: by_number(str(one[0])))
            }
            rows = rows.groupby(["sequence", "roi", "feature"], as_index=False, sort=False, observed=True)[
                "passes"
            ].all()
        features = _by_place(rows[rows["passes"]], rows)
        failing = _by_place(rows[~rows["passes"].astype(bool)], rows)
        considered = {
            sequence: {roi: len(names) + len(failing[sequence][roi]) for roi, names in rois.items()}
            for sequence, rois in features.items()
        }
        return cls(strategy, features, considered, rule, failing=failing, contrasts=contrasts, **provenance)

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give how many features pass, and of how many, by sequence and ROI."""
        rows = [
            {
                **({"sequence": sequence, "ROI": roi} if (sequence, roi) != ("all", "all") else {}),
                "pass": f"{len(self.features[sequence][roi])} of {self.considered[sequence][roi]}",
            }
            for sequence, roi in self.places
        ]
        return f"whitelist of {self.strategy}" + (f", study {self.study}" if self.study else ""), pd.DataFrame(rows)

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The features that pass in every sequence and ROI."""
        lists = [set(names) for rois in self.features.values() for names in rois.values()]
        return tuple(sorted(set.intersection(*lists))) if lists else ()

    @property
    def known(self) -> frozenset[str]:
        """Every feature that was looked at, in any sequence and ROI."""
        lists = [names for part in (self.features, self.failing) for rois in part.values() for names in rois.values()]
        return frozenset(name for names in lists for name in names)

    @property
    def size(self) -> int:
        """How many combinations of sequence, ROI and feature pass."""
        return sum(len(names) for rois in self.features.values() for names in rois.values())

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """Every combination of sequence and ROI that has a list."""
        return tuple((sequence, roi) for sequence, rois in self.features.items() for roi in rois)

    def within(self, sequence: str | None = None, roi: str | None = None) -> "Whitelist":
        """Give the whitelist of one sequence, one ROI, or one of both.

        Raises
        ------
        ConfigurationError
            If it has no list for them; the message names the nearest, or those it has.
        """
        wanted = [place for place in self.places if sequence in (None, place[0]) and roi in (None, place[1])]
        if not wanted:
            asked = " / ".join(name for name in (sequence, roi) if name is not None)
            known = {name for place in self.places for name in (*place, " / ".join(place))}
            raise ConfigurationError(f"the whitelist has no list for '{asked}'; {suggest(asked, known)}")

        def part(lists: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
            chosen: dict[str, dict[str, Any]] = {}
            for one, other in wanted:
                if other in lists.get(one, {}):
                    chosen.setdefault(one, {})[other] = lists[one][other]
            return chosen

        return replace(
            self,
            features=part(self.features),
            considered=part(self.considered),
            failing=part(self.failing),
            contrasts={condition: part(lists) for condition, lists in self.contrasts.items()},
        )

    def under(self, condition: str) -> "Whitelist":
        """Give the whitelist of one compared condition, if the rule judged them one by one.

        Raises
        ------
        ConfigurationError
            If there is no list of this condition.
        """
        if condition not in self.contrasts:
            raise ConfigurationError(
                f"the whitelist has no list of its own for the condition '{condition}'; "
                + suggest(condition, self.contrasts)
            )
        features = self.contrasts[condition]
        failing = {
            sequence: {
                roi: tuple(sorted({*self.features[sequence][roi], *self.failing[sequence][roi]} - set(names)))
                for roi, names in rois.items()
            }
            for sequence, rois in features.items()
        }
        considered = {
            sequence: {roi: self.considered[sequence][roi] for roi in rois} for sequence, rois in features.items()
        }
        return replace(
            self,
            features=features,
            considered=considered,
            failing=failing,
            contrasts={},
            conditions=(self.reference, condition),
        )

    @property
    def digest(self) -> str:
        """The SHA-256 over the content, as it stands in the file."""
        return digest_of(self._content())

    @property
    def learned_digest(self) -> str:
        """The SHA-256 of what steps and harmonizer have learned; empty where they have not, or it is not known."""
        return digest_of_learned(self.learned)

    def _content(self) -> dict[str, Any]:
        content = {"schema": SCHEMA, **asdict(self), "everywhere": self.everywhere}
        return content if self.learned else {name: value for name, value in content.items() if name != "learned"}

    def to_json(self) -> str:
        """Give the whitelist as JSON, with a digest over its content; what was learned, many numbers, in one line."""
        content = sealed(self._content())
        learned = content.pop("learned", None)
        text = json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False)
        if learned is not None:
            line = json.dumps(learned, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
            text = f'{text.removesuffix(chr(10) + "}")},\n  "learned": {line}\n}}'
        return text + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "whitelist") -> "Whitelist":
        """Read a whitelist, checking its schema and digest.

        Raises
        ------
        ConfigurationError
            If the text is not a whitelist of this schema, or was changed after it was written.
        """
        try:
            content = parse_json(text, where)
        except ConfigurationError as error:
            raise ConfigurationError(f"{error}; {AGAIN}") from error
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            found = content.get("schema") if isinstance(content, dict) else type(content).__name__
            raise ConfigurationError(f"{where}: expected the schema '{SCHEMA}', found {found!r}; {AGAIN}")
        content = unsealed(content, where, AGAIN)
        del content["schema"]
        content.pop("everywhere", None)
        whitelist = build(cls, content, where)
        refuse_contradictions(whitelist, where)
        return whitelist

    @classmethod
    def read(cls, path: str | Path) -> "Whitelist":
        """Read a whitelist file."""
        path = as_path(path, "whitelist")
        return cls.from_json(read_text(path), str(path))


def digest_of_learned(learned: Mapping[str, Any]) -> str:
    """Give the SHA-256 of what steps and harmonizer have learned; empty where nothing is.

    Examples
    --------
    >>> digest_of_learned({"seen": {"T2": 1}}), len(digest_of_learned({"steps": {"nyul": 1}}))
    ('', 64)
    """
    state = {name: learned[name] for name in ("steps", "harmonizer") if learned.get(name)}
    return digest_of(state) if state else ""


def _by_place(rows: pd.DataFrame, places: pd.DataFrame) -> dict[str, dict[str, tuple[str, ...]]]:
    """List the features of the rows by sequence and ROI, with an empty list where a place has none."""
    lists: dict[str, dict[str, tuple[str, ...]]] = {}
    for sequence, roi in sorted(set(places[["sequence", "roi"]].itertuples(index=False, name=None))):
        lists.setdefault(sequence, {})[roi] = ()
    for (sequence, roi), part in rows.groupby(["sequence", "roi"], sort=True, observed=True):
        lists[sequence][roi] = tuple(sorted(part["feature"]))
    return lists
