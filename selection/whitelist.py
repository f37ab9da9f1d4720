"""A whitelist: the features that pass, with everything another cohort needs to know before it uses them."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from harmonize.configuration import build
from harmonize.errors import ConfigurationError

SCHEMA = "radharmony.whitelist/1"
MAX_BYTES = 50_000_000

Features = Mapping[str, Mapping[str, tuple[str, ...]]]


@dataclass(frozen=True)
class Whitelist:
    """The robust features of one strategy, per sequence and ROI.

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
        Steps and extraction settings of the strategy, with all defaults.
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
        features: dict[str, dict[str, tuple[str, ...]]] = {}
        considered: dict[str, dict[str, int]] = {}
        for (sequence, roi), group in rows.groupby(["sequence", "roi"], sort=True, observed=True):
            features.setdefault(sequence, {})[roi] = tuple(sorted(group.loc[group["passes"], "feature"]))
            considered.setdefault(sequence, {})[roi] = len(group)
        return cls(strategy, features, considered, rule, **provenance)

    @property
    def everywhere(self) -> tuple[str, ...]:
        """The features that pass in every sequence and ROI."""
        lists = [set(names) for rois in self.features.values() for names in rois.values()]
        return tuple(sorted(set.intersection(*lists))) if lists else ()

    @property
    def size(self) -> int:
        """How many combinations of sequence, ROI and feature pass."""
        return sum(len(names) for rois in self.features.values() for names in rois.values())

    def to_json(self) -> str:
        """Give the whitelist as JSON, with a digest over its content."""
        content = {"schema": SCHEMA, **asdict(self), "everywhere": self.everywhere}
        return json.dumps({**content, "digest": _digest(content)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str, where: str = "whitelist") -> "Whitelist":
        """Read a whitelist, checking its schema and digest.

        Raises
        ------
        ConfigurationError
            If the text is not a whitelist of this schema, or was changed after it was written.
        """
        if len(text) > MAX_BYTES:
            raise ConfigurationError(f"{where}: {len(text)} characters, expected at most {MAX_BYTES}")
        try:
            content = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ConfigurationError(f"{where}: is not JSON: {error}") from error
        if not isinstance(content, dict) or content.get("schema") != SCHEMA:
            found = content.get("schema") if isinstance(content, dict) else type(content).__name__
            raise ConfigurationError(f"{where}: expected the schema '{SCHEMA}', found {found!r}")
        digest = content.pop("digest", None)
        if digest != _digest(content):
            raise ConfigurationError(f"{where}: was changed after it was written: its digest does not match")
        del content["schema"]
        content.pop("everywhere", None)
        return build(cls, content, where)

    @classmethod
    def read(cls, path: str | Path) -> "Whitelist":
        """Read a whitelist file."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(f"{path}: cannot be read: {error}") from error
        return cls.from_json(text, str(path))


def _digest(content: Mapping[str, Any]) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
