"""What the MLflow runs of a study hold, read from the study's record and from the folder that a run left."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from evaluation.quality.association import FOUND
from evaluation.reliability.statistics import agreement
from experiments.folder import condition_files, files
from experiments.folder.kinds import Record
from experiments.folder.run_folder import DIGESTS, OF_RUNS, RunFolder
from experiments.folder.scorecard_files import SCORECARD
from experiments.page.chains import chains_in_words
from experiments.tracking.entry import MAX_TAG, Entry, metrics_of, params_of
from harmonize.digest import digest_of

LISTS = ("subjects", "sequences", "conditions", "rois", "strategies")
FILES = (
    *(files.REPORT, files.METHODS, files.STRATEGIES, files.SUMMARY, files.FAILURES, files.RUN),
    *(files.AUDIT, files.IBSI, files.FEATURES, files.RELIABILITY, files.HARMONIZATION_SUMMARY),
    *(files.REMARKS, files.OUTSIDE),
    *files.OF_FACETS,
    SCORECARD,
)
FOLDERS = ((files.COMPARISON, ".csv"), (files.TABLES, ".csv"), (files.FITTED, ".json"), (files.WHITELISTS, ".json"))
"""Artifacts of the parent; files that a study does not have are left out."""

BY = ("sequence", "roi", "class", "condition")
RESULTS = "digest.results"
"""The tag of a parent that says which results are recorded."""

MOST_SIGNS = 120
"""Longest name of a run in lists."""
DIGEST_LENGTH = 36
"""Longest digest of a dataset that MLflow takes."""


def opening(record: Mapping[str, Any]) -> Entry:
    """Give what is known of the parent before anything is computed.

    Parameters
    ----------
    record : mapping
        As in run.json, as far as it is known.
    """
    params = {
        "reference": record["reference"],
        "rois": ", ".join(record["rois"]),
        **{f"n_{name}": len(record[name]) for name in LISTS},
        **{f"threshold.{name}": value for name, value in record["rule"].items()},
        **{f"registration.{name}": value for name, value in (record["registration"] or {}).items()},
        **{f"perturbations.{name}": chain for name, chain in chains_in_words(record).items()},
    }
    return Entry(record["name"], params_of(params), tags=_tags(record), description=record["description"])


def identity(record: Mapping[str, Any]) -> str:
    """Give the digest of what MLflow does not let a run change: name, settings, and the lists of subjects and ROIs."""
    return digest_of([record["name"], record["settings_digest"], *(record[name] for name in LISTS)])


def results(record: Mapping[str, Any]) -> str:
    """Give the digest of the tables and whitelists of a finished run, and of the software that they were made with."""
    known = {
        name: digest
        for name, digest in record[DIGESTS].items()
        if name in OF_RUNS or name.startswith(f"{files.WHITELISTS}/")
    }
    return digest_of([record["data_digest"], record["versions"], sorted(known.items())])


def parent_entry(run: RunFolder) -> Entry:
    """Give all that the parent of a finished run holds."""
    record, strategies = run.record, run.strategies
    metrics: dict[str, Any] = {
        "scans": record["scans"],
        "seconds": record["seconds"],
        "failures": len(run.failures),
    }
    tags = {**_tags(record), "digest.data": record["data_digest"], RESULTS: results(record)}
    shares = strategies.dropna(subset=["robust_share"]) if "robust_share" in strategies else strategies.iloc[:0]
    if not shares.empty:
        best = shares.sort_values("robust_share", ascending=False, kind="stable").iloc[0]
        tags["best_strategy"] = str(best["strategy"])
        metrics |= {f"best_{name}": best.get(name) for name in _with_limits("robust_share")}
        metrics["best_whitelist_size"] = best["whitelist_size"]
    return Entry(
        record["name"],
        opening(record).params,
        metrics_of(metrics),
        tags,
        artifacts=_artifacts(run),
        dataset=_dataset(record),
    )


def strategy_entry(run: RunFolder, strategy: Mapping[str, Any]) -> Entry:
    """Give all that the child of one strategy holds.

    Metrics are the figures of strategies.csv under their names there, with limits of shares, and medians and shares of
    ICC and CCC by sequence, ROI, feature class and condition under names such as `icc_median/sequence/HASTE`, of which
    MLflow makes a section of charts each.
    """
    record, name = run.record, strategy["name"]
    params = _params(strategy)
    figures = _of(run.strategies, name).drop(columns="strategy")
    metrics = {} if figures.empty else figures.iloc[0].to_dict()
    compared = run.get(files.SUMMARY)
    summary = None if compared is None else _of(compared, name)
    if summary is not None:
        metrics |= _parts(summary)
    facets = run.get(files.FACETS_SUMMARY)
    if facets is not None:
        metrics |= {f"{row['of']}/{row['name']}": row["median"] for row in _of(facets, name).to_dict("records")}
    trends = run.get(condition_files.TREND_SUMMARY)
    if trends is not None:
        metrics |= _trends(_of(trends, name), _of(run[condition_files.TREND_SHARES], name))
    worth = run.get(condition_files.PERTURBATION_WORTH)
    if worth is not None:
        rows = worth[(worth["strategy"] == name) & (worth["by"] == "overall")]
        metrics |= {f"worth/{row['chain']}/{row['measure']}": row["estimate"] for row in rows.to_dict("records")}
    explained = run.get(condition_files.QUALITY_LOSS)
    if explained is not None:
        metrics |= _explained(_of(explained, name))
    scored = run.get(SCORECARD)
    if scored is not None:
        metrics |= _scored(_of(scored, name))
    perturbed = run.get(files.PERTURBED_SUMMARY)
    if perturbed is not None:
        metrics |= _perturbed(_of(perturbed, name))
    return Entry(
        name,
        params_of(params),
        metrics_of(metrics),
        {
            **_tags(record),
            "digest.data": record["data_digest"],
            "digest.strategy": strategy["digest"],
        },
        artifacts=_strategy_artifacts(run, name, summary),
        dataset=_dataset(record),
        description=strategy["description"],
        label=label(strategy, record["strategies"]),
    )


def _params(strategy: Mapping[str, Any]) -> dict[str, Any]:
    """Give all that a strategy does, by names as MLflow lists them."""
    steps = " > ".join(next(iter(step)) for step in strategy["steps"])
    params: dict[str, Any] = {"strategy": strategy["name"], "steps": steps}
    for number, step in enumerate(strategy["steps"], start=1):
        for step_name, values in step.items():
            params |= {f"{number}.{step_name}.{option}": value for option, value in values.items()}
    params |= {f"harmonizer.{option}": value for option, value in strategy.get("harmonizer", {}).items()}
    return params | {f"setting.{option}": value for option, value in strategy["extraction"]["setting"].items()}


def label(strategy: Mapping[str, Any], strategies: Sequence[Mapping[str, Any]]) -> str:
    """Name a strategy by its name and what it does otherwise than another of the run: steps, settings, harmonizer.

    Examples
    --------
    >>> wide, narrow = (
    ...     {"name": name, "steps": [{"zscore": {}}], "extraction": {"setting": {"binWidth": width, "force2D": True}}}
    ...     for name, width in (("a", 5.0), ("b", 2.0))
    ... )
    >>> label(narrow, [wide, narrow])
    'b: binWidth 2'
    """
    own, all_of = _params(strategy), [_params(one) for one in strategies]
    told = []
    for name, value in own.items():
        others = (
            [one[name] for one in all_of if name in one] if name[0].isdigit() else [one.get(name) for one in all_of]
        )
        if name != "strategy" and value is not None and any(other != value for other in others):
            written = f"{value:g}" if isinstance(value, float) else str(value)
            told.append((written or "no steps") if name == "steps" else f"{name.rsplit('.', 1)[-1]} {written}")
    return ": ".join(filter(None, (strategy["name"], ", ".join(told))))[:MOST_SIGNS]


def _parts(summary: pd.DataFrame) -> dict[str, float]:
    """Give medians and shares of ICC and CCC by sequence, ROI, feature class and condition."""
    metrics = {}
    for row in summary[summary["by"].isin(BY) & summary["statistic"].isin(agreement())].to_dict("records"):
        metrics[f"{row['statistic']}_median/{row['by']}/{row['level']}"] = row["median"]
        metrics[f"{row['statistic']}_share/{row['by']}/{row['level']}"] = (
            row["share_of_all"] if row["n_computed"] else math.nan
        )
    return metrics


def _trends(summary: pd.DataFrame, shares: pd.DataFrame) -> dict[str, float]:
    """Give which shares of features rise and fall, and pass up to each ordered level."""
    metrics = {}
    for row in summary[summary["by"] == "overall"].to_dict("records"):
        of = f"{row['factor']}/{row['at']}"
        for name in ("rising", "falling"):
            metrics[f"{name}/{of}"] = row[name] / row["n_computed"] if row["n_computed"] else math.nan
    for row in shares[shares["by"] == "overall"].to_dict("records"):
        of = f"{row['factor']}_{row['number']:g}/{row['at']}"
        metrics[f"pass_up_to/{of}"] = row["up_to"] / row["n_total"] if row["n_computed"] else math.nan
    return metrics


def _explained(found: pd.DataFrame) -> dict[str, float]:
    """Give for each measure of image quality with the loss of which share of the classes of features it goes."""
    shares = {}
    for measure, rows in found.groupby("measure", sort=False):
        q = rows["q"].dropna()
        shares[f"goes_with_loss/{measure}"] = float((q < FOUND).mean()) if len(q) else math.nan
    return shares


def _scored(card: pd.DataFrame) -> dict[str, float]:
    """Give what each harmonizer did to held-out subjects, its rank, and p of its gain."""
    metrics = {}
    for row in card[(card["held"] == "subject") & (card["status"] == "ok")].to_dict("records"):
        of = f"{row['method']}/{row['measure']}".replace(":", "-")
        metrics[f"harmonizer/{of}"] = row["estimate"]
        if row["measure"] == "score":
            metrics |= {f"harmonizer/{of}_rank": row["rank"], f"harmonizer/{of}_p": row["p"]}
    return metrics


def _perturbed(summary: pd.DataFrame) -> dict[str, float]:
    """Give medians over features, and the shares of ICC beyond the threshold, of each chain of perturbations."""
    metrics = {}
    for row in summary.to_dict("records"):
        of = f"perturbed/{row['on']}/{row['chain']}"
        metrics[f"{row['statistic']}_median/{of}"] = row["median"]
        if not math.isnan(row["passing"]):
            share = row["passing"] / row["n_total"] if row["n_computed"] else math.nan
            metrics[f"{row['statistic']}_share/{of}"] = share
    return metrics


def _tags(record: Mapping[str, Any]) -> dict[str, str]:
    versions = {f"version.{name}": version for name, version in record["versions"].items()}
    tags = {"digest.settings": record["settings_digest"], **versions}
    return {name: str(value)[:MAX_TAG] for name, value in tags.items()}


def _with_limits(share: str) -> tuple[str, str, str]:
    return share, f"{share}_lower", f"{share}_upper"


def _of(table: pd.DataFrame, strategy: str) -> pd.DataFrame:
    return table[table["strategy"] == strategy]


def _artifacts(run: RunFolder) -> list[tuple[Path | str, str]]:
    paths = [run.path(name) for name in FILES]
    paths += [path for place, suffix in FOLDERS for path in run.within(place) if path.suffix == suffix]
    paths += run.there(files.FIGURES, ".svg")
    return [(path, path.relative_to(run.folder).as_posix()) for path in paths if path.is_file()]


def _strategy_artifacts(run: RunFolder, name: str, summary: pd.DataFrame | None) -> list[tuple[Path | str, str]]:
    found: list[tuple[Path | str, str]] = []
    if summary is not None:
        found = [
            (summary.to_csv(index=False, lineterminator="\n"), str(files.SUMMARY)),
            (
                _of(run.reliability, name).to_csv(index=False, lineterminator="\n"),
                f"{Path(files.RELIABILITY).stem}.csv",
            ),
        ]
    whitelist = run.path(files.WHITELISTS.file(f"{name}.json", Record))
    if whitelist.is_file():
        found.append((whitelist, f"whitelist/{whitelist.name}"))
    for place, ending in ((files.FIGURES, ".svg"), (files.PICTURES, ".jpg")):
        found += [(file, f"{place}/{file.name}") for file in run.there(place.place(name), ending)]
    of_scans = run.there(files.PICTURES, ".jpg")  # of an extraction: ROIs on the scans as they were read
    return found + [(file, f"{files.PICTURES}/{file.name}") for file in of_scans]


def _dataset(record: Mapping[str, Any]) -> dict[str, Any]:
    """Describe the images and masks; counts alone, no names of people."""
    counts = {"scans": record["scans"], **{name: len(record[name]) for name in LISTS[:-1]}}
    return {
        "name": record["name"][:500],
        "digest": record["data_digest"][:DIGEST_LENGTH],
        "source_type": "radharmony",
        "source": json.dumps({"data_digest": record["data_digest"]}),
        "profile": json.dumps(counts),
    }
