import shutil

import pytest


@pytest.fixture
def folder(finished, tmp_path):
    """A copy of a finished run, to be changed."""
    shutil.copytree(finished.folder, tmp_path / "b", ignore=shutil.ignore_patterns("mlruns", "mlflow.db", "finished"))
    return tmp_path / "b"
