"""Harmonizers compared on a table, each on subjects that it has not seen."""

from dataclasses import dataclass

import pandas as pd

from evaluation.batch_effects import Scorecard, Scoring, harmonization_scorecard
from evaluation.batch_effects.compared_methods import harmonizers_of, named_methods
from evaluation.reading import Rows, Table, TableFile, candidates
from experiments.analyses.harmonize.fitting import guess_groups
from experiments.analyses.harmonize.reading import levels_of, read_table, with_batch
from experiments.analyses.harmonize.scorecard_settings import ScorecardSettings
from experiments.analyses.harmonize.settings import HarmonizationSettings
from experiments.analyses.shared.table_files import describe_file, given_table, with_types
from experiments.progress import Progress
from experiments.results.scorecard_words import scorecard_sentences, scorecard_shown
from harmonize.errors import ConfigurationError
from harmonize.inputs.files import one_look
from harmonize.inputs.levels import find_level
from harmonize.printed import Printed

OF_ONE = ("method", "save", "model", "fit_on", "nonparametric", "mean_only", "no_empirical_bayes")
"""Settings of a single harmonizer."""


@dataclass(frozen=True, repr=False)
class ComparedHarmonizers(Printed):
    """Harmonizers side by side.

    Parameters
    ----------
    described : dict of str to str
        The table that was read, by name and SHA-256.
    settings : HarmonizationSettings
    asked : ScorecardSettings
    rows : Rows
    scoring : Scoring
    card : Scorecard
    lines : tuple of str
        What was compared on what, for people.
    """

    described: dict[str, str]
    settings: HarmonizationSettings
    asked: ScorecardSettings
    rows: Rows
    scoring: Scoring
    card: Scorecard
    lines: tuple[str, ...]

    @property
    def notes(self) -> list[str]:
        """What to be careful about."""
        return [*self.rows.notes, *self.card.notes]

    def held(self, how: str) -> pd.DataFrame:
        """Give the rows of one way of holding out: subject or site."""
        table = self.card.table
        return table[table["held"] == how]

    def sentences(self) -> list[str]:
        """Say which harmonizer earned its place, or that none did."""
        return scorecard_sentences(self.held("subject"), self.asked.permutations)

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give the sentences, and a row for each harmonizer."""
        return " ".join(self.sentences()), scorecard_shown(self.held("subject"), self.card.seconds)


@one_look()
def run_scorecard(
    table: Table, settings: HarmonizationSettings, asked: ScorecardSettings, progress: Progress = lambda *_: None
) -> ComparedHarmonizers:
    """Compare harmonizers on a table of features; `write_scorecard` writes the result.

    Parameters
    ----------
    table : str, Path or DataFrame
        A row for each image and ROI: CSV or Parquet of any tool, or what pandas has in memory.
    settings : HarmonizationSettings
        The columns and their roles.
    asked : ScorecardSettings
        Which harmonizers, and how they are compared.
    progress : callable, optional
        Called as `progress(what, done, total)`.

    Raises
    ------
    ConfigurationError
        For whatever is wrong with table or settings, and for harmonization that would be learned on test subjects.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame({"subject": [f"S{i}" for i in range(24)], "scanner": ["A", "B"] * 12})
    >>> for name in ("original_glcm_Id", "original_glcm_Idm", "original_glcm_Contrast"):
    ...     frame[name] = rng.normal(size=24) + 2.0 * (frame["scanner"] == "B")
    >>> settings = HarmonizationSettings(batch=("scanner",))
    >>> found = run_scorecard(frame, settings, ScorecardSettings(compare=("combat",), permutations=0, draws=0))
    >>> found.printed()[1]["Harmonizer"].tolist()
    ['combat', 'none']
    """
    source = given_table(table)
    given = [name for name in OF_ONE if vars(settings)[name]]
    if given:
        raise ConfigurationError(
            f"`{given[0]}` is of one harmonizer and excludes `compare`; name variants there, such as "
            "`compare=none,combat,combat:mean_only`"
        )
    names = named_methods(asked.compare, "`compare`")
    file = TableFile.open(source, settings.decimal)
    batch = "+".join(settings.batch)
    covariates = (*settings.categorical, *settings.continuous, *settings.smooth)
    extra = [name for name in (asked.target, asked.site) if name is not None and name not in settings.batch]
    taken = {*settings.batch, *settings.by, *covariates, *asked.keep, *extra}
    subject = settings.subject or next(iter(candidates(file.header, "subject", taken)), None)
    if subject is None:
        raise ConfigurationError("`subject` is missing: no subject may be learned from and judged; name its column")
    guessed = not settings.by and not settings.together
    by = guess_groups(file.header, {*taken, subject}) if guessed else settings.by
    roles = {
        "batch": settings.batch,
        "by": by,
        "categorical": settings.categorical,
        "subject": (subject,),
        "keep": tuple(name for name in asked.keep if name not in (*settings.batch, *by, *covariates)),
        "target": () if asked.target is None else (asked.target,),
        "site": () if asked.site is None or asked.site in (*settings.batch, *by) else (asked.site,),
    }
    rows = read_table(file, settings, roles, {"continuous": settings.continuous, "smooth": settings.smooth})
    frame = with_batch(rows.frame, settings.batch)
    frame = frame.assign(**{name: with_types(frame[name]) for name in roles["keep"]})
    reference = settings.reference
    if reference is not None:
        reference = find_level(reference, frame[batch], f"`reference`: no row has {batch}")
    most = str(frame[batch].value_counts().index[0])
    methods = harmonizers_of(
        names,
        batch=batch,
        subject=subject,
        reference=reference,
        fallback=most,
        covariates={name: vars(settings)[name] for name in ("categorical", "continuous", "smooth")},
        where="`compare`",
    )
    organ = next((name for name in by if name in candidates(file.header, "roi", set())), "")
    scoring = Scoring(
        batch=batch,
        subject=subject,
        by=by,
        reference=reference or most,
        keep=tuple(dict.fromkeys((*covariates, *asked.keep))),
        target=asked.target,
        site=asked.site,
        organ=organ,
        folds=asked.folds,
        resamples=asked.draws,
        permutations=asked.permutations,
        level=asked.level,
        seed=asked.seed,
    )
    measured = sum(not isinstance(one, str) for one in methods.values())
    count = _Told(measured * (2 if asked.site else 1) + asked.permutations, progress)
    card = harmonization_scorecard(frame, methods, rows.features, scoring, count)
    lines = (
        f"batch {batch} ({levels_of(frame[batch])}), compared with {reference or f'{most} (guessed: most rows)'}",
        f"subject: {subject}" + ("" if settings.subject else " (guessed)"),
        f"groups: by {', '.join(by)}{' (guessed)' if guessed else ''}" if by else "groups: none",
        f"features: {len(rows.features)}",
    )
    return ComparedHarmonizers(describe_file(source), settings, asked, rows, scoring, card, lines)


class _Told:
    """Count what is done, and tell it."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._done, self._total, self._progress = 0, total, progress
        progress("harmonizers", 0, total)

    def __call__(self) -> None:
        self._done = min(self._done + 1, self._total)
        self._progress("harmonizers", self._done, self._total)
