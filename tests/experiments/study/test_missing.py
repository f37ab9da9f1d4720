"""What a fresh study lacks is told at once: six runs of `check` for six gaps were six too many."""

from harmonize.errors import ConfigurationError

STUDY = """images: images.csv
reference: REF+STD
rois: {circles: {table: centres.csv, diameter: 15}}
strategies: {raw: }
"""
IMAGES = "subject,sequence,acquisition,reconstruction,image\nS1,T2,REF,STD,a.nii\nS1,T2,ACC,DLR,b.nii\n"
CENTRES = "subject,roi,x,y,z\nS1,liver,1,2,3\n"


def test_all_gaps_stand_in_one_message(read, golden):
    images = IMAGES.replace("REF,STD", "REF,STD?").replace("ACC,", ",")
    with golden.error(ConfigurationError):
        read(STUDY.replace("REF+STD", "''"), images, CENTRES.replace("1,2,3", ",,"))


def test_one_gap_is_told_where_it_is_read(read, golden):
    with golden.error(ConfigurationError):
        read(images=IMAGES.replace("ACC,", ","))
    with golden.error(ConfigurationError):
        read(images=IMAGES.replace("REF,STD", "REF,STD?"))
    assert read().conditions == ("REF+STD", "ACC+DLR")


def test_centres_of_whom_nobody_has_confirmed_are_told_as_images_are(read, golden):
    with golden.error(ConfigurationError):
        read(centres=CENTRES.replace("S1,", "S1?,"))
    with golden.error(ConfigurationError):
        read(images=IMAGES.replace("S1,", "S1?,"), centres=CENTRES.replace("S1,", "S1?,"))
