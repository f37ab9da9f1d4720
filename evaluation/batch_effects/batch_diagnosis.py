"""The diagnosis of one harmonized strategy: notes on the design, and pictures' numbers of the group most affected."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects.effect_sizes import Components, design_notes, effect_sizes, principal_components
from evaluation.batch_effects.values import HarmonizedValues
from harmonize.arrays import FloatArray
from harmonize.combat import ComBat, check_assumptions, named_notes
from harmonize.combat.batch_priors import BatchPrior
from harmonize.combat.grouped import Labels, split_groups
from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import as_json
from harmonize.inputs.frames import takes_frames


@dataclass(frozen=True)
class Density:
    """One feature before and after harmonization, row by row."""

    feature: str
    before: FloatArray
    after: FloatArray


@dataclass(frozen=True)
class BatchEffects:
    """What to look at before harmonized values are trusted.

    Parameters
    ----------
    notes : tuple of str
        Small batches, and what the design mixes with them.
    effects : DataFrame
        Effect sizes of every group and batch: the columns that make the groups, batch, ``values`` (raw or held-out),
        and the median and 90th percentile over features of the absolute ``location`` and of the ``scale`` (as the
        larger of ratio and inverse ratio).
    labels : tuple of str
        The group that the other parts are of: the one whose batches lie furthest apart.
    batches : tuple of str
        Batch of each of its rows.
    priors : tuple of BatchPrior
        Of its model, if that is a ComBat with empirical Bayes.
    components : Components or None
        Its rows on two principal components.
    density : Density
        The feature of it whose batches lie furthest apart.
    sizes : DataFrame
        Effect sizes of its features: batch, feature, ``raw`` and ``held_out`` location.
    """

    notes: tuple[str, ...]
    effects: pd.DataFrame
    labels: Labels
    batches: tuple[str, ...]
    priors: tuple[BatchPrior, ...]
    components: Components | None
    density: Density
    sizes: pd.DataFrame

    @property
    def from_mean(self) -> bool:
        """Whether batches were compared with the mean of all rows, for want of a reference."""
        return set(self.batches) == set(self.sizes["batch"])

    @property
    def drawn_sizes(self) -> pd.DataFrame:
        """`sizes` for a picture: of two batches compared with their mean only the first, as the other mirrors it."""
        labels = self.sizes["batch"].unique()
        return self.sizes[self.sizes["batch"] == labels[0]] if self.from_mean and len(labels) == 2 else self.sizes

    def to_mapping(self) -> dict[str, Any]:
        """Give plain values for JSON."""
        return {
            "notes": list(self.notes),
            "effects": self.effects.to_dict("list"),
            "labels": list(self.labels),
            "batches": list(self.batches),
            "priors": [as_json(vars(prior)) for prior in self.priors],
            "components": None if self.components is None else as_json(vars(self.components)),
            "density": as_json(vars(self.density)),
            "sizes": self.sizes.to_dict("list"),
        }

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], where: str) -> "BatchEffects":
        """Read what `to_mapping` gave.

        Raises
        ------
        ConfigurationError
            When a part is missing or of another kind.
        """
        try:
            components = values["components"]
            return cls(
                notes=tuple(map(str, values["notes"])),
                effects=pd.DataFrame(values["effects"]),
                labels=tuple(map(str, values["labels"])),
                batches=tuple(map(str, values["batches"])),
                priors=tuple(BatchPrior(**{k: _array(v) for k, v in prior.items()}) for prior in values["priors"]),
                components=None
                if components is None
                else Components(_array(components["before"]), _array(components["after"]), tuple(components["shares"])),
                density=Density(**{name: _array(value) for name, value in values["density"].items()}),
                sizes=pd.DataFrame(values["sizes"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{where}: is damaged; run the study again to write it") from error


@takes_frames
def harmonization_diagnostics(
    table: pd.DataFrame,
    values: HarmonizedValues,
    batch: str,
    *,
    reference: str | None = None,
    covariates: Sequence[str] = (),
    by: Sequence[str] = ("sequence", "roi"),
    subject: str = "subject",
) -> BatchEffects | None:
    """Diagnose what harmonization did to subjects that it had not seen.

    Parameters
    ----------
    table : DataFrame
        A feature table of one strategy, before harmonization.
    values : HarmonizedValues
        Its features.
    batch, by, subject
        As for `harmonize_values`.
    reference : str or None
        The batch that the others are compared with; see `batch_effects`.
    covariates : sequence of str
        Columns whose effect was kept.

    Returns
    -------
    BatchEffects or None
        None where no group could be harmonized.
    """
    rows: list[dict[str, Any]] = []
    found: dict[Labels, tuple[np.ndarray, pd.DataFrame]] = {}
    notes: list[tuple[Labels, str]] = []
    features = values.raw.columns.to_numpy(dtype=object)
    roles = table[list(dict.fromkeys([subject, batch, *covariates]))]
    of_rows = roles.groupby(list(roles.columns), sort=False, dropna=False).ngroup().to_numpy()
    designs: dict[bytes, tuple[str, ...]] = {}  # most groups have the same scans
    arrays = values.raw.to_numpy(dtype=np.float64), values.held_out.to_numpy(dtype=np.float64)
    for labels, positions in split_groups(table, by):
        if values.fitted is None or labels not in values.fitted.models:
            continue
        batches = table[batch].iloc[positions]
        design = of_rows[positions].tobytes()
        if design not in designs:
            scans = roles.iloc[positions].drop_duplicates([subject, batch])
            designs[design] = design_notes(scans, batch, covariates, subject)
        notes += [(labels, note) for note in designs[design]]
        fitted = values.fitted.models[labels]
        if type(fitted) is ComBat:
            columns = [table[fitted.role_columns], values.raw[fitted.features_]]
            whole = pd.concat([part.iloc[positions] for part in columns], axis=1)
            notes += [(labels, finding.text) for finding in check_assumptions(fitted, whole)]
        raw, held_out = (effect_sizes(part[positions], batches.to_numpy(), reference) for part in arrays)
        for kind, (names, _, location, scale) in (("raw", raw), ("held-out", held_out)):
            group = dict(zip(by, labels, strict=True))
            rows += [
                {**group, "batch": name, "values": kind, **_spread(*part)}
                for name, *part in zip(names, location, scale, strict=True)
                if part[0].size
            ]
        both = raw[1] & held_out[1]
        found[labels] = (
            positions,
            _side_by_side(raw[0], features[both], raw[2][:, both[raw[1]]], held_out[2][:, both[held_out[1]]]),
        )
    found = {labels: part for labels, part in found.items() if len(part[1])}
    if not found or values.fitted is None:
        return None
    worst = max(found, key=lambda labels: float(found[labels][1]["raw"].abs().median()))
    positions, sizes_of_worst = found[worst]
    feature = str(sizes_of_worst.loc[sizes_of_worst["raw"].abs().idxmax(), "feature"])
    before, after = values.raw.iloc[positions], values.held_out.iloc[positions]
    model = values.fitted.models[worst]
    return BatchEffects(
        notes=(*values.notes, *named_notes(notes)),
        effects=pd.DataFrame(rows),
        labels=worst,
        batches=tuple(map(str, table[batch].iloc[positions])),
        priors=model.priors(),
        components=principal_components(before, after),
        density=Density(feature, before[feature].to_numpy(), after[feature].to_numpy()),
        sizes=sizes_of_worst,
    )


def _side_by_side(
    batches: Sequence[Any], features: "np.ndarray[Any, Any]", raw: FloatArray, held_out: FloatArray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "batch": np.repeat(np.array(batches, dtype=object), len(features)),
            "feature": np.tile(features, len(batches)),
            "raw": raw.ravel(),
            "held_out": held_out.ravel(),
        }
    )


def _spread(location: FloatArray, scale: FloatArray) -> dict[str, float]:
    location, scale = np.abs(location), np.exp(np.abs(np.log(scale)))
    return {
        "location_median": float(np.median(location)),
        "location_p90": float(np.quantile(location, 0.9)),
        "scale_median": float(np.median(scale)),
        "scale_p90": float(np.quantile(scale, 0.9)),
        "features": len(location),
    }


def _array(value: Any) -> Any:
    return np.array(value, dtype=np.float64) if isinstance(value, list) else np.inf if value is None else value
