"""The study: who was scanned how, which strategies are compared, what counts as reproducible."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluation.extraction import ExtractionSettings
from evaluation.generalizability.facets import FacetDesign
from evaluation.tables import PERTURBATION
from evaluation.trends.ordered import OrderedFactor
from experiments.folder.file_names import folded
from experiments.study.chains import parse_perturbations
from experiments.study.elsewhere import with_elsewhere
from experiments.study.fit_on import refuse_empty_cohorts
from experiments.study.harmonizers import ComparedMethods, harmonizers_record
from experiments.study.manifest import Scan, read_manifest
from experiments.study.measured_over import levels_of, parse_facets, parse_thresholds
from experiments.study.missing import refuse_table, refuse_unfinished
from experiments.study.ordered_factors import levels_record, parse_levels
from experiments.study.perturbations import Draw, perturbations_record, refuse_nowhere, with_perturbed
from experiments.study.reference import any_needs_reference, parse_registration, with_carried_rois, with_reference
from experiments.study.roi_section import read_rois
from experiments.study.segmentations import compared_segmentation, places_once, segmentations_of
from experiments.study.strategy import Strategy, refuse_unknown_regions
from experiments.study.study_file import StudyFile
from harmonize.digest import digest_of
from harmonize.errors import ConfigurationError
from harmonize.inputs.levels import find_level
from harmonize.inputs.names import refuse_names
from harmonize.inputs.paths import BESIDE, as_path, path_within
from harmonize.inputs.yaml_file import read_yaml
from harmonize.printed import Printed
from harmonize.registration import Registration
from harmonize.words import plural
from selection.thresholds import Thresholds

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, repr=False)
class Study(Printed):
    """A validated study file with its table of images.

    Parameters
    ----------
    name, description : str
        For the report and the tracking.
    scans : tuple of Scan
        Every image, in the order of images.csv.
    factors : tuple of str
        The columns whose levels make the condition: acquisition and reconstruction, unless the study says else.
    reference : str
        The condition that the others are compared with, such as `REF+STD`.
    rois : tuple of str
        Names of the ROIs.
    strategies : tuple of Strategy
        What is compared.
    thresholds : Thresholds
        What a feature must reach to be whitelisted.
    registration : Registration, optional
        How ROIs of the reference are carried to the scans that have none.
    pictures : int
        How many subjects are pictured under every strategy, besides that of the largest change; 0: no pictures.
    like : str
        Digest of what another study has learned and is taken from there; empty for a study that is compared.
    facets : FacetDesign, optional
        What sources of variance are told apart over.
    segmentation : str
        By which conditions are compared; empty where images.csv does not say who drew the ROIs.
    perturbations : tuple of Draw
        What scans are perturbed by; the conditions of a study whose scans have but one.
    harmonizers : ComparedMethods, optional
        Which harmonizers are compared in a scorecard.
    data : Path
        The folder that names of files start from.

    Examples
    --------
    >>> study = Study.from_yaml("study.yaml")  # doctest: +SKIP
    >>> study.conditions  # doctest: +SKIP
    ('REF+STD', 'REF+DLR', 'ACC+STD', 'ACC+DLR')
    """

    name: str
    description: str
    scans: tuple[Scan, ...]
    factors: tuple[str, ...]
    reference: str
    rois: tuple[str, ...]
    strategies: tuple[Strategy, ...]
    thresholds: Thresholds
    registration: Registration | None = None
    pictures: int = StudyFile.pictures
    like: str = ""
    facets: FacetDesign | None = None
    levels: tuple[OrderedFactor, ...] = ()
    segmentation: str = ""
    perturbations: tuple[Draw, ...] = ()
    data: Path = Path()
    harmonizers: ComparedMethods | None = None

    def printed(self) -> "tuple[str, pd.DataFrame]":
        """Give what is compared, and the strategies."""
        import pandas as pd  # only here: loading it takes long

        counts = {"subject": self.subjects, "condition": self.conditions, "scan": self.images, "ROI": self.rois}
        rows = [
            {"strategy": one.name, "steps": ", ".join(step.name for step in one.steps) or "none"}
            for one in self.strategies
        ]
        return f"{self.name}: {', '.join(plural(len(of), noun) for noun, of in counts.items())}", pd.DataFrame(rows)

    @classmethod
    def of(cls, study: "Study | str | Path") -> "Study":
        """Take a study, or read that of a study file."""
        return study if isinstance(study, Study) else cls.from_yaml(study)

    @classmethod
    def from_yaml(
        cls, path: str | Path, data: str | Path | None = None, *, compared: bool = True, perturb: Sequence[str] = ()
    ) -> "Study":
        """Read a study file and the table of images it names.

        Parameters
        ----------
        path : str or Path
            The study file.
        data : str or Path, optional
            The folder that the file names in the table start from; by default the table's own.
        compared : bool
            Whether conditions are compared with the reference. If not, reference, strategies and levels of factors may
            be left out, and what these ask of other scans is not checked: they may be taken from another study.
        perturb : sequence of str
            Chains beside `perturbations`, each names of perturbations joined by `+`.

        Raises
        ------
        ConfigurationError
            For whatever is wrong with either file; the text says what, where and what to do.
        """
        path = as_path(path, "study file")
        where = str(path)
        refuse_table(path)
        values = {"name": path.parent.resolve().name, **read_yaml(path)}
        refuse_unfinished(values, path, compared=compared)
        given = {key: value for key, value in values.items() if value or key not in ("images", "rois", "strategies")}
        file = StudyFile.parse(({} if compared else {"reference": None, "strategies": None}) | given, where)
        manifest = _manifest(file.images, path.parent, data, f"{where}: images")
        folder = manifest.parent if data is None else Path(data)
        if not folder.is_dir():
            raise ConfigurationError(f"the data folder {folder} does not exist; check `data`")
        rois = read_rois(file.rois, f"{where}: rois", path.parent, file.factors)
        scans = read_manifest(manifest, folder, file.factors, rois, compared=compared)
        if rois.circles:
            rois.circles.refuse_unused(
                {"subject": scan.subject, "sequence": scan.sequence, **scan.levels} for scan in scans
            )
        reference = scans[0].condition
        if compared or file.reference:
            reference = _reference(file.reference, scans, f"{where}: reference")
        named = f"{where}: perturbations"
        draws = parse_perturbations(file.perturbations if compared else None, named, perturb)
        draws, scans, factors, reference = with_perturbed(draws, scans, file.factors, reference, named)
        segmentation = compared_segmentation(file.segmentation, scans, f"{where}: segmentation", compared=compared)
        registration = parse_registration(file.registration, f"{where}: registration")
        if registration is not None:
            scans = with_carried_rois(scans, reference)
        extraction = ExtractionSettings.from_mapping(file.extraction, f"{where}: extraction", path.parent)
        strategies: tuple[Strategy, ...] = ()
        if compared or file.strategies:
            strategies = _strategies(file.strategies, extraction, rois.names, f"{where}: strategies", path.parent)
        refuse_nowhere(draws, strategies, named)
        scans = with_elsewhere(scans, strategies, folder, f"{where}: strategies")
        if any_needs_reference(strategies):
            scans = with_reference(scans, reference)
        if compared:
            refuse_empty_cohorts(strategies, scans, f"{where}: strategies")
            strategies = _harmonized_on(strategies, scans, f"{where}: strategies")
        return cls(
            name=_name(file.name, f"{where}: name"),
            description=file.description,
            scans=scans,
            factors=factors,
            reference=reference,
            rois=rois.names,
            strategies=strategies,
            facets=(facets := parse_facets(file.facets, levels_of(factors, scans, draws), f"{where}: facets", scans)),
            thresholds=parse_thresholds(file.thresholds, facets, f"{where}: thresholds"),
            registration=registration,
            pictures=file.pictures,
            levels=parse_levels(file.levels, factors, scans, reference, f"{where}: levels"),
            segmentation=segmentation,
            perturbations=draws,
            data=folder,
            harmonizers=ComparedMethods.parse(file.harmonizers if compared else None, scans, f"{where}: harmonizers"),
        )

    @property
    def compared(self) -> bool:
        """Whether conditions are compared with the reference."""
        return not self.like

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects in order."""
        return tuple(sorted({scan.subject for scan in self.scans}))

    @property
    def sequences(self) -> tuple[str, ...]:
        """Sequences in order."""
        return tuple(sorted({scan.sequence for scan in self.scans}))

    @property
    def conditions(self) -> tuple[str, ...]:
        """The reference, then the others in the order of images.csv, or what scans of a single one are perturbed by."""
        perturbed = (draw.name for draw in self.perturbations) if self.factors == (PERTURBATION,) else ()
        return (*self.scanned, *perturbed)

    @property
    def scanned(self) -> tuple[str, ...]:
        """The conditions that there are images of."""
        return tuple(dict.fromkeys((self.reference, *(scan.condition for scan in self.scans))))

    @property
    def images(self) -> tuple[Scan, ...]:
        """Every image once, with the ROIs of the segmentation that is compared, where it has some."""
        return tuple(self.scans[place] for place in places_once(self.scans, self.segmentation))

    @property
    def segmentations(self) -> tuple[str, ...]:
        """Who drew the ROIs: the segmentation that is compared, then the others; none where images.csv does not say."""
        others = segmentations_of(self.scans)
        return tuple(dict.fromkeys((self.segmentation, *others))) if others else ()

    def duplicates(self) -> list[list[Scan]]:
        """List the groups of scans that fill the same cell of subject, sequence and condition."""
        cells: dict[tuple[str, ...], list[Scan]] = {}
        for scan in self.scans:
            cells.setdefault(scan.cell, []).append(scan)
        return [scans for scans in cells.values() if len(scans) > 1]

    def settings(self) -> dict[str, Any]:
        """Give all that determines the result apart from the data, with defaults filled in, ready for JSON."""
        return {
            "reference": self.reference,
            "factors": list(self.factors),
            "strategies": {strategy.name: strategy.to_mapping() for strategy in self.strategies},
            "thresholds": self.thresholds.to_mapping(),
            "registration": asdict(self.registration) if self.registration else None,
            **({"like": self.like} if self.like else {}),
            **levels_record(self.levels),
            **perturbations_record(self.perturbations),
            **harmonizers_record(self.harmonizers),
            **self.drawn_record(),
        }

    def drawn_record(self) -> dict[str, Any]:
        """Give segmentations and facets as they are typed, ready for JSON; nothing where the study has none."""
        drawn = {"segmentation": self.segmentation, "segmentations": list(self.segmentations)}
        facets = [facet.typed for facet in self.facets.facets] if self.facets else []
        return (drawn if self.segmentation else {}) | ({"facets": facets} if facets else {})

    def settings_digest(self) -> str:
        """Give the SHA-256 of `settings`."""
        return digest_of(self.settings())


def _harmonized_on(strategies: Sequence[Strategy], scans: Sequence[Scan], where: str) -> tuple[Strategy, ...]:
    """Give harmonizers their reference as the table of images spells it."""
    return tuple(
        strategy
        if strategy.harmonizer is None
        else replace(strategy, harmonizer=strategy.harmonizer.on(scans, f"{where}: {strategy.name}: harmonizer"))
        for strategy in strategies
    )


def _manifest(name: str, folder: Path, data: str | Path | None, where: str) -> Path:
    """Give the table of images: in the folder of the study file, or in the data folder that the user names."""
    if data is not None and Path(name).is_absolute():
        return path_within(name, Path(data), where, BESIDE, "the data folder")
    return path_within(name, folder, where, "move it there, or name its folder with `data` and its full path here")


def _name(name: str, where: str) -> str:
    if not name.strip():
        raise ConfigurationError(f"{where}: is empty; give the study a name")
    refuse_names([name], where)
    return name


def _reference(value: object, scans: tuple[Scan, ...], where: str) -> str:
    conditions = {scan.condition for scan in scans}
    if value is None or value == "":
        raise ConfigurationError(f"{where}: is empty; name one of the conditions {', '.join(sorted(conditions))}")
    return find_level(value, conditions, f"{where}: no scan has the condition")


def _strategies(
    value: object, extraction: ExtractionSettings, rois: tuple[str, ...], where: str, folder: Path
) -> tuple[Strategy, ...]:
    if not isinstance(value, Mapping) or not value:
        raise ConfigurationError(f"{where}: expected a name and steps for each strategy, found {value!r}")
    strategies = tuple(Strategy.parse(name, entry, extraction, where, folder) for name, entry in value.items())
    seen: dict[str, str] = {}
    for strategy in strategies:
        other = seen.setdefault(folded(strategy.name), strategy.name)
        if other != strategy.name:
            raise ConfigurationError(
                f"{where}: '{other}' and '{strategy.name}' differ only in case, or in how accents are written, and "
                "would share files on some systems; rename one"
            )
    refuse_unknown_regions(strategies, rois, where)
    return strategies
