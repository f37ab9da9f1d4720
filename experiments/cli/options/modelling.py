"""The options of models that learn from features: how these are chosen, and how subjects are held out."""

from collections.abc import Callable

import click

from experiments.cli.options.values import F, composed, number_or_none

FEWEST = 100
"""Fewer resamples cannot tell a tail, see `check_number`; refused before anything is computed."""

MODELS = "logistic, elastic_net, forest, boosting, svm."

model_option = click.option("--model", default="logistic", show_default=True, help=MODELS)


def choosing_options(kept: str) -> Callable[[F], F]:
    """Make the options of the steps before the model; `kept` says which of several alike features stays."""
    return composed(
        click.option(
            "--prune",
            default="0.9",
            callback=number_or_none,
            show_default=True,
            metavar="R|none",
            help=f"Of features with this absolute rank correlation keep the {kept}.",
        ),
        click.option(
            "--select",
            default="mrmr:10",
            show_default=True,
            metavar="NAME[:OPTIONS]|none",
            help="Selector, such as mrmr:10, fdr:0.05 or rfe:n_features=5,step=0.2.",
        ),
    )


def cross_validation_options(limits: str) -> Callable[[F], F]:
    """Make the options of repeated, nested cross-validation; `limits` says what subjects are drawn again for."""
    return composed(
        click.option("--folds", type=int, default=5, show_default=True, help="Folds of subjects."),
        click.option("--repeats", type=int, default=10, show_default=True, help="How often to split into folds."),
        click.option("--inner-folds", type=int, default=5, show_default=True, help="Folds of the training subjects."),
        click.option(
            "--resamples",
            "n_resamples",
            type=click.IntRange(FEWEST),
            default=1000,
            show_default=True,
            help=f"How often subjects are drawn again, for {limits}.",
        ),
        click.option("--seed", type=int, default=0, show_default=True, help="The same seed gives the same folds."),
    )
