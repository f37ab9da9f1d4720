"""What harmonization has done with a table, and what there is to say of it."""

from dataclasses import dataclass

import pandas as pd

from evaluation.reading import Rows
from evaluation.tables import feature_class
from experiments.analyses.shared.left_out import reasons_of
from harmonize.combat import GroupedHarmonizer
from harmonize.printed import Printed
from harmonize.words import some


@dataclass(frozen=True, repr=False)
class Done(Printed):
    """A harmonized table.

    Parameters
    ----------
    rows : Rows
        As it was read.
    fitted : GroupedHarmonizer
        What harmonized it.
    harmonized : DataFrame
        The new values of the features.
    lines : tuple of str
        What was done, for people.
    notes : tuple of str
        What to be careful about, with the groups that it concerns.
    """

    rows: Rows
    fitted: GroupedHarmonizer
    harmonized: pd.DataFrame
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def feature_lines(self) -> list[str]:
        """Say which features were harmonized and which passed untouched."""
        features = self.fitted.features
        # Columns that were taken for their numbers alone are shown, as one of them may be no feature.
        shown = some(features, 2 if any(map(feature_class, features)) else 15)
        lines = [f"features: {len(features)}, {shown}"]
        empty = [name for name in self.rows.features if name not in set(features)]
        if empty:
            lines.append(f"left as they are, no value in any row fitted on: {some(empty)}")
        untouched = self.fitted.untouched()
        if untouched:
            count = sum(map(len, untouched.values()))
            labels, names = next(iter(untouched.items()))
            where = f" in {' / '.join(labels)}" if labels else ""
            alone = "" if self.fitted.models[labels].needs_batch else ", or none but one was found"
            why = f"untouched, as they do not vary within some batch{alone}"
            lines.append(f"{why}: {count}, such as {names[0]}{where}")
        left_out = reasons_of(self.rows.left_out)
        return [*lines, *(f"left as they are, {why}: {some(left)}" for why, left in left_out.items())]

    def printed(self) -> tuple[str, pd.DataFrame]:
        """Give what was done in lines."""
        return "\n".join([*self.lines, *self.feature_lines()]), pd.DataFrame()
