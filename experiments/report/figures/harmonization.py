"""Pictures: what a harmonizer learned and did."""

from functools import partial

from evaluation.batch_effects import BatchEffects
from evaluation.figures import paint_before_after, paint_effect_sizes, paint_priors
from experiments.report.figures.page_svg import to_svg

WIDTH = 5.8
"""Two side by side fill the page."""


def effects_picture(diagnosis: BatchEffects, name: str) -> str:
    """Draw the effect sizes of each batch before and after."""
    sizes = diagnosis.drawn_sizes
    paint = partial(paint_effect_sizes, sizes=sizes, from_mean=diagnosis.from_mean)
    return to_svg(paint, WIDTH, 0.85 + 0.62 * sizes["batch"].nunique(), name)


def priors_picture(diagnosis: BatchEffects, name: str) -> str:
    """Draw estimates, priors and what was taken out."""
    return to_svg(partial(paint_priors, found=diagnosis.priors), WIDTH, 0.7 + 1.55 * len(diagnosis.priors), name)


def before_after_picture(diagnosis: BatchEffects, name: str) -> str:
    """Draw one feature and all rows before and after."""
    found, density = diagnosis.components, diagnosis.density
    paint = partial(
        paint_before_after,
        feature=density.feature,
        before=density.before,
        after=density.after,
        batches=diagnosis.batches,
        scores=None if found is None else (found.before, found.after),
        shares=(0.0, 0.0) if found is None else found.shares,
    )
    return to_svg(paint, WIDTH, 2.4 if found is None else 4.9, name)
