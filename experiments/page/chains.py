"""Chains of perturbations in words, as run.json holds them: what each does, where it stands, how often it is drawn."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from evaluation.tables import UNPERTURBED
from experiments.page.parameters import plain, step
from harmonize.perturbations import PERTURBATIONS
from harmonize.words import listed, plural


class ChainInWords(NamedTuple):
    """What a chain of perturbations is.

    Parameters
    ----------
    steps : str
        Its perturbations in order, each with all values that a parameter has in the draws.
    place : str
        Where it stands among the steps of a strategy.
    draws : str
        How many there are, and of how many combinations of parameters if there are several of each.
    seed : str
        Of the random numbers.
    scans : str
        The conditions whose scans are perturbed; empty where there is but one.
    """

    steps: str
    place: str
    draws: str
    seed: str
    scans: str

    def __str__(self) -> str:
        """Write it as one text, such as stands in brackets behind its name."""
        of = f", scans under {self.scans}" if self.scans else ""
        return f"{self.steps}; {self.place}; {self.draws}, seed {self.seed}{of}"


def chains_in_words(record: Mapping[str, Any]) -> dict[str, ChainInWords]:
    """Describe the chains of a study by their names; nothing where it perturbs no scans.

    Parameters
    ----------
    record : mapping
        As in run.json, with `perturbations` if there are any.

    Examples
    --------
    >>> draws = {f"G-{i}": [{"gamma": {"exponent": value}}] for i, value in enumerate((0.8, 1.2), start=1)}
    >>> chain = {"seed": 0, "before": "", "after": "n4", "conditions": ["unperturbed"], "draws": draws}
    >>> print(chains_in_words({"perturbations": {"G": chain}})["G"])
    gamma curve (exponent 0.8 and 1.2); after n4; 2 draws, seed 0
    """
    return {str(name): _chain(chain) for name, chain in record.get("perturbations", {}).items()}


def _chain(chain: Mapping[str, Any]) -> ChainInWords:
    draws = list(chain["draws"].values())
    together = [_together(found) for found in zip(*draws, strict=True)]
    different = len({str(draw) for draw in draws})
    number = plural(len(draws), "draw")
    return ChainInWords(
        ", then ".join(map(step, together)),
        _place(chain, [next(iter(one)) for one in together]),
        f"{number} of {different} combinations" if 1 < different < len(draws) else number,
        str(chain["seed"]),
        "" if chain["conditions"] == [UNPERTURBED] else listed(chain["conditions"]),
    )


def _together(found: Sequence[Mapping[str, Mapping[str, Any]]]) -> dict[str, dict[str, str]]:
    """Give one perturbation with all values that each parameter has over the draws; what differs comes first."""
    (name,) = found[0]
    differs: dict[str, str] = {}
    same: dict[str, str] = {}
    for key in found[0][name]:
        met = list({repr(one[name][key]): one[name][key] for one in found}.values())
        if all(isinstance(value, int | float) for value in met):
            met = sorted(met)
        (differs if len(met) > 1 else same)[key] = listed(
            "not stated" if value is None else plain(value) for value in met
        )
    return {name: differs | same}


def _place(chain: Mapping[str, Any], names: Sequence[str]) -> str:
    """Say where a chain stands; without a word on it that is by the effects of its perturbations."""
    for key in ("before", "after"):
        if chain[key]:
            return f"{key} {chain[key]}"
    known = [PERTURBATIONS[name].effect.image for name in names if name in PERTURBATIONS]
    if any(known):
        return "before all steps"
    return "after all steps" if len(known) == len(names) else "where its effect asks for it"
