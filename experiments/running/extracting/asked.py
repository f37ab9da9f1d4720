"""What is to be measured: the scans of a study file or of a table alone, by strategies of their own or of others."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from evaluation.extraction import ExtractionSettings
from experiments.compare.settings import differences
from experiments.running.extracting.like import Like
from experiments.study.commands import in_folder, with_programs
from experiments.study.csv_file import read_rows
from experiments.study.elsewhere import with_elsewhere
from experiments.study.fit_on import refuse_empty_cohorts
from experiments.study.manifest import Rois, Scan, read_manifest
from experiments.study.reference import any_needs_reference, with_reference
from experiments.study.segmentations import compared_segmentation
from experiments.study.strategy import Strategy, refuse_unknown_regions
from experiments.study.study import Study
from experiments.study.study_file import StudyFile
from harmonize.errors import ConfigurationError
from harmonize.inputs.configuration import refuse_unknown, suggest
from harmonize.inputs.paths import as_path
from harmonize.inputs.yaml_file import read_yaml
from harmonize.words import listed, some
from selection.thresholds import Thresholds

FACTORS = StudyFile.factors
"""The factors of a table alone, unless it has those of the study that it is measured like."""
RAW = "raw"
"""The strategy of a table alone: features of the images as they are."""
MASK = "mask"
PASSED_OVER: Mapping[str, str] = MappingProxyType(
    {
        "perturbations": "scans are measured as they are; `radharmony run` perturbs",
        "facets": "nothing is compared; `radharmony run` compares",
        "harmonizers": "nothing is compared; `radharmony run` compares",
    }
)
"""What a study may ask for that measuring has no use for, and why."""


def asked_study(
    given: Study | str | Path,
    data: str | Path | None,
    like: Like | None,
    names: Sequence[str],
    rois: Mapping[str, str],
    *,
    harmonized: bool = True,
) -> tuple[Study, tuple[str, ...]]:
    """Make the study of what is to be measured.

    Parameters
    ----------
    given : Study, str or Path
        A study, its file, or a table of images alone (.csv).
    data : str or Path, optional
        The folder that names of files start from.
    like : Like, optional
        The strategies to take instead of those of the study.
    names : sequence of str
        The strategies that are wanted, by default all.
    rois : mapping of str to str
        By the ROI of the study what the results, and `like`, call it.
    harmonized : bool
        Whether features are wanted, as harmonizers change them; what concerns images alone leaves them out.

    Returns
    -------
    study : Study
    remarks : tuple of str
        What is passed over.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with either, or contradicts the other.
    """
    notes: tuple[str, ...] = () if like is None else like.gaps
    passed: Mapping[str, object] = {}
    if isinstance(given, Study):
        study, where, passed = given, given.name, {name: getattr(given, name) for name in PASSED_OVER}
        notes += _own_settings(study, None, like, where)
    else:
        path = as_path(given, "study file or table of images")
        where = str(path)
        if path.suffix.lower() == ".csv":
            study = _of_table(path, data, like, rois)
        else:
            study, values = Study.from_yaml(path, data, compared=False), read_yaml(path)
            notes += _own_settings(study, values.get("extraction"), like, where)
            passed = values
    notes += tuple(f"{where}: {name} are passed over: {why}" for name, why in PASSED_OVER.items() if passed.get(name))
    if like is not None and like.perturbed and not passed.get("perturbations"):
        notes += (f"{like.source}: perturbations are those of its own scans; the others are measured as they are",)
    study = _renamed(study, rois, where)
    if like is not None:
        _refuse_other_rois(study, like, where)
    strategies = like.strategies if like is not None else _chosen(study.strategies, names, where)
    if like is not None and not isinstance(given, Study):
        strategies = tuple(in_folder(strategy, Path(given).parent) for strategy in strategies)
    if harmonized and like is None:
        _refuse_harmonizers(strategies, study.strategies, where)
    if not harmonized:
        strategies = tuple(replace(strategy, harmonizer=None) for strategy in strategies)
    refuse_unknown_regions(strategies, study.rois, like.source if like else where)
    scans = study.scans
    if like is None:
        refuse_empty_cohorts(strategies, scans, f"{where}: strategies")
    scans = with_elsewhere(scans, strategies, study.data, like.source if like else where)
    if any_needs_reference(strategies):
        scans = with_reference(scans, study.reference)
    return replace(study, scans=scans, strategies=strategies, perturbations=()), notes


def _chosen(strategies: Sequence[Strategy], names: Sequence[str], where: str) -> tuple[Strategy, ...]:
    """Give the strategies that are wanted, of a study that is like none."""
    if not strategies:
        raise ConfigurationError(
            f"{where}: strategies: holds none; add one, or name the run or whitelist with `like` whose they are"
        )
    refuse_unknown(names, [one.name for one in strategies], where, "there is no strategy")
    return tuple(one for one in strategies if not names or one.name in names)


def _refuse_harmonizers(chosen: Sequence[Strategy], strategies: Sequence[Strategy], where: str) -> None:
    harmonized = [one.name for one in chosen if one.harmonizer is not None]
    if harmonized:
        others = [one.name for one in strategies if one.harmonizer is None]
        instead = f", or choose others with `strategy` ({some(others)})" if others else ""
        raise ConfigurationError(
            f"{where}: strategy '{harmonized[0]}' has a harmonizer, which is applied as another study has fitted it: "
            f"name its run or whitelist with `like`{instead}"
        )


def _own_settings(study: Study, extraction: object, like: Like | None, where: str) -> tuple[str, ...]:
    """Refuse settings of the study that contradict those that are taken over; say which are passed over."""
    if like is None:
        return ()
    theirs = {strategy.name: strategy for strategy in like.strategies}
    advice = f"strategies and extraction are those of {like.source}: remove them from {where}"
    for strategy in study.strategies:
        if strategy.name in theirs:
            _refuse_other(_comparable(strategy), like, strategy.name, f"{where}: {strategy.name}", advice)
    if extraction and not study.strategies:
        own = {"extraction": ExtractionSettings.from_mapping(extraction, f"{where}: extraction", Path()).to_mapping()}
        for name in theirs:
            _refuse_other(own, like, name, where, advice)
    others = [strategy.name for strategy in study.strategies if strategy.name not in like.names]
    passed = f"{where}: strategies of its own are passed over: {some(others)}; {listed(theirs)} of {like.source} count"
    return (passed,) if others else ()


def _comparable(strategy: Strategy) -> dict[str, Any]:
    mapping = with_programs(strategy).to_mapping()
    return {**mapping, "steps": {str(number): step for number, step in enumerate(mapping["steps"], start=1)}}


def _refuse_other(own: Mapping[str, Any], like: Like, name: str, where: str, advice: str) -> None:
    settings = like.whitelists[name].settings
    steps = {str(number): step for number, step in enumerate(settings.get("steps") or (), start=1)}
    asked = {key: ({**settings, "steps": steps}).get(key) for key in own}
    if found := differences(asked, dict(own)):
        place, theirs, ours = found[0]
        more = f" ({len(found)} such settings)" if len(found) > 1 else ""
        raise ConfigurationError(
            f"{where}: {place} is {_shown(ours)}, but {_shown(theirs)} in {like.source}{more}; {advice}"
        )


def _shown(value: object) -> str:
    return "absent" if value is None else repr(value)


def _renamed(study: Study, rois: Mapping[str, str], where: str) -> Study:
    """Call ROIs by the names of others."""
    refuse_unknown(rois, study.rois, f"{where}: `roi`", "there is no ROI")
    names = tuple(rois.get(roi, roi) for roi in study.rois)
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise ConfigurationError(f"`roi`: two ROIs of {where} would be called '{twice[0]}'; give each its own name")
    if not rois:
        return study
    scans = tuple(
        replace(scan, masks={rois.get(roi, roi): source for roi, source in scan.masks.items()}) for scan in study.scans
    )
    return replace(study, rois=names, scans=scans)


def _refuse_other_rois(study: Study, like: Like, where: str) -> None:
    """Refuse a study none of whose ROIs has the name of one that was measured."""
    if like.rois and not set(study.rois) & set(like.rois):
        own, known = study.rois[0], some(like.rois)
        raise ConfigurationError(
            f"{where}: rois: {some(study.rois)} are none of the ROIs of {like.source} ({known}); say which is which, "
            f"as in `roi={own}={like.rois[0]}`"
        )


def _of_table(path: Path, data: str | Path | None, like: Like | None, rois: Mapping[str, str]) -> Study:
    """Make a study of a table alone: a column for the masks of each ROI, or `mask` for those of one."""
    header = list(read_rows(path)[0][1])
    wanted = (like.factors if like else ()) or FACTORS
    factors = tuple(name for name in wanted if name in header)
    if factors and len(factors) < len(wanted):
        absent = next(name for name in wanted if name not in header)
        raise ConfigurationError(
            f"{path}: column '{absent}' is missing beside {listed(factors)}; add it, as a condition is "
            f"{'+'.join(wanted)}"
        )
    factors = factors or tuple(name for name in FACTORS if name in header)
    folder = path.parent if data is None else as_path(data, "`data`")
    found = _rois_of_table(path, header, like, rois)
    scans = read_manifest(path, folder, factors, found, compared=False)
    return Study(
        name=path.parent.resolve().name,
        description="",
        scans=scans,
        factors=factors,
        reference=_reference(scans, like),
        rois=found.names,
        strategies=() if like else (Strategy(RAW, (), ExtractionSettings()),),
        thresholds=Thresholds(),
        data=folder,
        segmentation=compared_segmentation(None, scans, f"{path}", compared=False),
    )


def _reference(scans: Sequence[Scan], like: Like | None) -> str:
    known = {scan.condition for scan in scans}
    return next((name for name in (like.conditions if like else ()) if name in known), scans[0].condition)


def _rois_of_table(path: Path, header: Sequence[str], like: Like | None, rois: Mapping[str, str]) -> Rois:
    known = like.rois if like else ()
    columns = [name for name in header if name in rois or (name in known and name != MASK)]
    if columns:
        return Rois(files={name: name for name in columns})
    single = len(known) == 1 or like is None
    if MASK in header and single:
        return Rois(files={known[0] if known else MASK: MASK})
    missing = f"; {suggest(known[0], header)}" if known else ""
    raise ConfigurationError(
        f"{path}: no column names the masks of an ROI ({some(known) or 'expected a column `mask`'}){missing}; call a "
        "column as the ROI, name one with `roi=COLUMN=ROI`, or give a study file, whose `rois: labels` name "
        "those of a label map"
    )
