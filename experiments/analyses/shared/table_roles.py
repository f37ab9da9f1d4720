"""Settings that say which column of any tool's table is what, for analyses of paired measurements."""

from collections.abc import Mapping

from evaluation.reading import Reading, Roles
from experiments.analyses.shared.fields import AnalysisSettings, frozen_settings, option
from experiments.analyses.shared.groups import columns, decimal_sign, named, optional, patterns
from experiments.analyses.shared.readers import long_names


@frozen_settings
class TableRoles(AnalysisSettings):
    """Which column is what; what is not named is guessed."""

    subject: str | None = optional("The subject.", "COLUMN")
    sequence: str | None = optional("Analysed level by level.", "COLUMN")
    roi: str | None = optional("Analysed level by level.", "COLUMN")
    strategy: str | None = optional("Analysed level by level and set side by side.", "COLUMN")
    within: tuple[str, ...] = columns("Further factors, analysed level by level.")
    extract: Mapping[str, str] = named("Make columns from the named groups of a regular expression.", "COLUMN=REGEX")
    long: tuple[str, str] | None = option(
        "The table has a row for each value, in these columns.", default=None, metavar="FEATURE,VALUE", read=long_names
    )
    features: tuple[str, ...] = patterns("Features, such as '*_glcm_*'.")
    exclude: tuple[str, ...] = patterns("Features to leave out.")
    decimal: str | None = decimal_sign()

    def reading(self, condition: tuple[str, ...], asked: str, order: str | None = None) -> Reading:
        """Say how to read a table whose conditions stand in these columns, which the setting `asked` names."""
        roles = Roles(
            subject=self.subject,
            condition=condition,
            order=order,
            sequence=self.sequence,
            roi=self.roi,
            strategy=self.strategy,
            within=self.within,
        )
        return Reading(roles, self.extract, self.long, self.features, self.exclude, self.decimal, asked)
