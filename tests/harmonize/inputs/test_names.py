import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harmonize.inputs.names import plain_cell


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(st.text(max_size=12) | st.text("=+-@\t\r\n\x00'1.,e\u202e", max_size=8))
def test_no_cell_is_carried_out_or_steers_a_terminal(text):
    cell = plain_cell(text)
    assert not any(unicodedata.category(sign) == "Cc" for sign in cell)
    if cell[:1] in ("=", "+", "-", "@"):
        float(cell.replace(",", "."))  # a number is a number
        assert cell[0] != "="
    assert plain_cell(cell) == cell


@pytest.mark.parametrize("text", ["-5", "+3.5", "-1e-3", "T2 haste", "fl2d+C", "0.9", "'quoted'", "Mädchen", "-0,5"])
def test_what_does_nothing_stays_as_it_is(text):
    assert plain_cell(text) == text


@pytest.mark.parametrize("text", ["=1+1", "+C", "-cmd()", "@SUM(A1)", "\t=1", "\r=1", " =1", "-inf", "+5*cmd|'x'!A0"])
def test_what_a_spreadsheet_carries_out_gets_an_apostrophe(text):
    assert plain_cell(text).startswith("'")
