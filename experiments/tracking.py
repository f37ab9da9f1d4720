"""A finished run folder as MLflow runs: one parent for the comparison, one child a strategy.

The only module that imports MLflow.
"""

import json
import logging
import os
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from experiments import outputs
from harmonize.errors import RadharmonyError

# Patient data stays local: MLflow must not report how it is used. Read at import, so set before it.
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["DO_NOT_TRACK"] = "true"

import mlflow
from mlflow.entities import Metric, Param

MAX_PARAM = 6000
"""Longest parameter value that MLflow's stores take."""


def default_uri(folder: Path) -> str:
    """Give the address of the SQLite file in a run folder.

    Examples
    --------
    >>> default_uri(Path("/data/out"))
    'sqlite:////data/out/mlflow.db'
    """
    return f"sqlite:///{(folder.resolve() / outputs.TRACKING).as_posix()}"


def track_run(folder: Path, tracking_uri: str | None = None, progress: Callable[[int, int], None] | None = None) -> str:
    """Record a finished run folder in MLflow.

    Parameters
    ----------
    folder : Path
        What `run_study` left.
    tracking_uri : str, optional
        Any address that MLflow takes; by default a SQLite file in the folder, its artifacts beside it.
    progress : callable, optional
        Called as `progress(done, total)`.

    Returns
    -------
    str
        The id of the parent run.

    Raises
    ------
    RadharmonyError
        If the tracking server or file cannot be used; the results in the folder are complete all the same.
    """
    run = json.loads((folder / outputs.RUN).read_text(encoding="utf-8"))
    strategies = pd.read_csv(
        folder / outputs.STRATEGIES, dtype={"strategy": str}, keep_default_na=False, na_values=[""]
    )
    try:
        with _quiet():
            return _track(folder, run, strategies, tracking_uri, progress or (lambda *_: None))
    except Exception as error:  # MLflow raises whatever its store raises
        raise RadharmonyError(
            f"MLflow at {tracking_uri or default_uri(folder)} could not record the run: {error}; "
            f"the results in {folder} are complete, check --tracking-uri and run the same command again"
        ) from error


def _track(
    folder: Path,
    run: Mapping[str, Any],
    strategies: pd.DataFrame,
    tracking_uri: str | None,
    progress: Callable[[int, int], None],
) -> str:
    client = mlflow.MlflowClient(tracking_uri=tracking_uri or default_uri(folder))
    experiment = _experiment(client, run["name"], None if tracking_uri else folder / "mlruns")
    total = 1 + len(run["strategies"])
    progress(0, total)
    tags = {
        "radharmony.settings_digest": run["settings_digest"],
        "radharmony.data_digest": run["data_digest"],
        **{f"version.{name}": version for name, version in run["versions"].items()},
    }
    parent = _start(client, experiment, run["name"], tags)
    lengths = {key: len(run[key]) for key in ("subjects", "sequences", "conditions", "rois", "strategies")}
    rule = {f"threshold.{name}": value for name, value in run["rule"].items()}
    best = strategies["robust_share"].max()
    _log(
        client,
        parent,
        {
            "reference": run["reference"],
            "rois": ", ".join(run["rois"]),
            **{f"n_{k}": v for k, v in lengths.items()},
            **rule,
        },
        {"scans": run["scans"], "seconds": run["seconds"], "best_robust_share": best},
    )
    for name in (outputs.REPORT, outputs.STRATEGIES, outputs.SUMMARY, outputs.FAILURES, outputs.RUN, outputs.AUDIT):
        client.log_artifact(parent, str(folder / name))
    client.log_artifact(parent, str(folder / outputs.METHODS))
    for place, ending in ((outputs.COMPARISON, "csv"), (outputs.TABLES, "md")):
        for table in sorted((folder / place).glob(f"*.{ending}")):
            client.log_artifact(parent, str(table), place)
    for figure in sorted((folder / outputs.FIGURES).glob("*.svg")):
        client.log_artifact(parent, str(figure), "figures")
    for fits in sorted((folder / outputs.FITTED).glob("*.json")):
        client.log_artifact(parent, str(fits), "fitted")
    progress(1, total)
    summary = pd.read_csv(folder / outputs.SUMMARY, dtype={"strategy": str}, keep_default_na=False, na_values=[""])
    for done, strategy in enumerate(run["strategies"], start=2):
        _track_strategy(client, experiment, parent, folder, strategy, strategies, summary, tags)
        progress(done, total)
    client.set_terminated(parent, "FINISHED")
    return parent


def _track_strategy(
    client: mlflow.MlflowClient,
    experiment: str,
    parent: str,
    folder: Path,
    strategy: Mapping[str, Any],
    strategies: pd.DataFrame,
    summary: pd.DataFrame,
    tags: Mapping[str, str],
) -> None:
    name = strategy["name"]
    child = _start(
        client,
        experiment,
        name,
        {**tags, "mlflow.parentRunId": parent, "radharmony.strategy_digest": strategy["digest"]},
    )
    params: dict[str, Any] = {"strategy": name, "steps": " > ".join(next(iter(step)) for step in strategy["steps"])}
    for number, step in enumerate(strategy["steps"], start=1):
        for step_name, values in step.items():
            params |= {f"{number}.{step_name}.{key}": value for key, value in values.items()}
    for key, values in strategy.get("harmonizer", {}).items():
        params |= {f"harmonizer.{key}": values}
    params |= {f"setting.{key}": value for key, value in strategy["extraction"]["setting"].items()}
    figures = strategies[strategies["strategy"] == name].drop(columns="strategy")
    _log(client, child, params, {} if figures.empty else figures.iloc[0].to_dict())
    _log_table(client, child, summary[summary["strategy"] == name], "summary.csv")
    whitelist = folder / outputs.WHITELISTS / f"{name}.json"
    if whitelist.is_file():
        client.log_artifact(child, str(whitelist), "whitelist")
    reliability = pd.read_parquet(folder / outputs.RELIABILITY, filters=[("strategy", "==", name)])
    _log_table(client, child, reliability, "reliability.csv")
    for figure in sorted((folder / outputs.FIGURES / name).glob("*.svg")):
        client.log_artifact(child, str(figure), "figures")
    client.set_terminated(child, "FINISHED")


def _experiment(client: mlflow.MlflowClient, name: str, artifacts: Path | None) -> str:
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if artifacts is None else artifacts.resolve().as_uri()
    return str(client.create_experiment(name, artifact_location=location))


def _start(client: mlflow.MlflowClient, experiment: str, name: str, tags: Mapping[str, str]) -> str:
    return str(client.create_run(experiment, run_name=name, tags=dict(tags)).info.run_id)


def _log(client: mlflow.MlflowClient, run: str, params: Mapping[str, Any], metrics: Mapping[str, Any]) -> None:
    now = int(time.time() * 1000)
    client.log_batch(
        run,
        params=[Param(_key(key), str(value)[:MAX_PARAM]) for key, value in params.items()],
        metrics=[Metric(_key(key), float(value), now, 0) for key, value in metrics.items() if pd.notna(value)],
    )


def _log_table(client: mlflow.MlflowClient, run: str, table: pd.DataFrame, name: str) -> None:
    client.log_text(run, table.to_csv(index=False, lineterminator="\n"), name)


def _key(name: str) -> str:
    return "".join(sign if sign.isalnum() or sign in "_-./ " else "_" for sign in name)[:250]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep off the terminal what MLflow and its dependencies note about themselves; users can do nothing about it."""
    loggers = [logging.getLogger(name) for name in ("mlflow", "alembic")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
