"""What other commands find in a run folder, such as diagnostic performance, logged beside the run they belong to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments import outputs
from experiments.tracking.address import check_uri, default_uri
from experiments.tracking.entry import Entry, key, metrics_of, params_of
from experiments.tracking.note import read_note
from harmonize.documents import read_json
from harmonize.errors import ConfigurationError

if TYPE_CHECKING:
    from experiments.tracking.store import Store


KEYS = {*("name", "params", "metrics", "strategies", "curves", "artifacts"), *("data_digest", "settings_digest")}


@dataclass(frozen=True)
class Findings:
    """Numbers and files that a command such as `diagnose` or `tradeoff` adds to a run folder.

    Parameters
    ----------
    name : str
        Of the command; names the child run in MLflow and the file that keeps this for the next run.
    params : mapping
        Its settings.
    metrics : mapping of str to float
        Numbers of the whole, such as `auc`, with `auc_lower` and `auc_upper`.
    strategies : mapping of str to mapping of str to float
        Numbers of single strategies, logged on the strategy's own child too, so that `auc` stands beside
        `robust_share` in the list of runs.
    curves : mapping of str to sequence of (int, float)
        Metrics drawn as a line over whole steps, such as the AUC over the threshold in percent.
    artifacts : sequence of Path
        Files in the run folder.

    Examples
    --------
    >>> Findings("diagnose", {"model": "logistic"}, strategies={"raw": {"auc": 0.71, "auc_lower": 0.6}}).strategies
    {'raw': {'auc': 0.71, 'auc_lower': 0.6}}
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    strategies: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    artifacts: Sequence[Path] = ()


def log_findings(folder: Path, findings: Findings, tracking_uri: str | None = None) -> str:
    """Keep findings in a run folder, and log them beside its MLflow run if it has one.

    They are kept as `findings/<name>.json`. A later run of the same study in the folder logs them again with its own,
    as long as data and settings are those they were found in.

    Parameters
    ----------
    folder : Path
        What `run_study` left.
    findings : Findings
        What to log; its artifacts lie in the folder.
    tracking_uri : str, optional
        Where the run is tracked; needed if the address holds a password, which the folder does not keep.

    Returns
    -------
    str
        Id of the MLflow run, empty if the run of the folder is not tracked.

    Raises
    ------
    TrackingError
        If MLflow cannot be used; the findings are kept in the folder all the same.
    ConfigurationError
        If an artifact lies outside the folder.
    """
    record = read_json(folder / outputs.RUN)
    kept = {
        **asdict(findings),
        "metrics": metrics_of(findings.metrics),
        "strategies": {name: metrics_of(values) for name, values in findings.strategies.items()},
        "params": params_of(findings.params),
        "artifacts": [_inside(path, folder) for path in findings.artifacts],
        **{digest: record[digest] for digest in ("data_digest", "settings_digest")},
    }
    outputs.write_json(folder / outputs.FINDINGS / f"{findings.name}.json", kept)
    note = read_note(folder)
    if note is None:
        return ""
    from experiments.tracking.store import Store

    uri = tracking_uri or note["tracking_uri"]
    store = Store(check_uri(uri) if uri else default_uri(folder))
    state = store.state(note["run_id"])
    if state is None:
        return ""
    children = store.children(state[1], note["run_id"])
    return _log(store, folder, kept, state[1], note["run_id"], children)


def log_known(store: "Store", folder: Path, experiment: str, parent: str, children: Mapping[str, str]) -> None:
    """Log the findings in a folder that were found in the very data and settings of its run."""
    record = read_json(folder / outputs.RUN)
    for path in sorted((folder / outputs.FINDINGS).glob("*.json")):
        kept = _read(path)
        if kept and all(kept[digest] == record[digest] for digest in ("data_digest", "settings_digest")):
            _log(store, folder, kept, experiment, parent, children)


def _read(path: Path) -> dict[str, Any]:
    """Read kept findings; empty if they are damaged, as they can be found again."""
    try:
        kept = read_json(path)
    except ConfigurationError:
        return {}
    return kept if isinstance(kept, dict) and set(kept) >= KEYS else {}


def _inside(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"{path}: lies outside {folder}; artifacts are files of the run folder")
    return path.resolve().relative_to(folder.resolve()).as_posix()


def _log(
    store: "Store",
    folder: Path,
    kept: Mapping[str, Any],
    experiment: str,
    parent: str,
    children: Mapping[str, str],
) -> str:
    whole = {
        f"{strategy}/{name}": value for strategy, values in kept["strategies"].items() for name, value in values.items()
    }
    entry = Entry(
        kept["name"],
        kept["params"],
        metrics_of({**whole, **kept["metrics"]}),
        {"digest.data": kept["data_digest"], "digest.settings": kept["settings_digest"]},
        {key(name): [(int(step), float(value)) for step, value in curve] for name, curve in kept["curves"].items()},
        [(folder / name, name) for name in kept["artifacts"] if (folder / name).is_file()],
    )
    run = children.get(entry.name) or store.start(experiment, entry, parent)
    store.log(run, entry)
    store.end(run, "FINISHED")
    for strategy, values in kept["strategies"].items():
        if strategy in children:
            store.log(children[strategy], Entry(strategy, metrics=values))
    return run
