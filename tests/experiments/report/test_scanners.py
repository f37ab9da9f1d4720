import numpy as np
import pandas as pd

from experiments.report.scanners import mixed, scanner_figures, within_scanners


def test_scanners_that_differ_within_a_condition_stand_beside_the_headline() -> None:
    """An ICC that came from three vendors was headlined as if people differed so much."""
    kind = "protocol_differs_between_subjects"
    found = [{"kind": kind, "where": f"{sequence}, manufacturer"} for sequence in ("T1", "T2")]
    (told,) = mixed({"findings": [*found, {"kind": "other", "where": "x"}]})
    assert "not all scanned alike; between them differ: manufacturer." in told
    assert "can raise ICC and CCC" in told
    assert mixed({"findings": [{"kind": "other", "where": "x"}]}) == []


def row(sequence: str = "T2", computed: int = 186, strategy: str = "none", scanner: str = "") -> dict[str, object]:
    figures = (0.92, 0.51, 0.62, 0.04) if computed else (np.nan,) * 4
    names = ("icc_median", "icc_median_within", "icc_share", "icc_share_within")
    return {
        **{"strategy": strategy, "sequence": sequence, "scanner": scanner, "scanners": "GE: 8; Siemens: 7"},
        **{
            "n_subjects": 15,
            "n_total": 186,
            "n_computed": computed,
            "threshold": 0.9,
            "status": "ok" if computed else "too_few",
        },
        **dict(zip(names, figures, strict=True)),
    }


def test_what_is_left_within_scanners_stands_beside_the_headline() -> None:
    """Mixed scanners were named, but not what they carry of the ICC."""
    rows = [row(""), row(), row(scanner="GE"), row(scanner="Siemens", computed=0), row(strategy="other")]
    (told,) = within_scanners(pd.DataFrame(rows), "none")
    assert told.startswith("Subjects were on different scanners (GE: 8, Siemens: 7). ICC under “none” within scanners")
    assert "T2, median 0.51 against 0.92, above 0.9 in 4\u00a0% against 62\u00a0% of combinations (" in told
    assert "(median on each: GE 0.51, Siemens too few)." in told
    assert told.count("median 0.51") == 1
    assert within_scanners(pd.DataFrame([row()]), "other") == within_scanners(None, "none") == []


def test_too_few_subjects_a_scanner_are_told_and_no_figures() -> None:
    (told,) = within_scanners(pd.DataFrame([row("T1", 0), row("T2")]), "none")
    assert "cannot be told of T1: too few subjects on each." in told
    (told,) = within_scanners(pd.DataFrame([row("T1", 0)]), "none")
    assert "nan" not in told
    assert "median" not in told


def test_the_table_shows_both_figures_or_why_there_are_none() -> None:
    found = scanner_figures(pd.DataFrame([row(), row("T1", 0, scanner="GE"), row("")]))
    assert found is not None
    assert found["rows"][0][2] == "all (GE: 8; Siemens: 7)"
    assert (found["rows"][1][2], found["rows"][2][1]) == ("GE", "all")
    assert found["rows"][0][3:] == ["15", "0.92", "0.51", "0.9", "62\u00a0%", "4\u00a0%", "186"]
    assert found["rows"][1][4:] == ["–", "–", "0.9", "–", "–", "not computed (too few)"]
    assert scanner_figures(None) is None
