from dataclasses import replace
from importlib.metadata import version

from evaluation.publication import Analysis, HarmonizationMethod, InferenceSettings, methods_text
from evaluation.reliability import Settings, usual


def test_the_text_says_what_was_done(analysis: Analysis) -> None:
    text = methods_text(analysis)
    for words in (
        "4 features in 12 subjects (a statistic used 11 to 12 of them) measured under three conditions",
        "Preprocessing strategies (none and n4) and regions of interest (liver_left and spleen) were analysed",
        "Agreement of ACC+STD and ACC+DLR with REF+STD",
        "two-way, absolute agreement, single measurements; ICC(A,1)) [1], with 95 % confidence limits of the jackknife",
        "over subjects [2], which do not assume normal features",
        "Lin's concordance correlation coefficient [4], with 95 % limits of the same kind",
        "rule 7 of Hyndman and Fan [6]",
        "Thresholds were ICC > 0.90, CCC > 0.90, CV < 10 % and QCD < 10 %; estimates were compared",
        "reproducible in a region of interest if ICC > 0.90 and CCC > 0.90 held under every condition",
        f"numpy {version('numpy')}",
        "1. McGraw KO, Wong SP.",
        "6. Hyndman RJ, Fan Y.",
    ):
        assert words in text


def test_other_settings_give_other_words(analysis: Analysis) -> None:
    other = replace(
        analysis,
        how=Settings(icc_form="C,1", level=0.9, quartiles="weibull"),
        on="limit",
        rule={"icc": 0.75},
        used=None,
        thresholds={"icc": 0.75, "cv": 0.2},
        reference="1",
        conditions=("1", "2"),
        strategies=("all",),
    )
    text = methods_text(other)
    for words in (
        "two-way, consistency",
        "90 % confidence limits",
        "rule 6 of",
        "ICC > 0.75 and CV < 20 %; the 90 % confidence",
        "if ICC > 0.75 held",
        "12 subjects measured under two conditions",
        "Agreement of condition 2 with condition 1",
    ):
        assert words in text
    assert "reprocessing" not in text


def test_without_a_reference_all_conditions_are_compared(analysis: Analysis) -> None:
    alone = replace(
        analysis,
        reference=None,
        conditions=("anna", "ben", "carl"),
        statistics=usual(reference=False),
        rule={"icc": 0.9, "overall_ccc": 0.9},
        thresholds={"icc": 0.9, "overall_ccc": 0.9},
    )
    text = methods_text(alone)
    assert "Agreement of anna, ben and carl was expressed by" in text
    assert "the overall concordance correlation coefficient [4], over all conditions at once" in text
    assert "in a region of interest if ICC > 0.90 and Overall CCC > 0.90." in text
    assert "Barnhart" in text


def test_further_statistics_are_defined_and_cited(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, statistics=(*usual(), "icc_c1", "loa_lower", "wsd", "rc_ratio")))
    assert "Also computed were consistency with the reference as ICC(C,1)" in text
    assert "95 % limits of agreement" in text
    assert "the within-subject standard deviation (wSD) and the repeatability coefficient (2.77 wSD) over" in text
    assert "Raunig" in text
    assert "Also computed" not in methods_text(analysis)


def test_what_was_not_computed_is_not_described(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, statistics=("icc",)))
    assert "concordance" not in text
    assert "Dispersion" not in text


def test_harmonized_strategies_say_how_and_cite(analysis: Analysis) -> None:
    found = {
        "n4": HarmonizationMethod(
            "combat", "ComBat of the batches in condition, onto REF+STD, fitted by sequence and roi"
        ),
        "none": HarmonizationMethod("batch_zscore", "Z-scoring of the batches in scanner, fitted on all rows together"),
    }
    text = methods_text(replace(analysis, harmonized=found))
    number = int(text[text.index("Johnson WE") - 3])
    assert (
        "Features were harmonized in “n4”, ComBat of the batches in condition, onto REF+STD, fitted by sequence and "
        f"roi [{number}] [{number + 1}]; in “none”, z-scoring of the batches in scanner, fitted on all rows together. "
        "Each subject's features were harmonized by a model fitted on all other subjects"
    ) in text
    assert "harmonized" not in methods_text(analysis)


def test_other_limits_of_the_icc_are_named_where_they_apply(analysis: Analysis) -> None:
    text = methods_text(replace(analysis, how=Settings(icc_interval="generalized")))
    assert "ICC(A,1)) [1], with generalized 95 % confidence limits for fixed conditions [2], and by Lin's" in text
    assert "2. Weerahandi S." in text
    assert "F-based" in methods_text(replace(analysis, how=Settings(icc_interval="generalized", icc_form="C,1")))
    textbook = methods_text(replace(analysis, how=Settings(icc_interval="mcgraw-wong", ccc_interval="lin")))
    assert "F-based 95 % confidence limits, which assume normal features" in textbook
    assert "95 % limits from the z-transformation, which assume normal features" in textbook
    assert "jackknife" not in textbook


def test_segmentations_and_facets_are_described(analysis: Analysis) -> None:
    met = ("segmentation (random, 2 levels)", "acquisition (fixed, 2 levels)")
    text = methods_text(replace(analysis, segmentations=("anna", "ben"), facets=met))
    assert "There were segmentations of anna and ben; conditions were compared by those of anna." in text
    assert f"measured over {met[0]} and {met[1]} were estimated by restricted maximum likelihood" in text
    assert "Brennan RL. Generalizability Theory." in text
    alone = methods_text(replace(analysis, segmentations=("anna",)))
    assert "segmentation" not in alone
    assert "Components of variance" not in alone


def test_intervals_of_facets_are_claimed_where_there_are_some(analysis: Analysis) -> None:
    inference = InferenceSettings("raw", 500, None)
    plain = methods_text(replace(analysis, inference=inference))
    limits = {"icc": 0.9, "icc[reader]": 0.75}
    text = methods_text(replace(analysis, inference=inference, rule=limits, thresholds=limits))
    assert "1 \N{MINUS SIGN} ICC[reader]" not in text
    assert "estimated anew without each subject, at the same levels of the facets" in text
    bare = replace(inference, whole=False)
    text = methods_text(replace(analysis, inference=bare, rule=limits, thresholds=limits))
    assert "The share that passes the rule has none." in text
    assert "The share that passes the rule has none." not in plain
