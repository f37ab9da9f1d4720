"""Names from strangers stay texts: in paths, on the terminal, in HTML, SVG, Markdown, LaTeX and CSV."""

import io
import json
import re
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from xml.dom import minidom

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.extraction import ExtractionSettings
from evaluation.publication import Analysis, methods_text
from evaluation.publication.markup import PaperTable
from experiments.cli import visible
from experiments.cli.end_of_run import show_strategies
from experiments.folder.file_names import safe_name
from experiments.report.cells import _safe
from experiments.report.render import _environment
from experiments.study.strategy import Strategy
from harmonize.errors import ConfigurationError
from harmonize.inputs.names import refuse_names

FUZZ = settings.get_profile("fuzz")
STRANGE = [
    "../x",
    "..",
    "a/b",
    "a\\b",
    "x\0y",
    "C:x",
    "con",
    "NUL.txt",
    "-rf",
    "a\nb",
    "\x1b[2J",
    "\u202egpj.exe",
    "x" * 5000,
]
SEEN = ["😀" * 100, "שלום", "𠀀" * 100, "Mädchen", "a" * 100]


@FUZZ
@given(st.lists(st.text(max_size=30) | st.sampled_from(STRANGE + SEEN), min_size=1, max_size=3))
def test_a_safe_name_names_one_file_in_its_folder(parts):
    name = safe_name(*parts)
    assert len(name.encode()) <= 101  # 100 signs of four bytes each were too long for every file system
    assert not set(name) & set('/\\:*?"<>|\0\n\r\x1b')
    assert name not in ("", ".", "..")
    assert not name.startswith((".", "-"))
    assert Path("out", name).parent == Path("out")


@FUZZ
@given(st.text(max_size=30) | st.sampled_from(STRANGE + SEEN))
def test_a_name_of_a_strategy_names_files_or_is_refused(tmp_path_factory, name):
    try:
        strategy = Strategy.parse(name, {}, ExtractionSettings(), "study.yaml", Path())
    except ConfigurationError:
        return
    path = tmp_path_factory.getbasetemp() / "whitelists" / f"{strategy.name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text("{}")
    assert path.resolve().parent == (tmp_path_factory.getbasetemp() / "whitelists").resolve()


@pytest.mark.parametrize("name", ["CON", "nul.x", "-rf", "=1+1", "@x", "😀" * 60, "a\u202eb", ".x", "a/b", "x\0"])
def test_such_a_strategy_is_refused(name):
    # 'con' opens the terminal on Windows; sixty emoji are 240 bytes and failed when the run was done.
    with pytest.raises(ConfigurationError):
        Strategy.parse(name, {}, ExtractionSettings(), "study.yaml", Path())


@pytest.mark.parametrize(
    "name", ["=cmd|' /C calc'!A0", "@SUM(1)", "+1+cmd|'x'!A", "-2+HYPERLINK(1)", "a\x1b[31m", "a\nb", "a\u202eb"]
)
def test_names_that_do_something_are_refused(name):
    with pytest.raises(ConfigurationError):
        refuse_names([name], "images.csv")


@pytest.mark.parametrize("name", ["-5", "+C", "T1+C", "<script>", "a_b", "שלום", "👨‍👩‍👧", "50 %", "O'Neil", "[red]"])
def test_other_names_are_taken(name):
    refuse_names([name], "images.csv")


@FUZZ
@given(st.text(max_size=40))
def test_no_message_steers_the_terminal(text):
    shown = visible(text)
    assert not [sign for sign in shown if unicodedata.category(sign) in ("Cc", "Cf", "Cs") and sign not in "\n\t"]
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_strategy_in_brackets_is_printed_as_it_is(capsys):
    # rich took [red] for a colour, and a strategy called [/x] ended a finished run with a traceback.
    columns = ("robust_share", "icc_median", "icc_share", "ccc_share", "cv_share", "qcd_share")
    table = pd.DataFrame({"strategy": ["[/x]", "[red]raw[/red]"], **dict.fromkeys(columns, 0.5), "failures": 0})
    show_strategies(SimpleNamespace(strategies=table, thresholds={"icc": 0.9}, path=Path))
    printed = capsys.readouterr().out
    assert "[/x]" in printed
    assert "[red]raw[/red]" in printed


@FUZZ
@given(st.text(max_size=30) | st.sampled_from(["</script><script>alert(1)</script>", "\"onload='x", "{{ 7*7 }}"]))
def test_html_shows_a_name_as_it_is(name):
    page = _environment().from_string('<p title="{{ x }}">{{ x }}</p>').render(x=name)
    assert page.count("<") == 2
    assert "49" not in page or "49" in name


@pytest.mark.parametrize("name", ["</script>", "<!--", "a & b", "'\"", "\u2028"])
def test_svg_shows_a_name_as_it_is(name):
    figure, axes = plt.subplots()
    axes.set_title(name)
    file = io.StringIO()
    figure.savefig(file, format="svg")
    plt.close(figure)
    drawn = minidom.parseString(file.getvalue())  # noqa: S318  drawn here
    assert not drawn.getElementsByTagName("script")


@FUZZ
@given(st.text(max_size=30) | st.sampled_from(["a_b & 5 % | $x$ #{}~^\\", "[x](javascript:alert(1))", "<script>"]))
def test_markdown_and_latex_escape_a_name(name):
    table = PaperTable("t", name, ("ROI", "ICC"), ((name, "0.9"),))
    row = table.to_markdown().splitlines()[-1]
    bare = row.replace("\\\\", "").replace("\\|", "").replace("\\<", "").replace("\\[", "")
    assert bare.count("|") == 3
    assert "<" not in bare
    assert "[" not in bare
    line = table.to_latex().split("\\midrule\n")[1].split("\\bottomrule")[0]
    assert line.count("\n") == 1
    for sign in "%#_&":
        assert line.count(sign) - line.count("\\" + sign) == (1 if sign == "&" else 0)


def test_methods_hold_no_html():
    # A condition called <script> stood in methods.md as it is, for any tool that makes HTML of it.
    conditions = ("<script>alert(1)</script>", "[x](javascript:y)")
    text = methods_text(Analysis(conditions[0], conditions, subjects=17, features=93))
    assert not re.search(r"(?<!\\)<[A-Za-z/!?]", text)
    assert "x](" not in text


def test_json_in_the_page_cannot_end_its_script():
    text = _safe({"name": "</script><!--&"})
    assert not set(text) & set("<>&")
    assert json.loads(text) == {"name": "</script><!--&"}
