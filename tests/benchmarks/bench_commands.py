"""`radharmony check` and an unchanged `radharmony run` against an earlier commit, by processor time.

Six subjects in four arms with one large ROI, four strategies. Both sides get the same study and take turns; the time
of worker processes counts, and the shortest call is taken. Needs a worktree of the commit, installed in an environment
of its own:

```
git worktree add ../old 4fdedba && python -m venv ../old/.venv && ../old/.venv/bin/pip install -e ../old
python tests/benchmarks/bench_commands.py ../old/.venv/bin/python --folder made
```
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from bench_study import made_study

IMPORTS = "import experiments.cli.run, experiments.running.runner, experiments.tracking"
MAIN = "from experiments.cli import main; main()"


def processor_seconds(folder: Path, python: str, code: str, *arguments: str) -> float:
    """Give the processor time of a program and all processes that it waited for; it compiles into a folder."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "compiled")
    before = os.times()
    ended = subprocess.run([python, "-c", code, *arguments], capture_output=True, encoding="utf-8", env=environment)
    after = os.times()
    if ended.returncode > 1:  # 1: the audit found something
        raise SystemExit(ended.stderr)
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("other", help="Python of the environment of the other commit")
    parser.add_argument("--folder", type=Path, required=True, help="for the study and its runs; what is there is used")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    folder, study = options.folder.absolute(), options.folder.absolute() / "study" / "study.yaml"
    if not study.exists():
        made_study(study.parent, 6, 1)
    pythons = {"before": options.other, "now": sys.executable}
    for side, python in pythons.items():
        if not (folder / side / "run.json").exists():
            seconds = processor_seconds(folder, python, MAIN, "run", str(study), "--out", str(folder / side))
            print(f"first run, {side}: {seconds:.1f} s", flush=True)
    again = {side: (MAIN, "run", str(study), "--out", str(folder / side)) for side in pythons}
    commands = {
        "check": dict.fromkeys(pythons, (MAIN, "check", str(study))),
        "imports of a run": dict.fromkeys(pythons, (IMPORTS,)),
        "run, unchanged": again,
    }
    for name, command in commands.items():
        times: dict[str, list[float]] = {side: [] for side in pythons}
        for _ in range(options.repeats + 1):  # the first one compiles
            for side, python in pythons.items():
                times[side].append(processor_seconds(folder, python, *command[side]))
        before, now = (min(times[side][1:]) for side in pythons)
        print(f"{name}: before {before:.2f} s, now {now:.2f} s, ratio {now / before:.2f}", flush=True)


if __name__ == "__main__":
    main()
