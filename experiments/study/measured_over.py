"""The facets that a study names: what its measurements vary over, for components of variance."""

from collections.abc import Iterable, Mapping, Sequence

from evaluation.generalizability.facets import FORM, Facet, FacetDesign
from evaluation.generalizability.levels import refuse_sparse
from evaluation.reliability.by_facet import of_facets
from evaluation.reliability.statistics import in_rules
from evaluation.tables import PERTURBATION, SEGMENTATION
from experiments.study.manifest import Scan
from experiments.study.perturbations import Draw
from experiments.study.segmentations import segmentations_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown
from selection.rule_text import parse_rule
from selection.thresholds import Thresholds


def parse_facets(
    value: object, levels: Mapping[str, Sequence[str]], where: str, scans: Sequence[Scan] = ()
) -> FacetDesign | None:
    """Read the facets of a study file, written as on the command line or with a colon and a space.

    Parameters
    ----------
    value : object
        What stands there: a list of names, of texts such as ``reader:fixed``, or of mappings of a name to how it is.
    levels : mapping of str to sequence of str
        By column that tells measurements of a subject apart its levels.
    where : str
        The place, for messages.
    scans : sequence of Scan
        Those of the study.

    Raises
    ------
    ConfigurationError
        For what is no facet, is none of those columns, leaves out one of them that has several levels, or is crossed
        although hardly any subjects share its levels.

    Examples
    --------
    >>> levels = {"reader": ["A", "B"], "acquisition": ["REF", "ACC"]}
    >>> [facet.typed for facet in parse_facets(["reader", {"acquisition": "fixed"}], levels, "facets").facets]
    ['reader', 'acquisition:fixed']
    """
    if not value:
        return None
    if not isinstance(value, list):
        raise ConfigurationError(f"{where}: expected a list such as [segmentation, acquisition], found {value!r}")
    try:
        design = FacetDesign(tuple(Facet.parse(_typed(one)) for one in value))
    except ConfigurationError as error:
        raise ConfigurationError(str(error).replace("`facet`", where, 1)) from None
    names = [facet.name for facet in design.facets]
    refuse_unknown(names, levels, where, "no factor of the study is called")
    left = [name for name, found in levels.items() if name not in (*names, SEGMENTATION) and len(found) > 1]
    if left:
        raise ConfigurationError(
            f"{where}: '{left[0]}' tells measurements of a subject apart ({', '.join(levels[left[0]])}), but is no "
            "facet; add it"
        )
    refuse_sparse(((scan.subject, *(_level(scan, name) for name in names)) for scan in scans), design, where)
    return design


def _level(scan: Scan, facet: str) -> str:
    """Give the level of a scan; one that is perturbed has all draws."""
    return scan.segmentation if facet == SEGMENTATION else scan.levels.get(facet, "")


def parse_thresholds(value: object, facets: FacetDesign | None, where: str) -> Thresholds:
    """Read the rule of a study file, which may ask for the agreement over facets of the study.

    Parameters
    ----------
    value : object
        What stands there, see `Thresholds.from_mapping`.
    facets : FacetDesign, optional
        Those of the study.
    where : str
        The place, for messages.

    Raises
    ------
    ConfigurationError
        As `Thresholds.from_mapping`, and for a facet that the study does not name.

    Examples
    --------
    >>> facets = FacetDesign((Facet("reader"),))
    >>> parse_thresholds("icc[reader] > .75 and icc > .9", facets, "thresholds").describe()
    'icc[reader] > 0.75 and icc > 0.9'
    """
    rule = parse_rule(value, where) if isinstance(value, str) else value
    known = facets.coefficients if facets else ()
    named = (*rule, rule.get("by")) if isinstance(rule, Mapping) else ()
    for name in named:
        if isinstance(name, str) and of_facets(name) and name not in known:
            told = f"has {', '.join(known)}" if known else "has no facets"
            raise ConfigurationError(
                f"{where}: '{name}': expected a coefficient of the facets of the study, which {told}; name what "
                "measurements vary over under `facets`"
            )
    return Thresholds.from_mapping(value, where, (*in_rules(), *known))


def levels_of(factors: Sequence[str], scans: Iterable[Scan], draws: Sequence[Draw] = ()) -> dict[str, list[str]]:
    """Give the levels of each factor, and of the segmentation, in the order of the table of images.

    Those of perturbations are the draws of the only chain that may be a facet; the unperturbed scan is none of them.
    """
    scans = tuple(scans)
    drawn = segmentations_of(scans)
    found = {factor: list(dict.fromkeys(scan.levels[factor] for scan in scans)) for factor in factors}
    if PERTURBATION in found and len({draw.chain for draw in draws}) == 1:
        found[PERTURBATION] = [draw.name for draw in draws]
    return found | ({SEGMENTATION: list(drawn)} if drawn else {})


def _typed(value: object) -> str:
    """Give what would be typed on the command line."""
    if isinstance(value, Mapping) and len(value) == 1:
        name, how = next(iter(value.items()))
        if isinstance(how, Mapping) and len(how) == 1:  # {session: {nested: scanner}}
            how = "=".join(map(str, next(iter(how.items()))))
        return f"{name}:{how}"
    if not isinstance(value, str):
        raise ConfigurationError(f"`facet`: {value!r}: expected {FORM}")
    return value
