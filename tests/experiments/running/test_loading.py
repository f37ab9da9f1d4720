"""What a run and its workers load: a second or two of each process, if nobody looks."""

import subprocess
import sys

from experiments.executors import Processes
from experiments.running.between import handing_over
from experiments.running.scan_task import Wanted, process_image
from experiments.running.store.finished import Store
from experiments.study.study import Study

HEAVY = ("matplotlib", "mlflow", "pandas", "pydicom", "scipy.stats", "sklearn", "statsmodels")


def test_a_worker_that_measures_scans_loads_nothing_that_tables_and_figures_need(simulated, tmp_path):
    study = Study.from_yaml(simulated)
    wanted = Wanted(audited=study.strategies, slices=True, reference=True)
    with Processes(1) as executor, handing_over(tmp_path) as between:
        task = ([study.scans[0]], study.strategies, Store(tmp_path / "finished"), between, [wanted])
        ((found,),) = executor.map(process_image, [task], print, lambda error, *_: error)
        look = f"sorted({set(HEAVY)} & set(__import__('sys').modules))"
        (loaded,) = executor.map(eval, [(look,)], print, lambda error, *_: error)  # in the same process
    assert found.rows.cells
    assert found.look is not None
    assert loaded == []


def test_a_run_without_a_harmonizer_loads_no_classifiers_and_draws_only_in_its_report(simulated, tmp_path):
    """scikit-learn and matplotlib were loaded before the first scan, a second."""
    code = (
        "import sys; from pathlib import Path; from experiments.running import course; "
        f"told = lambda: print(sorted({set(HEAVY)} & set(sys.modules))); "
        "write = course.write_report; course.write_report = lambda *given: (told(), write(*given)); "
        "from experiments.running.runner import run_study; "
        "run_study(Path(sys.argv[1]), sys.argv[2], track=False, progress=False); told()"
    )
    command = [sys.executable, "-c", code, str(simulated), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
    before, after = done.stdout.splitlines()
    assert before == "['pandas', 'scipy.stats', 'statsmodels']"  # q values of the comparison
    assert after == "['matplotlib', 'pandas', 'scipy.stats', 'statsmodels']"
