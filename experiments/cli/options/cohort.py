"""The options that say what the columns and rows of a cohort's table are, and what a whitelist may be applied to."""

from collections.abc import Callable

import click

from experiments.cli.options.common import columns_option, decimal_option, features_option, patterns_option
from experiments.cli.options.values import FILE_THAT_EXISTS, F, composed

DIFFERENCES = ("steps", "extraction", "harmonizer", "versions", "unknown", "missing")
"""In what the making of two tables of features may differ, in the words of `selection.compare_settings`."""

cohort_options = composed(
    click.option(
        "--target", required=True, metavar="COLUMN", help="The class of each row; of two, the second is sought."
    ),
    click.option("--subject", default="subject", show_default=True, metavar="COLUMN", help="The subject of each row."),
    click.option(
        "--where", metavar="COLUMN=VALUE", multiple=True, help="Only these rows, such as roi=liver. May be repeated."
    ),
    features_option,
    patterns_option("--exclude", "Columns that are none."),
    decimal_option,
)

unit_option = columns_option("--unit", "What tells several rows of a subject apart, such as the lesion.")


def settings_option(about: str) -> Callable[[F], F]:
    """Make the option that names how features were made."""
    return click.option("--settings", type=FILE_THAT_EXISTS, help=about)


def allow_option(about: str) -> Callable[[F], F]:
    """Make the option that allows what would be refused."""
    return click.option("--allow", multiple=True, type=click.Choice(DIFFERENCES), help=f"{about} May be repeated.")


def whitelist_options(about: str) -> Callable[[F], F]:
    """Make the options of a whitelist that chooses the features of a cohort."""
    return composed(
        click.option("--whitelist", type=FILE_THAT_EXISTS, help=about),
        settings_option(
            "How the features of TABLE were made, for --whitelist: run.json or a PyRadiomics parameter file."
        ),
        allow_option("Apply the whitelist in spite of such a difference."),
    )
