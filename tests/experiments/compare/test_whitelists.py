from experiments.compare.whitelists import compare_whitelists
from selection.whitelist import Whitelist


def whitelist(**rois):
    return Whitelist("raw", {"T2": {roi: tuple(names) for roi, names in rois.items()}}, {}, {})


def test_added_removed_and_jaccard():
    one, other = whitelist(liver="abc", spleen="", left="x"), whitelist(liver="bcd", spleen="", right="y")
    found = compare_whitelists({"raw": one, "only": one}, {"raw": other}).set_index("roi")
    assert found.loc["liver", ["a", "b", "jaccard", "added", "removed"]].tolist() == [3, 3, 0.5, ("d",), ("a",)]
    assert found.loc["spleen", "jaccard"] == 1
    assert found.loc["left", ["added", "removed"]].tolist() == [(), ("x",)]
    assert found.loc["right", ["added", "removed"]].tolist() == [("y",), ()]
    assert set(found["strategy"]) == {"raw"}
