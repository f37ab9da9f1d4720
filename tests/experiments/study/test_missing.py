"""What a fresh study lacks is told at once: six runs of `check` for six gaps were six too many."""

import pytest

from experiments.study.study import Study
from harmonize.errors import ConfigurationError

STUDY = """images: images.csv
reference: REF+STD
rois: {circles: {table: centres.csv, diameter: 15}}
strategies: {raw: }
"""
IMAGES = "subject,sequence,acquisition,reconstruction,image\nS1,T2,REF,STD,a.nii\nS1,T2,ACC,DLR,b.nii\n"
CENTRES = "subject,roi,x,y,z\nS1,liver,1,2,3\n"


@pytest.fixture
def read(tmp_path):
    def read(study=STUDY, images=IMAGES, centres=CENTRES):
        for name, text in {"study.yaml": study, "images.csv": images, "centres.csv": centres}.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return Study.from_yaml(tmp_path / "study.yaml")

    return read


def test_all_gaps_stand_in_one_message(read):
    images = IMAGES.replace("REF,STD", "REF,STD?").replace("ACC,", ",")
    with pytest.raises(ConfigurationError) as caught:
        read(STUDY.replace("REF+STD", "''"), images, CENTRES.replace("1,2,3", ",,"))
    assert str(caught.value) == (
        "the study is not complete: study.yaml: 'reference' is empty; images.csv: 'acquisition' is empty in line 3; "
        "images.csv: 'reconstruction' is not confirmed (STD?) in line 2; centres.csv: 'x' and 'y' and 'z' are empty in "
        "line 2; fill these in, or remove the rows"
    )


def test_one_gap_is_told_where_it_is_read(read):
    with pytest.raises(ConfigurationError, match="line 3: 'acquisition' is empty"):
        read(images=IMAGES.replace("ACC,", ","))
    with pytest.raises(ConfigurationError, match=r"line 2: 'reconstruction' is 'STD\?', which nobody has confirmed"):
        read(images=IMAGES.replace("REF,STD", "REF,STD?"))
    assert read().conditions == ("REF+STD", "ACC+DLR")
