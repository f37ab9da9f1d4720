import hashlib
import math
from pathlib import Path

import pytest

from harmonize.digest import digest_of, digest_of_file, sealed, unsealed
from harmonize.errors import ConfigurationError


def test_equals_the_digest_of_compact_sorted_json() -> None:
    assert digest_of({"b": "ü", "a": 1}) == hashlib.sha256('{"a":1,"b":"ü"}'.encode()).hexdigest()


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_refuses_what_names_nothing(value: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest_of([value])


def test_digest_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    # The example of FIPS 180-2, appendix B.1.
    assert digest_of_file(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_what_never_had_a_digest_is_not_said_to_be_changed(golden) -> None:
    """Regression: run.json of an earlier checkout "was changed after it was written"."""
    written = sealed({"reference": "REF"})
    with golden.error(ConfigurationError):
        unsealed({"reference": "REF"}, "run.json", "run the study again into the folder")
    with golden.error(ConfigurationError):
        unsealed({**written, "reference": "ACC"}, "run.json", "run the study again into the folder")
    assert unsealed(written, "run.json") == {"reference": "REF"}
