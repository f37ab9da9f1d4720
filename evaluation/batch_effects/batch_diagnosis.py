"""The diagnosis of one harmonized strategy: notes on the design, and pictures' numbers of the group most affected."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evaluation.batch_effects.effect_sizes import Components, batch_effects, design_notes, principal_components
from evaluation.batch_effects.values import HarmonizedValues
from harmonize.arrays import FloatArray
from harmonize.combat import ComBat, named_notes
from harmonize.combat.batch_priors import BatchPrior, batch_priors
from harmonize.combat.grouped import Labels, split_groups
from harmonize.errors import ConfigurationError
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
            "priors": [{name: _plain(value) for name, value in vars(prior).items()} for prior in self.priors],
            "components": None
            if self.components is None
            else {name: _plain(value) for name, value in vars(self.components).items()},
            "density": {name: _plain(value) for name, value in vars(self.density).items()},
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
            raise ConfigurationError(f"{where}: is damaged ({error}); run the study again to write it") from error


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
    for labels, positions in split_groups(table, by):
        if values.fitted is None or labels not in values.fitted.models:
            continue
        batches = table[batch].iloc[positions]
        scans = table.iloc[positions].drop_duplicates([subject, batch])
        notes += [(labels, note) for note in design_notes(scans, batch, covariates, subject)]
        sizes = {
            kind: batch_effects(part.iloc[positions], batches, reference)
            for kind, part in (("raw", values.raw), ("held-out", values.held_out))
        }
        for kind, size in sizes.items():
            for name, part in size.groupby("batch", sort=False):
                group = dict(zip(by, labels, strict=True))
                rows.append({**group, "batch": name, "values": kind, **_spread(part)})
        both = sizes["raw"].merge(sizes["held-out"], on=["batch", "feature"], suffixes=("_raw", "_held"))
        found[labels] = (
            positions,
            both.rename(columns={"location_raw": "raw", "location_held": "held_out"})[
                ["batch", "feature", "raw", "held_out"]
            ],
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
        priors=batch_priors(model) if isinstance(model, ComBat) else (),
        components=principal_components(before, after),
        density=Density(feature, before[feature].to_numpy(), after[feature].to_numpy()),
        sizes=sizes_of_worst,
    )


def _spread(part: pd.DataFrame) -> dict[str, float]:
    location, scale = part["location"].abs(), np.exp(np.log(part["scale"]).abs())
    return {
        "location_median": float(location.median()),
        "location_p90": float(location.quantile(0.9)),
        "scale_median": float(scale.median()),
        "scale_p90": float(scale.quantile(0.9)),
        "features": len(part),
    }


def _plain(value: Any) -> Any:
    """Give numbers as JSON has them; what is not finite as nothing."""
    if isinstance(value, np.ndarray):
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _array(value: Any) -> Any:
    return np.array(value, dtype=np.float64) if isinstance(value, list) else np.inf if value is None else value
