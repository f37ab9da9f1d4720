"""What a run knows that a checklist may ask for, and how an item is answered from it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from experiments.folder.files import IBSI, PROTOCOL
from experiments.page import Context, Modeling

State = Literal["yes", "partly", "no", "open"]


@dataclass(frozen=True)
class Answer:
    """What the run knows of an item.

    Nothing is claimed that the files do not say: an item is `yes` where the run itself does all that the item asks
    for, `partly` where it does or knows a part, `no` where it knows that something was not done, else `open`: the
    author's.

    Parameters
    ----------
    state : {"yes", "partly", "no", "open"}
    known : str
        The evidence, or what is known although the item stays open.
    source : str
        The files that say so.
    """

    state: State = "open"
    known: str = ""
    source: str = ""


@dataclass(frozen=True)
class Knowledge:
    """All that answers can be drawn from.

    Parameters
    ----------
    context : Context
        What the sections of the report share.
    protocol, ibsi : DataFrame or None
        The tables of those names; None where there is none.
    models : tuple of Modeling
        What was trained and tested within the run folder.
    """

    context: Context
    protocol: pd.DataFrame | None
    ibsi: pd.DataFrame | None
    models: tuple[Modeling, ...]

    @classmethod
    def of(cls, context: Context) -> "Knowledge":
        """Gather it."""
        found = (section.models(context) for section in context.sections.values())
        models = tuple(one for one in found if one is not None)
        return cls(context, context.run.get(PROTOCOL), context.run.get(IBSI), models)

    @property
    def record(self) -> Mapping[str, Any]:
        """The content of run.json."""
        return self.context.record

    @property
    def strategies(self) -> list[Mapping[str, Any]]:
        """The strategies of run.json."""
        return list(self.record["strategies"])

    def of_each(self, tell: Callable[[Mapping[str, Any]], str]) -> str:
        """Tell something of each strategy."""
        return "; ".join(f"{one['name']}: {tell(one)}" for one in self.strategies) + "."

    @property
    def harmonized(self) -> str:
        """The strategies whose features were harmonized, in words."""
        return ", ".join(one["name"] for one in self.strategies if one.get("harmonizer"))


Rule = Callable[[Knowledge], Answer]
"""Answers an item."""


def fixed(state: State, text: str, source: str = "") -> Rule:
    """Make a rule of an answer that is the same for every run."""
    return lambda _: Answer(state, text, source)


def of_models(
    state: State,
    tell: Callable[[Sequence[Modeling]], str],
    which: Callable[[Modeling], bool] | None = None,
    source: str = "",
) -> Rule:
    """Make a rule of what models tell, those that `which` chooses; open where there are none."""

    def answer(known: Knowledge) -> Answer:
        chosen = [one for one in known.models if which is None or which(one)]
        if not chosen:
            return Answer("open", "No model was trained in this run.") if which is None else Answer()
        return Answer(state, tell(chosen), source or (folders(chosen) if state != "open" else ""))

    return answer


def folders(models: Iterable[Modeling]) -> str:
    """Name the folders of models."""
    return ", ".join(f"{one.folder}/" for one in models)


def once(texts: Iterable[str]) -> str:
    """List each text once.

    Examples
    --------
    >>> once(["AUC", "Brier score", "AUC"])
    'AUC, Brier score'
    """
    return ", ".join(dict.fromkeys(texts))
