"""The pictures of the report, one kind a file, and what is said beside each of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from evaluation.batch_effects import BatchEffects
from experiments.folder.writing import write_text
from experiments.report import wording
from experiments.report.contents.panels import DamagePanel, DistributionPanel, Overlap, ShareGrid
from experiments.report.contents.quantities import Table
from experiments.report.contents.summary import Summary
from experiments.report.figures.distribution import distribution
from experiments.report.figures.harmonization import before_after_picture, effects_picture, priors_picture
from experiments.report.figures.overlap_map import overlap_map
from experiments.report.figures.ranking import ranking
from experiments.report.figures.share_map import share_map, share_scale
from experiments.report.figures.variance import variance, variance_key
from harmonize.errors import ConfigurationError

OF_STRATEGY = ("robust", "variance")
"""Sections with one picture a strategy, named by it."""


@dataclass(frozen=True)
class Picture:
    """One picture: its name, title, SVG, what it shows in words, and its numbers."""

    name: str
    title: str
    svg: str
    alt: str
    numbers: Table


def draw_all(summary: Summary) -> dict[str, tuple[Picture, ...]]:
    """Draw the pictures of the report, by the name of their section."""
    scale = Picture("scale", "", share_scale("scale"), "Scale: white is 0 %, dark blue is 100 %.", Table((), ()))
    panels = summary.damage.panels if summary.damage else ()
    return {
        "ranking": (_ranking(summary),) if len(summary.ranked) > 1 else (),
        "scale": (scale,),
        "robust": tuple(_robust(grid, f"robust-{index}") for index, grid in enumerate(summary.robust)),
        "distributions": tuple(_distribution(panel) for panel in summary.distributions),
        "classes": (_classes(summary.by_class),),
        "overlap": (_overlap(summary.overlap),) if summary.overlap else (),
        "variance": tuple(_variance(panel, f"variance-{index}") for index, panel in enumerate(panels)),
        "variance_key": tuple(_variance_key(panel) for panel in panels[:1]),
        "harmonization": tuple(
            picture
            for index, strategy in enumerate(summary.harmonized)
            if strategy.diagnosis is not None
            for picture in _harmonization(strategy.name, strategy.diagnosis, f"harmonization-{index}")
        ),
    }


def write_pictures(pictures: Mapping[str, tuple[Picture, ...]], folder: Path) -> None:
    """Leave the pictures as SVG files: those of one strategy in a folder of its name, the others beside it.

    Raises
    ------
    ConfigurationError
        For a strategy whose name cannot name a folder.
    """
    for section, drawn in pictures.items():
        for picture in drawn:
            if section not in OF_STRATEGY:
                write_text(folder / f"{picture.name}.svg", picture.svg + "\n")
                continue
            if not picture.title or picture.title.startswith(".") or set(picture.title) & set('/\\:*?"<>|\0'):
                raise ConfigurationError(f"run.json: strategy {picture.title!r} cannot name a folder")
            write_text(folder / picture.title / f"{section}.svg", picture.svg + "\n")


def _ranking(summary: Summary) -> Picture:
    rows = tuple(
        (
            row.name,
            wording.share(row.robust),
            wording.limits(row.interval) or "–",
            "–" if row.rank is None else wording.estimate(row.rank, 1),
            wording.percent(row.first),
        )
        for row in summary.ranked
    )
    columns = ("Strategy", "Robust", "95 % interval", "Rank", "First in")
    alt = "Share of robust combinations with its interval, best strategy first."
    drawn = ranking(summary.ranked, "ranking")
    return Picture("ranking", "", drawn, alt, Table(columns, rows, frozenset({1, 2, 3, 4})))


def _robust(grid: ShareGrid, name: str) -> Picture:
    alt = f"Share of robust features under {grid.title}, ROIs in rows, sequences and conditions in columns."
    return Picture(name, grid.title, share_map(grid, name), alt, _numbers("ROI", grid))


def _classes(grid: ShareGrid) -> Picture:
    alt = "Share of robust features, strategies in rows, feature classes in columns."
    return Picture("classes", "", share_map(grid, "classes", (0.38, 0.24)), alt, _numbers("Strategy", grid))


def _variance(panel: DamagePanel, name: str) -> Picture:
    alt = f"Sources of variance under {panel.strategy}: stacked bars by feature class and ROI."
    return Picture(name, panel.strategy, variance(panel, name), alt, panel.numbers)


def _variance_key(panel: DamagePanel) -> Picture:
    alt = f"Colours, from left to right: {', '.join(panel.sources)}."
    return Picture("variance-key", "", variance_key(panel.sources, "variance-key"), alt, Table((), ()))


def _distribution(panel: DistributionPanel) -> Picture:
    name = f"distribution-{panel.statistic}"
    words = wording.threshold(panel.statistic, panel.direction, panel.threshold)
    alt = f"Histograms of {panel.label} under each strategy; the part {words} is dark."
    rows = tuple(
        (
            row.strategy,
            *(f"{value:.3g}" for value in row.quantiles or (float("nan"),) * 5),
            wording.share(row.share),
            wording.number(row.below),
            wording.number(row.above),
        )
        for row in panel.rows
    )
    low, high = (f"{panel.edges[at]:.2g}" for at in (0, -1))
    columns = ("Strategy", "5 %", "Q1", "Median", "Q3", "95 %", words, f"Below {low}", f"Above {high}")
    return Picture(name, panel.label, distribution(panel, name), alt, Table(columns, rows, frozenset(range(1, 9))))


def _overlap(overlap: Overlap) -> Picture:
    alt = "Jaccard index between the whitelists of each pair of strategies."
    names = overlap.strategies
    rows = tuple(
        (
            names[one],
            names[two],
            wording.number(overlap.shared[one][two]),
            "–" if overlap.jaccard[one][two] is None else f"{overlap.jaccard[one][two]:.3f}",
        )
        for one in range(len(names))
        for two in range(one + 1, len(names))
    )
    columns = ("Strategy", "And", "Robust under both", "Jaccard index")
    return Picture("overlap", "", overlap_map(overlap, "overlap"), alt, Table(columns, rows, frozenset({2, 3})))


def _harmonization(strategy: str, diagnosis: BatchEffects, name: str) -> Iterator[Picture]:
    group = " / ".join(diagnosis.labels) or "all rows"
    other = "the mean of all rows" if diagnosis.from_mean else "the reference"
    rows = []
    for batch, part in diagnosis.sizes.groupby("batch", sort=False):
        quartiles = (part[column].quantile(share) for column in ("raw", "held_out") for share in (0.25, 0.5, 0.75))
        rows.append((str(batch), *(f"{value:.2f}" for value in quartiles), str(len(part))))
    columns = ("Batch", "Before: Q1", "Median", "Q3", "After: Q1", "Median", "Q3", "Features")
    yield Picture(
        f"{name}-effects",
        f"{strategy}: effect sizes in {group}",
        effects_picture(diagnosis, f"{name}-effects"),
        f"Difference of means between each batch and {other}, over features, before and after.",
        Table(columns, tuple(rows), frozenset(range(1, 8))),
    )
    if diagnosis.priors:
        yield Picture(
            f"{name}-priors",
            f"{strategy}: what ComBat learned in {group}",
            priors_picture(diagnosis, f"{name}-priors"),
            "Location and squared scale of each batch over features: estimates, prior, and after empirical Bayes.",
            Table(
                ("Batch", "Rows", "Location: mean of the prior", "its variance", "Scale: a of the prior", "b"),
                tuple(
                    (
                        prior.batch,
                        str(prior.rows),
                        *(
                            f"{x:.3g}" if prior.parametric else "–"
                            for x in (prior.gamma_bar, prior.tau2, prior.a, prior.b)
                        ),
                    )
                    for prior in diagnosis.priors
                ),
                frozenset(range(1, 6)),
            ),
        )
    yield Picture(
        f"{name}-rows",
        f"{strategy}: {group} before and after, subjects held out",
        before_after_picture(diagnosis, f"{name}-rows"),
        f"Densities of {diagnosis.density.feature} by batch, and all rows on two principal components.",
        Table((), ()),
    )


def _numbers(corner: str, grid: ShareGrid) -> Table:
    columns = (corner, *(" ".join(filter(None, column)) for column in grid.columns))
    rows = tuple(
        (row, *("–" if share is None else f"{share.passing} of {share.total}" for share in cells))
        for row, cells in zip(grid.rows, grid.cells, strict=True)
    )
    return Table(columns, rows, frozenset(range(1, len(columns))))
