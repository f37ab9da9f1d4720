from experiments.running.extracting.remarks import Remark, outside, remark_table, summed_up


def remark(subject, found="1.5", what="field strength (T)"):
    return Remark("all", subject, "T2", "REF", "", what, found, "3", "features may differ")


def test_one_line_counts_scans_and_names_few_values():
    lines = summed_up([remark("A"), remark("A"), remark("B", "7"), *(remark(s, s) for s in "CDE")])
    assert lines == ["field strength (T): 1.5, 7, C and 2 more here, 3 in the study (5 scans); features may differ"]


def test_a_table_has_each_remark_once_and_columns_without_any():
    assert len(remark_table([remark("A"), remark("A"), remark("B")])) == 2
    assert list(remark_table([]).columns)[:2] == ["strategy", "subject"]


def test_a_hundredth_is_no_difference():
    assert not outside(3.02, (3.0, 3.0))
    assert outside(3.04, (3.0, 3.0))
    assert not outside(0.0, (0.0, 0.0))
