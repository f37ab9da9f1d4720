from pathlib import Path

from experiments.running.extracting.derivatives import places_of
from experiments.study.manifest import Scan


def scan(subject, condition="REF+STD", sequence="T2 fs"):
    return Scan(subject, sequence, condition, {}, Path("image.nii.gz"), {}, {}, 2)


def test_names_have_letters_and_digits_alone_and_lead_nowhere():
    ((place,), people) = places_of([scan("../S 1")], ["right kidney"], Path("out"))
    assert people == {"../S 1": "sub-S1"}
    assert place.image("n4_z").as_posix() == "out/sub-S1/anat/sub-S1_acq-REFSTD_desc-n4z_T2fs.nii.gz"
    mask = place.mask("n4_z", "right kidney")
    assert mask.name == "sub-S1_acq-REFSTD_mod-T2fs_label-rightkidney_desc-n4z_mask.nii.gz"


def test_names_that_would_become_the_same_are_told_apart():
    scans = [scan("S-1"), scan("S1"), scan("S 1", "REF-STD"), scan("sub-S1")]
    places, people = places_of(scans[:3], ["a b", "ab"], Path("out"))
    assert len(set(people.values())) == 3
    assert len({place.image("raw") for place in places}) == 3
    assert places[0].mask("raw", "a b") != places[0].mask("raw", "ab")
    assert places_of([scans[3]], [], Path("out"))[1] == {"sub-S1": "sub-S1"}
