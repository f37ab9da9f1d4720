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
    "change",
    [
        lambda content: fits_of(content["learned"], percentiles),
        lambda content: fits_of(content["learned"], lambda sequences: sequences.clear()),
        lambda content: ranges(content).update(voxels=[100, 50]),
        lambda content: ranges(content).update(original_firstorder_Men=[1, 2]),
        lambda content: content["learned"]["seen"]["geometry"]["HASTE"].update(spacing=[[0, 1], [1, 1], [5, 5]]),
        lambda content: content["learned"]["seen"].update(protocol={"HASTE": {"echo_time_ms": [90, 80]}}),
        lambda content: (
            content["features"]["HASTE"]["liver"].append("wavelet-LL_glcm_Id"),
            content["considered"]["HASTE"].update(liver=content["considered"]["HASTE"]["liver"] + 1),
        ),
    ],
)
def test_parts_that_contradict_each_other_are_refused_though_all_digests_fit(measured, change, golden):
    """Changed by hand and sealed again, such whitelists were followed without a word."""
    whitelist = Whitelist.read(measured.folder / "whitelists" / "nyul.json")
    assert Like.read(whitelist).gaps == ()
    content = json.loads(whitelist.to_json())
    change(content)
    text = json.dumps(sealed({key: value for key, value in content.items() if key != "digest"}))
    with golden.error(ConfigurationError):
        Like.read(Whitelist.from_json(text))
