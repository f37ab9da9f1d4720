"""messages.txt is complete: what stands there is what tests meet, and a text that changes is seen."""

import re
import warnings
from types import SimpleNamespace

import pytest

from tests import golden as module
from tests.conftest import ROOT
from tests.golden import OPTION, Golden, place_of, read_golden, write_golden

ONE = ("tests/test_one.py", "test_b[x y]")


@pytest.fixture
def document(tmp_path, monkeypatch):
    """Give a function that begins a test, of which a document of its own says something."""
    monkeypatch.setattr(module, "GOLDEN", tmp_path / "messages.txt")
    monkeypatch.setattr(module, "from_file", read_golden)
    write_golden({ONE: ["ValueError: TMP/a.csv: no", "two\n\nlines"]})

    def begin(name=ONE[1], *, rewrite=False):
        item = SimpleNamespace(
            nodeid=f"{ONE[0]}::{name}", config=SimpleNamespace(getoption=lambda option: option == OPTION and rewrite)
        )
        return Golden(item, lambda: [(tmp_path, "TMP")])

    return begin


def meet(golden, error):
    with golden.error(ValueError):
        raise error
    golden.text("two\n\nlines")
    golden.end()


def test_what_a_test_meets_is_what_the_document_says(document, tmp_path):
    meet(document(), ValueError(f"{tmp_path / 'a.csv'}: no"))


def test_another_word_is_seen(document, tmp_path):
    with pytest.raises(pytest.fail.Exception, match=f"if that is meant: python -m pytest {OPTION} {ONE[0]}"):
        meet(document(), ValueError(f"{tmp_path / 'a.csv'}: yes"))


def test_another_class_is_seen(document, tmp_path):
    with pytest.raises(AssertionError), document().error(ValueError):
        raise UnicodeError(f"{tmp_path / 'a.csv'}: no")


def test_a_text_that_is_not_met_any_more_is_seen(document):
    with pytest.raises(pytest.fail.Exception, match=r"stands\n\nValueError: TMP"):
        document().end()


def test_a_test_of_which_the_document_says_nothing_is_seen(document):
    with pytest.raises(pytest.fail.Exception, match="users read\n\nValueError: no"):
        meet(document("test_c"), ValueError("no"))


def test_warnings_are_of_one_class_and_compared(document):
    write_golden({ONE: ["UserWarning: odd"]})
    golden = document()
    with golden.warning(UserWarning):
        warnings.warn("odd", UserWarning, stacklevel=1)
    golden.end()
    with pytest.raises(AssertionError), golden.warning(UserWarning):
        warnings.warn("odd", RuntimeWarning, stacklevel=1)


def test_what_is_written_is_read_again(document):
    meet(document(rewrite=True), ValueError("other"))
    meet(document("test_a", rewrite=True), ValueError("more"))
    meet(document("test_b[z]", rewrite=True), ValueError("other"))
    assert module.GOLDEN.read_text(encoding="utf-8").count("other") == 1
    others = {(ONE[0], "test_a"): ["ValueError: more", "two\n\nlines"], ONE: ["ValueError: other", "two\n\nlines"]}
    others[ONE[0], "test_b[z]"] = others[ONE]
    assert read_golden() == others


def test_what_varies_is_left_out(document):
    golden = document(rewrite=True)
    with golden.error(ValueError, varies=r"(?<=\().*(?=\))"):
        raise ValueError("not readable (Error 7); copy it again")
    assert golden.met == ["ValueError: not readable ([...]); copy it again"]


def test_texts_hold_no_sign_that_cannot_be_seen():
    """Such as of a name: `repr` shows it."""
    texts = [text for entry in read_golden().values() for text in entry]
    assert [text for text in texts if re.search(r"[\x00-\x09\x0b-\x1f\x7f]", text)] == []


def test_every_entry_is_of_a_test_that_still_compares(request):
    """The file must have the test; where the whole file is among the tests that run, with these parameters, too."""
    entries = read_golden()
    gone = {place for place in entries if not _written(*place)}
    options = request.config.option
    if not (options.keyword or options.markexpr or any("::" in one for one in request.config.args)):
        items = request.session.items
        known = {place_of(item) for item in items if "golden" in item.fixturenames}
        files = {place_of(item)[0] for item in items}
        gone |= {place for place in entries if place[0] in files} - known
    if request.config.getoption(OPTION):
        write_golden({place: texts for place, texts in read_golden().items() if place not in gone})
    else:
        assert gone == set(), f"remove them by `python -m pytest {OPTION} tests/test_golden.py` with the tests' files"


def _written(file, name):
    function = re.escape(name.partition("[")[0].rpartition("::")[2])
    path = ROOT / file
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return re.search(rf"(?m)^ *def {function}\([^)]*\bgolden\b", text) is not None
