"""The README's promises that can be checked without a network."""

import re
from pathlib import Path

import pytest

from experiments.cli import commands
from experiments.study.study import Study

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_shown_exists():
    code = "".join(re.findall(r"^```\n(.*?)^```", README, flags=re.DOTALL | re.MULTILINE))
    shown = set(re.findall(r"^(?:.*&& )?radharmony (\w[\w-]*)", code, flags=re.MULTILINE))
    assert shown
    assert shown <= set(commands())


def test_the_study_it_shows_is_a_study(tmp_path):
    study = re.search(r"```yaml\n(.*?)```", README, flags=re.DOTALL).group(1)
    table = re.search(r"```\n(subject,.*?)```", README, flags=re.DOTALL).group(1)
    (tmp_path / "images.csv").write_text(table)
    (tmp_path / "study.yaml").write_text(study)
    loaded = Study.from_yaml(tmp_path / "study.yaml")
    assert loaded.conditions == ("REF+STD", "ACC+DLR")
    assert [strategy.name for strategy in loaded.strategies] == ["zscore", "n4_zscore", "diffusion_zscore"]


@pytest.mark.parametrize("page", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_links_lead_somewhere(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        if not link.startswith("http"):
            assert ((ROOT / page).parent / link).exists(), link
