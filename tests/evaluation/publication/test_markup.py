import csv
import io

from evaluation.publication import PaperTable
from evaluation.publication.markup import LATEX, latex

ODD = PaperTable("t", "50 % of $x$ & \\y\n#1", ("ROI_1", "ICC > 0.9"), (("[a|b]", "−0.1 (0, 1)"), ('"c', "2²")))


def test_csv_gives_the_cells_back() -> None:
    assert list(csv.reader(io.StringIO(ODD.to_csv()))) == [list(ODD.columns), *map(list, ODD.rows)]


def test_latex_leaves_no_sign_unescaped() -> None:
    text = ODD.to_latex()
    assert r"50 \% of \$x\$ \& \textbackslash{}y \#1" in text
    assert r"{}[a$|$b] & $-$0.1 (0, 1) \\" in text
    assert r"\begin{tabular}{lr}" in text
    body = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert all(line.replace(r"\&", "").count("&") == 1 for line in body)


def test_every_special_sign_has_its_latex() -> None:
    assert set("\\{}$&#%_^~<>|") <= set(LATEX)
    assert latex("a\\{b}") == r"a\textbackslash{}\{b\}"


def test_markdown_rows_keep_their_number_of_cells() -> None:
    lines = ODD.to_markdown().splitlines()
    assert lines[2:4] == [r"| ROI\_1 | ICC \> 0.9 |", "|:--|--:|"]
    assert lines[4] == r"| \[a\|b\] | −0.1 (0, 1) |"
