import json

import pytest

from experiments.running.extracting.like import Like
from harmonize.digest import sealed
from harmonize.errors import ConfigurationError
from selection import Whitelist


def fits_of(learned, change):
    """Change what nyul has learned, and seal it again."""
    document = {key: part for key, part in learned["steps"]["nyul"].items() if key != "digest"}
    change(document["sequences"])
    learned["steps"]["nyul"] = sealed(document)


def percentiles(sequences):
    parameters = sequences["HASTE"]["parameters"]
    parameters["percentiles"] = [2.0, *parameters["percentiles"][1:]]


def ranges(content):
    return content["learned"]["seen"]["features"]["HASTE"]["liver"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda content: fits_of(content["learned"], percentiles),
            r"learned: nyul: HASTE: percentiles is \[2.0, .*expected \[1.0, .*as in the settings",
        ),
        (
            lambda content: fits_of(content["learned"], lambda sequences: sequences.clear()),
            "learned: nyul: holds what was learned of no sequence, expected 'HASTE' too",
        ),
        (
            lambda content: ranges(content).update(voxels=[100, 50]),
            "learned: seen: features: HASTE / liver: voxels: the range is 100 to 50, expected the least value first",
        ),
        (
            lambda content: ranges(content).update(original_firstorder_Men=[1, 2]),
            "seen: features: HASTE / liver: 'original_firstorder_Men' is none of the",
        ),
        (
            lambda content: content["learned"]["seen"]["geometry"]["HASTE"].update(spacing=[[0, 1], [1, 1], [5, 5]]),
            "spacing: x: found 0 mm, expected more than 0",
        ),
        (
            lambda content: content["learned"]["seen"].update(protocol={"HASTE": {"echo_time_ms": [90, 80]}}),
            "protocol: HASTE: echo_time_ms: the range is 90 to 80",
        ),
        (
            lambda content: (
                content["features"]["HASTE"]["liver"].append("wavelet-LL_glcm_Id"),
                content["considered"]["HASTE"].update(liver=content["considered"]["HASTE"]["liver"] + 1),
            ),
            "features: HASTE / liver: 'wavelet-LL_glcm_Id' is none of the 93 features",
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused_though_all_digests_fit(measured, change, message):
    """Changed by hand and sealed again, such whitelists were followed without a word."""
    whitelist = Whitelist.read(measured.folder / "whitelists" / "nyul.json")
    assert Like.read(whitelist).gaps == ()
    content = json.loads(whitelist.to_json())
    change(content)
    text = json.dumps(sealed({key: value for key, value in content.items() if key != "digest"}))
    with pytest.raises(ConfigurationError, match=message):
        Like.read(Whitelist.from_json(text))
