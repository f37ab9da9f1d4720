import sys

import pytest

from experiments.study.commands import in_folder, with_commands, with_programs
from harmonize.errors import ConfigurationError
from harmonize.steps import ExternalCommand
from harmonize.steps.command import AllowedCommand

IMAGES = (
    "subject,sequence,acquisition,reconstruction,image,mask\nS1,T2,REF,STD,a.nii,m.nii\nS1,T2,ACC,DLR,b.nii,m.nii\n"
)
CENTRES = ""
STUDY = f"""images: images.csv
reference: REF+STD
rois: {{labels: {{liver: 1}}}}
strategies:
  raw: {{}}
  network: {{steps: [command: {{run: [{sys.executable}, denoise.py, "{{in}}", "{{out}}"]}}, zscore]}}
"""


def test_commands_are_refused_unless_they_are_allowed(read, golden, tmp_path):
    (tmp_path / "denoise.py").write_text("")
    study = read()
    with golden.error(ConfigurationError, varies=r"\S*python\S*"):
        with_commands(study, allowed=False)
    allowed = with_commands(study, allowed=True)
    step = allowed.strategies[1].steps[0]
    assert isinstance(step, AllowedCommand)
    assert (step.folder, len(step.program)) == (str(tmp_path), 64)
    assert with_commands(allowed, allowed=True).settings() == allowed.settings() != study.settings()
    (tmp_path / "denoise.py").write_text("pass")
    assert with_commands(study, allowed=True).settings_digest() != allowed.settings_digest()
    with golden.error(ConfigurationError, varies=r"[0-9a-f]{12}|python\S*"):
        with_programs(allowed.strategies[1])


def test_a_study_that_is_refused_runs_nothing(read):
    plain = read().strategies[1]
    assert type(plain.steps[0]) is ExternalCommand
    assert in_folder(plain, "elsewhere").steps[0].folder == "elsewhere"
    assert in_folder(plain, "elsewhere") == plain


@pytest.mark.parametrize("key", ["allowed: true", "digest: a"])
def test_a_study_file_cannot_allow_itself(read, golden, key):
    with golden.error(ConfigurationError):
        read(STUDY.replace("command: {", f"command: {{{key}, "))
