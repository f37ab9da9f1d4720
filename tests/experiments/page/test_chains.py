from experiments.page.chains import chains_in_words
from experiments.study.perturbations import Draw, perturbations_record
from harmonize.perturbations import AddedNoise, RandomContour, Rotation, VolumeChange

TURNED = [
    (Rotation(angle=angle), VolumeChange(change=change), RandomContour())
    for angle in (-13.0, -7.0, 7.0, 13.0)
    for change in (-0.15, 0.0, 0.15)
]


def told(*draws):
    """Describe what run.json holds of draws."""
    return {name: str(chain) for name, chain in chains_in_words(perturbations_record(draws)).items()}


def test_a_chain_is_told_with_every_value_that_it_has_in_its_draws():
    draws = [Draw("RVC", i, steps, conditions=("unperturbed",), seed=3) for i, steps in enumerate(TURNED, start=1)]
    text = told(*draws)["RVC"]
    assert text.startswith("rotation in the plane of the slices (angle -13, -7, 7 and 13, ")
    assert ", then growth or shrinkage of the ROI by volume (change -0.15, 0 and 0.15, by distance), then " in text
    assert text.endswith("; after all steps; 12 draws, seed 3")


def test_what_an_image_forming_chain_leaves_open_is_told_too():
    noise = [Draw("noise", i, (AddedNoise(),), conditions=("REF", "ACC")) for i in (1, 2)]
    words = chains_in_words(perturbations_record(noise))["noise"]
    assert words.steps.startswith("noise (factor 1, sigma not stated, distribution gaussian")
    assert words.place == "before all steps"
    assert str(words).endswith("2 draws, seed 0, scans under REF and ACC")


def test_repeats_of_several_combinations_are_told_apart():
    turns = [Draw("R", i, TURNED[i % 2 * 3][:1], before="zscore", conditions=("REF",)) for i in range(1, 7)]
    words = chains_in_words(perturbations_record(turns))["R"]
    assert (words.draws, words.place) == ("6 draws of 2 combinations", "before zscore")


def test_of_what_another_package_adds_the_place_is_not_invented():
    chain = {"seed": 0, "before": "", "after": "", "conditions": ["REF"], "draws": {"A-1": [{"own_one": {"size": 2}}]}}
    words = chains_in_words({"perturbations": {"A": chain}})["A"]
    assert (words.steps, words.place) == ("own one (size 2)", "where its effect asks for it")


def test_a_study_without_perturbations_has_none():
    assert chains_in_words({}) == {}
