"""The harmonizers that a study compares, in a scorecard beside its strategies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

from experiments.study.harmonizer import CONDITION, MOST_PERMUTATIONS, Harmonizer
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import build, refuse_unknown
from harmonize.inputs.levels import find_level
from harmonize.inputs.limits import Bounds, check_limits

if TYPE_CHECKING:
    from experiments.study.manifest import Scan

ROLES = ("categorical", "continuous", "smooth")


@dataclass(frozen=True, kw_only=True)
class ComparedMethods:
    """Which harmonizers are compared, on which batches, and what must stay.

    Parameters
    ----------
    compare : tuple of str
        Names as the command line takes them: ``all``, ``none``, ``combat``, ``combat:mean_only``.
    batch : str
        The condition, one of its factors, or a covariate of the table of images; several, joined by ``+``.
    by : tuple of str
        Fitted separately for each level of these.
    reference : str or None
        The batch that stays as it is; None brings all to their mean where a method can.
    categorical, continuous, smooth : tuple of str
        Covariates whose effect is kept, by the methods that keep any, and measured.
    keep : tuple of str
        Covariates that are measured alone.
    site : str or None
        Held out as well, one at a time.
    permutations, draws : int
        Exchanges of batches for p, and draws of subjects for limits.
    """

    compare: tuple[str, ...]
    batch: str = CONDITION
    by: tuple[Literal["sequence", "roi"], ...] = ("sequence", "roi")
    reference: str | None = None
    categorical: tuple[str, ...] = ()
    continuous: tuple[str, ...] = ()
    smooth: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    site: str | None = None
    permutations: Annotated[int, Bounds(least=0, most=MOST_PERMUTATIONS)] = 20
    draws: Annotated[int, Bounds(least=0, most=MOST_PERMUTATIONS)] = 200

    def __post_init__(self) -> None:
        check_limits(self)

    @classmethod
    def parse(cls, values: object, scans: "Sequence[Scan]", where: str) -> "ComparedMethods | None":
        """Read what stands in a study file: a name, a list of names, or those below `compare` with what else is asked.

        Raises
        ------
        ConfigurationError
            For unknown names and keys, with the nearest right one, columns that are absent, and a single batch.
        """
        if not values:
            return None
        from evaluation.batch_effects.compared_methods import named_methods  # only here: it loads scikit-learn

        given = dict(values) if isinstance(values, Mapping) else {"compare": values}
        names = given.get("compare")
        names = [names] if isinstance(names, str | Mapping) else names
        names = [_spelled(name) for name in names] if isinstance(names, list | tuple) else names
        if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
            raise ConfigurationError(
                f"{where}: expected names of harmonizers, such as all or [none, combat:mean_only, paired: {{scaling: "
                f"REML}}], found {names!r:.60}"
            )
        named_methods(names, where)
        made = build(cls, {**given, "compare": list(names)}, where)
        kept = {role: list(columns) for role, columns in made.covariates().items() if columns}
        Harmonizer.parse({"combat": kept, "batch": made.batch.split("+")[0], "by": list(made.by)}, where).on(
            scans, where
        )
        known = dict.fromkeys(name for scan in scans for name in (*scan.covariates, *scan.levels))
        refuse_unknown([*made.batch.split("+"), *made.keep], [CONDITION, *known], where, "there is no column")
        if made.site is not None:
            refuse_unknown([made.site], known, f"{where}: site", "there is no column")
        if made.reference is None or "+" in made.batch:
            return made
        levels = {{**scan.covariates, **scan.levels, CONDITION: scan.condition}.get(made.batch, "") for scan in scans}
        found = find_level(made.reference, levels, f"{where}: reference: no scan has {made.batch}")
        return replace(made, reference=found)

    def covariates(self) -> dict[str, tuple[str, ...]]:
        """Give the covariates by their role."""
        return {role: vars(self)[role] for role in ROLES}


def _spelled(name: object) -> object:
    """Give a method with its options as a name; what is neither stays, and is refused."""
    from evaluation.batch_effects.compared_methods import with_options

    if not isinstance(name, Mapping) or len(name) != 1:
        return name
    ((method, options),) = name.items()
    fits = isinstance(method, str) and (options is None or isinstance(options, Mapping))
    return with_options(method, options or {}) if fits else name


def harmonizers_record(compared: ComparedMethods | None) -> dict[str, Any]:
    """Give what is compared, ready for JSON; nothing where nothing is."""
    if compared is None:
        return {}
    plain = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(compared).items()}
    return {"harmonizers": plain}
