"""`radharmony cache`: what finished results take up, and how to remove those that nobody needs."""

import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from experiments.cli.command import Command
from experiments.cli.options import FILE, FOLDER_THAT_EXISTS, data_option
from experiments.cli.terminal import make_console, show_table
from harmonize.words import UNITS, ago, plural

if TYPE_CHECKING:
    from experiments.running.store.entry import CacheEntry
    from experiments.running.store.finished import Store


def _age(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    if value is None:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([mhdw])", value.strip())
    if not found:
        raise click.BadParameter(f"expected a number and m, h, d or w, such as 30d, found '{value}'")
    return float(found[1]) * UNITS[found[2]]


folder_argument = click.argument("folder", type=FOLDER_THAT_EXISTS)


@click.group
def cache() -> None:
    """Look at finished results, and remove those that nobody needs.

    FOLDER is the folder of a run, or one that was named as --cache. Removing results loses time, nothing else: a
    run computes again what it misses.
    """


@cache.command(cls=Command)
@folder_argument
@click.option("--study", type=FILE, help="Study file: count what it still uses.")
@data_option
def info(folder: Path, study: Path | None, data: Path | None) -> None:
    """Show how many results there are, how large, how old, whose, and which are damaged."""
    store, study = _store(folder), study or _own_study(folder)
    entries = list(store.entries())
    used = _used(store, study, data) if study else None
    rows = []
    for name, group in _groups(entries, used or {}).items():
        shown = [name, str(len(group)), _size(sum(entry.bytes for entry in group))]
        shown += [ago(max(entry.age for entry in group)), ago(min(entry.age for entry in group))]
        if used is not None:
            shown.append(str(sum(entry.path in used for entry in group)))
        rows.append(shown)
    columns = ("", "entries", "size", "oldest", "newest", *(["used"] if study else []))
    show_table(make_console(highlight=False), columns, rows, f"{store.folder}", noun="group")
    leftovers, displaced = store.leftovers(0), store.displaced()
    click.echo(f"{plural(len(entries), 'entry')}, {_size(sum(entry.bytes for entry in entries))}")
    if used is not None:
        click.echo(f"used by {study}: {sum(entry.path in used for entry in entries)}")
    damaged = sum(not entry.sound for entry in entries)
    if damaged:
        click.echo(f"damaged: {damaged}; they are not used, and computed again when they are needed")
    if displaced:
        what = plural(len(displaced), "folder")
        click.echo(
            f"in the place of an entry: {what}, {_size(sum(map(_bytes, displaced)))}; `cache prune` removes them"
        )
    if leftovers:
        click.echo(f"half-written: {len(leftovers)}; left by a process that was killed, or being written now")


@cache.command(cls=Command)
@folder_argument
@click.option("--unused", "study", type=FILE, metavar="STUDY", help="Remove what this study does not use.")
@click.option("--older-than", "age", callback=_age, metavar="AGE", help="Remove what is older, such as 12h or 30d.")
@click.option("--all", "everything", is_flag=True, help="Remove everything.")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@data_option
def prune(
    folder: Path, study: Path | None, age: float | None, everything: bool, dry_run: bool, data: Path | None
) -> None:
    """Remove damaged results, folders in the place of one, and those that the options name.

    With --unused and --older-than only what is both. Safe while a run is going on: it computes again what it misses.
    """
    if everything and (study or age is not None):
        raise click.UsageError("--all removes everything; leave out --unused and --older-than")
    store = _store(folder)
    used = _used(store, study, data) if study else {}
    chosen = study is not None or age is not None

    def goes(entry: "CacheEntry") -> bool:
        named = chosen and entry.path not in used and (age is None or entry.age > age)
        return everything or named or not entry.sound

    entries = [entry for entry in store.entries() if goes(entry)]
    paths = store.leftovers()
    folders = store.displaced()
    size = sum(entry.bytes for entry in entries) + sum(map(_bytes, [*paths, *folders]))
    if not dry_run:
        store.remove(entries)
        for path in paths:
            path.unlink(missing_ok=True)
        for path in folders:
            shutil.rmtree(path)
    verb = "would remove" if dry_run else "removed"
    one = "entry" if any(entry.packed for entry in entries) else "file"
    what = plural(len(entries) + len(paths), one) + (f" and {plural(len(folders), 'folder')}" if folders else "")
    click.echo(f"{verb} {what}, {_size(size)}")
    if not (chosen or everything or entries or paths or folders):
        click.echo("nothing is damaged; choose with --unused, --older-than or --all what else to remove")


def _store(folder: Path) -> "Store":
    """Give the store of a run's folder, or of the folder itself."""
    from experiments.folder.files import FINISHED
    from experiments.folder.run_folder import RunFolder
    from experiments.running.store.finished import Store

    inner = RunFolder(folder).path(FINISHED)
    return Store(inner if inner.is_dir() else folder)


def _own_study(folder: Path) -> Path | None:
    """Give the study file that lies in a run's folder, as `demo` leaves it."""
    path = folder / "study" / "study.yaml"
    return path if path.is_file() else None


def _used(store: "Store", study: Path, data: Path | None) -> dict[Path, tuple[str, ...]]:
    from experiments.running.survey.used import used_entries
    from experiments.study.study import Study

    return used_entries(Study.from_yaml(study, data), store)


def _groups(entries: Sequence["CacheEntry"], used: Mapping[Path, tuple[str, ...]]) -> dict[str, list["CacheEntry"]]:
    """Sort entries by what they are: strategies by their name in the study that uses them, else by their own.

    A name that several strategies have had, or that another has now, comes with the beginning of the digest.
    """
    digests: dict[str, set[str]] = {}
    for entry in entries:
        digests.setdefault(_name(entry, used), set()).add(entry.made.digest)
    groups: dict[str, list[CacheEntry]] = {}
    for entry in entries:
        groups.setdefault(_label(entry, used, digests), []).append(entry)
    return dict(sorted(groups.items()))


def _name(entry: "CacheEntry", used: Mapping[Path, tuple[str, ...]]) -> str:
    return ", ".join(used.get(entry.path, ())) or entry.made.strategy


def _label(entry: "CacheEntry", used: Mapping[Path, tuple[str, ...]], digests: Mapping[str, set[str]]) -> str:
    if not entry.sound:
        return "damaged"
    name, digest = _name(entry, used), entry.made.digest
    version = f" ({digest[:8]})" if len(digests[name]) > 1 and digest else ""
    what = {"features": f"{name}{version}", "registration": "registrations"}
    label = what.get(entry.kind, "observations of cohorts")
    return f"{label}: known to fail" if entry.failed else label


def _bytes(path: Path) -> int:
    """Count the bytes of a file, or of all files in a folder; of one that another process has removed, none."""
    try:
        return sum(map(_bytes, path.iterdir())) if path.is_dir() and not path.is_symlink() else path.lstat().st_size
    except FileNotFoundError:
        return 0


def _size(size: float) -> str:
    """Give a size as people say it.

    Examples
    --------
    >>> _size(900), _size(2_345_678)
    ('900 B', '2.3 MB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
