"""What a paper says of perturbed scans: that they are computed, of what, and how."""

from evaluation.publication.analysis import Analysis
from evaluation.publication.references import Cite
from harmonize.words import listed, plural


def perturbed_text(analysis: Analysis, cite: Cite) -> str:
    """Say how scans were perturbed, in sentences that follow others; empty where none were.

    Parameters
    ----------
    analysis : Analysis
        The settings, with `perturbed`.
    cite : Cite
        Gives the number of a reference.

    Examples
    --------
    >>> chain = {"noise": "noise (factor 1); before all steps; 2 draws, seed 0"}
    >>> analysis = Analysis("unperturbed", ("unperturbed", "noise-1", "noise-2"), 17, 93, perturbed=chain)
    >>> perturbed_text(analysis, lambda key: "[1]")[:84]
    ' 2 perturbations of each scan were computed [1] (chain noise: noise (factor 1); befo'
    """
    if not analysis.perturbed:
        return ""
    chains = listed(f"chain {name}: {words}" for name, words in analysis.perturbed.items())
    if analysis.once:
        number = plural(len(analysis.conditions) - 1, "perturbation")
        verb = "was" if len(analysis.conditions) == 2 else "were"
        return (
            f" {number} of each scan {verb} computed {cite('perturbations')} ({chains}); the conditions named below "
            "are these, and agreement over them is no agreement with another scan of the same subject."
        )
    return (
        f" Besides, perturbations of scans were computed {cite('perturbations')} ({chains}), which were analysed by "
        "themselves and count as no conditions."
    )
