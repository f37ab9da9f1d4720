"""Answers that the models of the run give: trade-off, transfer and diagnosis."""

from collections.abc import Sequence

from experiments.folder.files import RELIABILITY, RUN, WHITELISTS
from experiments.page import Modeling
from experiments.report.checklists.knowledge import Answer, Knowledge, folders, of_models, once
from harmonize.words import sentence


def _folds(models: Sequence[Modeling]) -> str:
    return "; ".join(
        dict.fromkeys(
            f"{one.settings['folds']} folds of subjects, stratified by class, {one.settings['repeats']} times, seed "
            f"{one.settings['seed']}"
            for one in models
        )
    )


def _split(models: Sequence[Modeling]) -> str:
    kept = "all rows of a subject stay together, and whatever a model learns it learns from the training rows."
    return f"{sentence(_folds(models))}; {kept}"


def _chosen(models: Sequence[Modeling]) -> str:
    scores = once(str(one.settings.get("tune_by", "auc")).replace("auc", "AUC") for one in models)
    return f"Parameters were chosen by {scores} in an inner cross-validation of the training subjects."


def _sizes(models: Sequence[Modeling]) -> str:
    parts = ", ".join(f"{one.n_features:.1f} for {one.subjects} ({one.folder})" for one in models)
    return f"Features on average for subjects: {parts}; whether that suits is for the author to say."


def _compared(models: Sequence[Modeling]) -> str:
    return f"{sentence('; '.join(f'{one.compared} ({one.folder})' for one in models))}; not adjusted for their number."


def _algorithms(models: Sequence[Modeling]) -> str:
    version = models[0].versions.get("scikit-learn", "of unknown version")
    return f"{once(name for one in models for name in one.models)}; scikit-learn {version}."


split = of_models("yes", _split)
partition = of_models(
    "partly",
    lambda models: (
        f"{_split(models)} There is no separate test set; steps that learn from a cohort of images, if any, saw all of "
        "them."
    ),
)
internal = of_models("open", lambda _: "Tested by cross-validation; this run has no separate test set.")
testing = of_models("yes", lambda models: f"Internal, by nested cross-validation: {_folds(models)}.")
dimension = of_models("partly", _sizes, lambda one: one.n_features is not None)
performance = of_models(
    "partly",
    lambda models: f"{once(name for one in models for name in one.measures)}; why these is for the author to say.",
)
algorithms = of_models("yes", _algorithms)
tuning = of_models("partly", _chosen)
choice = of_models(
    "partly",
    lambda models: once(f"{one.tuned}." for one in models),
    lambda one: bool(one.tuned),
)
comparison = of_models("partly", _compared, lambda one: bool(one.compared))
simple_models = of_models(
    "yes",
    lambda models: f"Tested on the same folds: {once(name for one in models for name in one.baselines)}.",
    lambda one: bool(one.baselines),
)
other_methods = of_models(
    "partly",
    lambda _: (
        "The volume of the ROI alone was tested on the same folds; clinical methods are for the author to compare."
    ),
    lambda one: "ROI volume" in one.baselines,
)
results = of_models("yes", lambda _: "Held-out scores with limits.")


def robust(known: Knowledge) -> Answer:
    """Say what was robust, and whether models were kept from the rest."""
    run, whitelists = known.record, known.context.whitelists
    definition = run["inference"]["definition"] or " and ".join(
        f"{name} {limit}" for name, limit in run["rule"].items()
    )
    counts = ", ".join(f"{name} {len(whitelist.everywhere)}" for name, whitelist in whitelists.items())
    text = (
        f"Robust was what has {definition} in every condition; of {len(known.context.features)} features, in "
        f"every sequence and ROI: {counts}."
    )
    removed = "; ".join(f"{one.removed} ({one.folder})" for one in known.models if one.removed)
    if not removed:
        more = "Models used all features." if known.models else "No model was trained in this run."
        return Answer("partly", f"{text} {more}", f"{WHITELISTS}/, {RELIABILITY}")
    others = ", ".join(one.folder for one in known.models if not one.removed)
    text = f"{text} Models took only what passes: {removed}."
    source = f"{WHITELISTS}/, {folders(known.models)}"
    return (
        Answer("partly", f"{text} Models of {others} used all features.", source)
        if others
        else Answer("yes", text, source)
    )


def redundant(known: Knowledge) -> Answer:
    """Say how redundant features were removed."""
    asked = [one for one in known.models if one.reduced is not None]
    done = [one for one in asked if one.reduced]
    if not asked:
        return Answer()
    if not done:
        return Answer("no", "Neither pruning nor a selector was used.", folders(asked))
    parts = "; ".join(dict.fromkeys(part for one in done for part in one.reduced or ()))
    return Answer("yes", f"{sentence(parts)}; in the training rows of each fold.", folders(done))


def reduction(known: Knowledge) -> Answer:
    """Join robustness and redundancy."""
    kept, pruned = robust(known), redundant(known)
    sources = once(filter(None, f"{kept.source}, {pruned.source}".split(", ")))
    both = kept.state == pruned.state == "yes"
    return Answer("yes" if both else "partly", f"{kept.known} {pruned.known}".strip(), sources)


def scaling(known: Knowledge) -> Answer:
    """Say what was harmonized."""
    models = [one for one in known.models if one.harmonizer]
    parts = [f"harmonized under {known.harmonized}, learned from other subjects"] if known.harmonized else []
    parts += [f"harmonized by {one.harmonizer}, learned from training subjects ({one.folder})" for one in models]
    if not parts:
        return Answer("open", "Feature values were not harmonized in this run.")
    return Answer("partly", f"{sentence('; '.join(parts))}.", once(filter(None, (str(RUN), folders(models)))))


def uncertainty(known: Knowledge) -> Answer:
    """Name the limits."""
    text = "Reliability has 95 % limits, shares of features have intervals over subjects"
    if not known.models:
        return Answer("partly", f"{text}; no model was trained in this run.", RELIABILITY)
    return Answer("yes", f"{text}; scores of models have confidence limits.", folders(known.models))


def calibration(known: Knowledge) -> Answer:
    """Give the slope of calibration."""
    asked = [one for one in known.models if one.calibration is not None]
    if not asked:
        return Answer()
    found = [f"{name} {slope:.2f} ({one.folder})" for one in asked for name, slope in (one.calibration or {}).items()]
    reasons = once(reason for one in asked for reason in one.uncalibrated)
    if not found:
        return Answer("no", f"No slope of calibration could be computed ({reasons}).", folders(asked))
    more = f" Not computed of others: {reasons}." if reasons else ""
    return Answer("yes", f"Slope of calibration: {'; '.join(found)}.{more}", folders(asked))


def imbalance(known: Knowledge) -> Answer:
    """Count the rows by class, of the first that tell."""
    counted = next((one for one in known.models if one.classes), None)
    if counted is None:
        return Answer()
    counts = ", ".join(f"{label}: {count}" for label, count in sorted(counted.classes.items()))
    return Answer("partly", f"Rows by class: {counts}; folds are stratified by class.", folders([counted]))
