"""What other commands find in a run folder, such as diagnostic performance, logged beside the run they belong to."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.folder.file_names import unique_names
from experiments.folder.files import FINDINGS, TRACKED
from experiments.folder.kinds import Record
from experiments.folder.refused import check_file
from experiments.folder.run_folder import RunFolder
from experiments.folder.writing import is_inner
from experiments.tracking.address import MASK, check_uri, default_uri
from experiments.tracking.entry import Entry, key, metrics_of, params_of
from experiments.tracking.note import read_note
from experiments.tracking.problems import TrackingError
from harmonize.digest import digest_of_file, sealed, unsealed
from harmonize.errors import ConfigurationError
from harmonize.inputs.paths import as_path

if TYPE_CHECKING:
    from experiments.tracking.store import TrackingStore


DIGESTS = ("data_digest", "settings_digest")
"""What findings share with the run they were made for."""

KEYS = {*("name", "params", "metrics", "curves", "artifacts"), *DIGESTS}


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
    curves : mapping of str to sequence of (int, float)
        Metrics drawn as a line over whole steps, such as the AUC over the threshold in percent.
    artifacts : sequence of Path
        Files in the run folder.

    Examples
    --------
    >>> Findings("diagnose", {"model": "logistic"}, {"auc": 0.71, "auc_lower": 0.6}).metrics
    {'auc': 0.71, 'auc_lower': 0.6}
    """

    name: str
    params: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Sequence[tuple[int, float]]] = field(default_factory=dict)
    artifacts: Sequence[Path] = ()


def _record(name: str) -> Record:
    """Describe the file of the findings of this name."""
    advice = f"add what `radharmony {name}` finds again, or remove its folder"
    return Record(f"{FINDINGS}/{name}.json", advice=advice, sealed=False)


def names_of_findings(folder: Path) -> list[str]:
    """Name the findings that are kept in a run folder, in order."""
    return [path.stem for path in RunFolder(folder).there(FINDINGS, ".json")]


def forget_findings(run: RunFolder, name: str) -> None:
    """Take away what says that results belong to a run, before they are written again."""
    run.renew(_record(name), None)


def keep_findings(run: RunFolder | str | Path, findings: Findings) -> None:
    """Keep findings in a run folder as `findings/<name>.json`, with the SHA-256 of their files.

    Raises
    ------
    ConfigurationError
        If an artifact lies outside the folder, or another run has written into the folder since this one was opened.
    """
    run = RunFolder.of(run)
    run.check_still()
    names = [_inside(path, run.folder) for path in findings.artifacts]
    kept = {
        **asdict(findings),
        "metrics": metrics_of(findings.metrics),
        "params": params_of(findings.params),
        "artifacts": {name: digest_of_file(run.path(name)) for name in names},
        **{digest: run.record[digest] for digest in DIGESTS},
    }
    run.write(_record(findings.name), sealed(kept))


def log_findings(folder: str | Path, name: str, tracking_uri: str | None = None) -> str:
    """Log the findings that are kept in a run folder beside its MLflow run, if it has one.

    A later run of the same study in the folder logs them again with its own, as long as data and settings are those
    they were found in.

    Parameters
    ----------
    folder : str or Path
        What `run_study` left.
    name : str
        Of the findings.
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
    """
    folder = as_path(folder, "folder of a run")
    kept = kept_findings(RunFolder.open(folder), name)
    note = read_note(folder)
    if note is None:
        return ""
    from experiments.tracking.store import TrackingStore

    uri = tracking_uri or note["tracking_uri"]
    if MASK in uri:
        raise TrackingError(f"{uri} stands in {TRACKED} without its secrets; name it with `tracking_uri`")
    store = TrackingStore(check_uri(uri) if uri else default_uri(folder))
    store.bring_home()
    state = store.state(note["run_id"])
    if state is None:
        return ""
    children = store.children(state[1], note["run_id"])
    return _log(store, folder, kept, state[1], note["run_id"], children)


def log_known(
    store: "TrackingStore", folder: Path, experiment: str, parent: str, children: Mapping[str, str], again: bool = True
) -> None:
    """Log the findings in a folder that were found in the very data and settings of its run; known ones if `again`."""
    run = RunFolder.open(folder)
    for name in names_of_findings(folder):
        if name in children and not again:
            continue
        with suppress(ConfigurationError):  # they can be found again
            _log(store, folder, kept_findings(run, name), experiment, parent, children)


def kept_findings(run: RunFolder, name: str) -> dict[str, Any]:
    """Read kept findings; refused if they or their files were changed, or are of other data or settings."""
    file = _record(name)
    path, advice = run.path(file), file.advice
    content = run[file]
    kept = unsealed(content, str(path))
    if not set(kept) >= KEYS or not isinstance(kept["artifacts"], dict):
        raise ConfigurationError(f"{path}: is not as it was written; {advice}")
    if any(kept[digest] != run.record.get(digest) for digest in DIGESTS):
        raise ConfigurationError(f"{path}: was found in a run with other data or settings; {advice}")
    for artifact, digest in kept["artifacts"].items():
        if not is_inner(artifact):
            raise ConfigurationError(f"{path}: {artifact!r} leads out of the folder; {advice}")
        check_file(run.path(artifact), digest, f"results of `radharmony {name}`", advice)
    return kept


def _inside(path: Path, folder: Path) -> str:
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ConfigurationError(f"{path}: lies outside {folder}; artifacts are files of the run folder")
    return path.resolve().relative_to(folder.resolve()).as_posix()


def _log(
    store: "TrackingStore",
    folder: Path,
    kept: Mapping[str, Any],
    experiment: str,
    parent: str,
    children: Mapping[str, str],
) -> str:
    names = unique_names(((name,) for name in (*kept["metrics"], *kept["curves"])), key)
    entry = Entry(
        kept["name"],
        kept["params"],
        {names[name,]: float(value) for name, value in kept["metrics"].items()},
        {"digest.data": kept["data_digest"], "digest.settings": kept["settings_digest"]},
        {names[name,]: [(int(step), float(value)) for step, value in curve] for name, curve in kept["curves"].items()},
        [(folder / name, name) for name in kept["artifacts"]],
    )
    run = children.get(entry.name) or store.start(experiment, entry, parent)
    store.log(run, entry)
    store.end(run, "FINISHED")
    return run
