"""A table for people, as CSV, Markdown and LaTeX."""

import re
from dataclasses import dataclass

import pandas as pd

LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"$<$",
    ">": r"$>$",
    "|": r"$|$",
    "−": "$-$",
    "²": r"\textsuperscript{2}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "–": "--",
    "…": r"\dots{}",
}
MARKDOWN = "\\`*_{}[]<>#|~$"
"""Signs that mean something in Markdown and get a backslash."""


@dataclass(frozen=True)
class PaperTable:
    """A table of texts.

    Parameters
    ----------
    name : str
        Names the file and the LaTeX label.
    caption : str
        What the table shows, with its denominators.
    columns : tuple of str
        Headings.
    rows : tuple of tuple of str
        Texts, one for each column.
    keys : int
        How many columns on the left name the row; the others are aligned to the right.
    """

    name: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    keys: int = 1

    def to_csv(self) -> str:
        r"""Write the table as CSV.

        Examples
        --------
        >>> PaperTable("t", "A table.", ("ROI", "ICC"), (("liver, left", "0.90"),)).to_csv()
        'ROI,ICC\n"liver, left",0.90\n'
        """
        text: str = pd.DataFrame(self.rows, columns=list(self.columns)).to_csv(index=False, lineterminator="\n")
        return text

    def to_markdown(self) -> str:
        r"""Write the table as Markdown, the caption above it.

        Examples
        --------
        >>> print(PaperTable("t", "A table.", ("ROI", "ICC"), (("a_b|c", "0.90"),)).to_markdown())
        A table.
        <BLANKLINE>
        | ROI | ICC |
        |:--|--:|
        | a\_b\|c | 0.90 |
        <BLANKLINE>
        """
        sides = [":--" if index < self.keys else "--:" for index in range(len(self.columns))]
        lines = [_line(self.columns), "|" + "|".join(sides) + "|", *map(_line, self.rows)]
        return f"{_markdown(self.caption)}\n\n" + "\n".join(lines) + "\n"

    def to_latex(self) -> str:
        r"""Write the table as LaTeX; the document needs ``\usepackage{booktabs}``.

        Examples
        --------
        >>> print(PaperTable("t", "50 % & more.", ("ROI", "ICC > 0.9"), (("a_b", "0.90"),)).to_latex())
        \begin{table}
        \centering
        \caption{50 \% \& more.}
        \label{tab:t}
        \begin{tabular}{lr}
        \toprule
        ROI & ICC $>$ 0.9 \\
        \midrule
        a\_b & 0.90 \\
        \bottomrule
        \end{tabular}
        \end{table}
        <BLANKLINE>
        """
        sides = "l" * self.keys + "r" * (len(self.columns) - self.keys)
        lines = [
            *(r"\begin{table}", r"\centering", rf"\caption{{{latex(self.caption)}}}", rf"\label{{tab:{self.name}}}"),
            *(rf"\begin{{tabular}}{{{sides}}}", r"\toprule", _row(self.columns), r"\midrule"),
            *map(_row, self.rows),
            *(r"\bottomrule", r"\end{tabular}", r"\end{table}"),
        ]
        return "\n".join(lines) + "\n"


def latex(text: str) -> str:
    r"""Escape a text for LaTeX.

    Examples
    --------
    >>> print(latex(r"a_b & 5 % < C:\x"))
    a\_b \& 5 \% $<$ C:\textbackslash{}x
    """
    return "".join(LATEX.get(sign, sign) for sign in " ".join(text.split()))


def without_html(text: str) -> str:
    r"""Escape what begins an element of HTML or the address of a link in a Markdown text, and leave its other signs.

    Examples
    --------
    >>> print(without_html("p < 0.05 in <script> and [x](javascript:y)"))
    p < 0.05 in \<script> and [x\](javascript:y)
    """
    return re.sub(r"<(?=[A-Za-z/!?])|\](?=\()", r"\\\g<0>", text)


def _row(cells: tuple[str, ...]) -> str:
    texts = [latex(cell) for cell in cells]
    # A bracket after \\ would be read as its optional length.
    if texts[0].startswith("["):
        texts[0] = "{}" + texts[0]
    return " & ".join(texts) + r" \\"


def _line(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(_markdown(cell) for cell in cells) + " |"


def _markdown(text: str) -> str:
    return "".join("\\" + sign if sign in MARKDOWN else sign for sign in " ".join(text.split()))
