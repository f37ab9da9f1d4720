"""`radharmony check` and an unchanged `radharmony run` against an earlier commit, by processor time.

Six subjects in four arms with one large ROI, four strategies. Both sides get the same study and take turns; the time
of worker processes counts, and the shortest call is taken. Needs a worktree of the commit, installed in an environment
of its own:

```
git worktree add ../old 4fdedba && python -m venv ../old/.venv && ../old/.venv/bin/pip install -e ../old
python tests/benchmarks/bench_commands.py ../old/.venv/bin/python
```
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench_study import made_study

IMPORTS = "import experiments.running.runner, experiments.tracking, experiments.cli.run"
MAIN = "from experiments.cli import main; main()"


def processor_seconds(python: str, code: str, *arguments: str) -> float:
    """Give the processor time of a program and all processes that it waited for."""
    before = os.times()
    ended = subprocess.run([python, "-c", code, *arguments], capture_output=True, encoding="utf-8")
    after = os.times()
    if ended.returncode > 1:  # 1: the audit found something
        raise SystemExit(ended.stderr)
    return after.children_user + after.children_system - before.children_user - before.children_system


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("other", help="Python of the environment of the other commit")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--study", type=Path, help="study.yaml of a study that is there already")
    options = parser.parse_args()
    pythons = {"before": options.other, "now": sys.executable}
    with tempfile.TemporaryDirectory() as made:
        study = options.study or made_study(Path(made) / "study", 6, 1)
        results = {side: str(Path(made) / side) for side in pythons}
        first = {
            side: processor_seconds(python, MAIN, "run", str(study), "--out", results[side])
            for side, python in pythons.items()
        }
        print("first run:", *(f"{side} {seconds:.1f} s" for side, seconds in first.items()), flush=True)
        commands = {
            "check": (MAIN, "check", str(study)),
            "check --jobs 2": (MAIN, "check", str(study), "--jobs", "2"),
            "imports of run": (IMPORTS,),
            "run, unchanged": (MAIN, "run", str(study), "--out"),
        }
        for name, command in commands.items():
            times: dict[str, list[float]] = {side: [] for side in pythons}
            for _ in range(options.repeats):
                for side, python in pythons.items():
                    end = (results[side],) if command[-1] == "--out" else ()
                    times[side].append(processor_seconds(python, *command, *end))
            before, now = (min(times[side]) for side in pythons)
            print(f"{name}: before {before:.2f} s, now {now:.2f} s, ratio {now / before:.2f}", flush=True)


if __name__ == "__main__":
    main()
