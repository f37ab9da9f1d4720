"""What tests of study files share."""

import pytest

from experiments.study.study import Study


@pytest.fixture
def read(tmp_path, request):
    """Give a function that reads a study from the texts that the test's module has, or others."""
    own = request.module

    def read(study=own.STUDY, images=own.IMAGES, centres=own.CENTRES):
        for name, text in {"study.yaml": study, "images.csv": images, "centres.csv": centres}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return Study.from_yaml(tmp_path / "study.yaml")

    return read
