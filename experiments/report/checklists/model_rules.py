"""Answers that the models of the run give: trade-off, transfer and diagnosis."""

from experiments.folder.files import RELIABILITY, RUN, TRADEOFF, WHITELISTS
from experiments.report.checklists.knowledge import Answer, Knowledge, sentence
from experiments.report.checklists.modeling import Modeling

NO_MODEL = Answer("open", "No model was trained in this run.")


def robust(known: Knowledge) -> Answer:
    """Say what was robust, and whether models were kept from the rest."""
    run = known.files.run
    definition = run["inference"]["definition"] or " and ".join(
        f"{name} {limit}" for name, limit in run["rule"].items()
    )
    counts = {name: len(whitelist["everywhere"]) for name, whitelist in known.files.whitelists.items()}
    parts = ", ".join(f"{name} {count}" for name, count in counts.items())
    text = (
        f"Robust was what has {definition} in every condition; of {len(known.files.features)} features, in every "
        f"sequence and ROI: {parts}."
    )
    removed = [one for one in known.models if one.removed]
    if removed:
        how = "; ".join(f"{one.removed} ({one.folder})" for one in removed)
        others = [one.folder for one in known.models if not one.removed]
        more = f" Models of {', '.join(others)} used all features." if others else ""
        return Answer(
            "partly" if others else "yes",
            f"{text} Models took only what passes: {how}.{more}",
            f"{WHITELISTS}/, {_of(*known.models)}",
        )
    more = " Models used all features." if known.models else " No model was trained in this run."
    return Answer("partly", f"{text}{more}", f"{WHITELISTS}/, {RELIABILITY}")


def redundant(known: Knowledge) -> Answer:
    """Say how redundant features were removed."""
    asked = [one for one in known.models if one.reduced is not None]
    if not asked:
        return Answer()
    done = [one for one in asked if one.reduced]
    if not done:
        return Answer("no", "Neither pruning nor a selector was used.", _of(*asked))
    parts = dict.fromkeys(part for one in done for part in one.reduced or ())
    return Answer("yes", f"{sentence('; '.join(parts))}; in the training rows of each fold.", _of(*done))


def dimension(known: Knowledge) -> Answer:
    """Give features and subjects."""
    counted = [one for one in known.models if one.n_features is not None]
    if not counted:
        return Answer()
    parts = ", ".join(f"{one.n_features:.1f} for {one.subjects} ({one.folder})" for one in counted)
    text = f"Features on average for subjects: {parts}; whether that suits is for the author to say."
    return Answer("partly", text, _of(*counted))


def reduction(known: Knowledge) -> Answer:
    """Join robustness and redundancy."""
    kept, pruned = robust(known), redundant(known)
    parts = dict.fromkeys([*kept.source.split(", "), *filter(None, pruned.source.split(", "))])
    both = kept.state == pruned.state == "yes"
    return Answer("yes" if both else "partly", f"{kept.known} {pruned.known}".strip(), ", ".join(parts))


def split(known: Knowledge) -> Answer:
    """Say how subjects were divided."""
    if not known.models:
        return NO_MODEL
    text = "all rows of a subject stay together, and whatever a model learns it learns from the training rows."
    return Answer("yes", f"{sentence(_folds(known))}; {text}", _of(*known.models))


def partition(known: Knowledge) -> Answer:
    """Say how subjects were divided, and what was not kept apart."""
    if not known.models:
        return NO_MODEL
    text = "There is no separate test set; steps that learn from a cohort of images, if any, saw all of them."
    return Answer("partly", f"{split(known).known} {text}", _of(*known.models))


def scaling(known: Knowledge) -> Answer:
    """Say what was harmonized."""
    harmonized = [one["name"] for one in known.strategies if one.get("harmonizer")]
    parts = [f"harmonized under {', '.join(harmonized)}, learned from other subjects"] if harmonized else []
    models = [one for one in known.models if one.harmonizer]
    parts += [f"harmonized by {one.harmonizer}, learned from training subjects ({one.folder})" for one in models]
    if not parts:
        return Answer("open", "Feature values were not harmonized in this run.")
    return Answer("partly", f"{sentence('; '.join(parts))}.", ", ".join(filter(None, [RUN, _of(*models)])))


def performance(known: Knowledge) -> Answer:
    """Name the measures."""
    if not known.models:
        return NO_MODEL
    names = dict.fromkeys(name for one in known.models for name in one.measures)
    return Answer("partly", f"{', '.join(names)}; why these is for the author to say.", _of(*known.models))


def uncertainty(known: Knowledge) -> Answer:
    """Name the limits."""
    text = "Reliability has 95 % limits, shares of features have intervals over subjects"
    if not known.models:
        return Answer("partly", f"{text}; no model was trained in this run.", RELIABILITY)
    return Answer("yes", f"{text}; scores of models have confidence limits.", _of(*known.models))


def calibration(known: Knowledge) -> Answer:
    """Give the slope of calibration."""
    asked = [one for one in known.models if one.calibration is not None]
    if not asked:
        return Answer()
    found = [f"{name} {slope:.2f} ({one.folder})" for one in asked for name, slope in (one.calibration or {}).items()]
    if not found:
        reasons = ", ".join(dict.fromkeys(reason for one in asked for reason in one.uncalibrated))
        return Answer("no", f"No slope of calibration could be computed ({reasons}).", _of(*asked))
    missing = dict.fromkeys(reason for one in asked for reason in one.uncalibrated)
    more = f" Not computed of others: {', '.join(missing)}." if missing else ""
    return Answer("yes", f"Slope of calibration: {'; '.join(found)}.{more}", _of(*asked))


def internal(known: Knowledge) -> Answer:
    """Say that there is no test set here."""
    if not known.models:
        return NO_MODEL
    return Answer("open", "Tested by cross-validation; this run has no separate test set.")


def testing(known: Knowledge) -> Answer:
    """Say how models were tested."""
    if not known.models:
        return NO_MODEL
    return Answer("yes", f"Internal, by nested cross-validation: {_folds(known)}.", _of(*known.models))


def imbalance(known: Knowledge) -> Answer:
    """Count the rows by class."""
    counted = [one for one in known.models if one.classes]
    if not counted:
        return Answer()
    counts = ", ".join(f"{label}: {count}" for label, count in counted[0].classes.items())
    return Answer("partly", f"Rows by class: {counts}; folds are stratified by class.", _of(counted[0]))


def algorithms(known: Knowledge) -> Answer:
    """Name the models."""
    if not known.models:
        return NO_MODEL
    names = ", ".join(dict.fromkeys(name for one in known.models for name in one.models))
    version = known.models[0].versions.get("scikit-learn", "of unknown version")
    return Answer("yes", f"{names}; scikit-learn {version}.", _of(*known.models))


def tuning(known: Knowledge) -> Answer:
    """Say how parameters were chosen."""
    if not known.models:
        return NO_MODEL
    scores = dict.fromkeys(str(one.settings.get("tune_by", "auc")).replace("auc", "AUC") for one in known.models)
    text = f"Parameters were chosen by {', '.join(scores)} in an inner cross-validation of the training subjects."
    return Answer("partly", text, _of(*known.models))


def choice(known: Knowledge) -> Answer:
    """Say how the threshold was chosen."""
    if not any(one.folder == TRADEOFF for one in known.models):
        return Answer()
    text = "The threshold of robustness was tuned in the inner loop; its own held-out performance is reported."
    return Answer("partly", text, f"{TRADEOFF}/")


def comparison(known: Knowledge) -> Answer:
    """Say how models were compared."""
    compared = [one for one in known.models if one.compared]
    if not compared:
        return Answer()
    parts = "; ".join(f"{one.compared} ({one.folder})" for one in compared)
    return Answer("partly", f"{sentence(parts)}; not adjusted for their number.", _of(*compared))


def simple_models(known: Knowledge) -> Answer:
    """Name the baselines."""
    beaten = [one for one in known.models if one.baselines]
    if not beaten:
        return Answer()
    names = dict.fromkeys(name for one in beaten for name in one.baselines)
    return Answer("yes", f"Tested on the same folds: {', '.join(names)}.", _of(*beaten))


def other_methods(known: Knowledge) -> Answer:
    """Say whether the size of the ROI, which needs no radiomics, was a baseline."""
    beaten = [one for one in known.models if "ROI volume" in one.baselines]
    if not beaten:
        return Answer()
    text = "The volume of the ROI alone was tested on the same folds; clinical methods are for the author to compare."
    return Answer("partly", text, _of(*beaten))


def results(known: Knowledge) -> Answer:
    """Say where the scores stand."""
    if not known.models:
        return NO_MODEL
    return Answer("yes", "Held-out scores with limits.", _of(*known.models))


def _folds(known: Knowledge) -> str:
    parts = dict.fromkeys(
        f"{one.settings['folds']} folds of subjects, stratified by class, {one.settings['repeats']} times, seed "
        f"{one.settings['seed']}"
        for one in known.models
    )
    return "; ".join(parts)


def _of(*models: Modeling) -> str:
    return ", ".join(f"{one.folder}/" for one in models)
