"""Nothing that is read can run code: no pickle, no eval, no unpacking of archives, no shell."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("radharmony", "harmonize", "evaluation", "selection", "experiments")
MODULES = {
    *("pickle", "cPickle", "_pickle", "cloudpickle", "dill", "marshal", "shelve", "code", "codeop", "runpy", "ctypes"),
    *("subprocess", "pty", "torch", "tensorflow", "zipfile", "tarfile", "xmlrpc", "telnetlib", "ftplib"),
}
CALLS = {
    *("eval", "exec", "compile", "__import__", "breakpoint"),
    *("os.system", "os.popen", "os.execv", "os.startfile", "joblib.load", "pd.read_pickle", "pandas.read_pickle"),
    *("np.load", "numpy.load", "np.fromregex", "shutil.unpack_archive", "yaml.unsafe_load", "yaml.full_load"),
    *("yaml.load_all", "webbrowser.open", "DataFrame.eval", "pd.eval", "pd.read_html", "pd.read_hdf"),
}
ALLOWED = {
    # Tasks and results on a pipe between a process and the worker that it has started itself.
    ("experiments/executors/worker.py", "pickle"),
    # Starting this Python once more as a worker: nothing in that command comes from a file.
    ("experiments/executors/worker.py", "subprocess"),
    # Starting MLflow's server with this Python: nothing in that command comes from a file.
    ("experiments/tracking/server.py", "subprocess"),
    # The step `command`, for those who allow it: a keeper with this Python, and the program without a shell.
    ("harmonize/steps/command.py", "subprocess"),
    ("harmonize/steps/keeper.py", "subprocess"),
    # MIRP in a process of its own: this Python with a module of ours; questions and answers are JSON.
    ("evaluation/extraction/mirp_process.py", "subprocess"),
    # The page of that server: an address of this machine, with a number from the database.
    ("experiments/cli/ui.py", "webbrowser.open"),
    # Asking Linux that a worker ends with its parent.
    ("experiments/executors/worker.py", "ctypes"),
    # Tasks for the workers of a Dask cluster that the user names, which speaks pickle itself.
    ("experiments/executors/cluster.py", "pickle"),
    # Raising an error in the thread of a task whose time is up.
    ("experiments/executors/limit.py", "ctypes"),
    # Asking the C library to give back what it keeps of freed memory.
    ("experiments/running/spare_memory.py", "ctypes"),
    # The names in an archive, which tell an Excel workbook from others; nothing is unpacked.
    ("evaluation/reading/kinds.py", "zipfile"),
    # The archive of a workbook that was made here, written again with one date for all, so that the bytes are the same.
    ("experiments/exporting/workbook.py", "zipfile"),
    # The strict loader, which derives from SafeLoader.
    ("harmonize/inputs/yaml_file.py", "yaml.load"),
}


def files():
    return [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]


def suspicious(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in MODULES:
            yield str(node.module)
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in CALLS or name == "yaml.load" or name.endswith(".read_pickle"):
                yield name
            for keyword in node.keywords:
                true = isinstance(keyword.value, ast.Constant) and keyword.value.value is True
                if keyword.arg in ("shell", "allow_pickle") and true:
                    yield f"{keyword.arg}=True"


def test_no_module_reads_what_could_run():
    found = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in files()
        for name in suspicious(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == ALLOWED


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "import torch.nn",
        "eval('1')",
        "yaml.load(text)",
        "np.load(path, allow_pickle=True)",
        "subprocess_like(shell=True)",
        "pd.read_pickle(path)",
    ],
)
def test_the_search_finds_what_it_looks_for(line):
    assert list(suspicious(ast.parse(line)))


def test_templates_escape_everything():
    # `| safe` would let a name such as <script> through.
    templates = [path for package in PACKAGES for path in (ROOT / package).rglob("*.html")]
    assert templates
    assert not [path for path in templates if "|safe" in path.read_text(encoding="utf-8").replace(" ", "")]
    assert not [path for path in templates if "autoescape" in path.read_text(encoding="utf-8")]
