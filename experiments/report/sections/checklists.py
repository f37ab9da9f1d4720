"""Reporting checklists, filled as far as the run knows."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.page import Content, Context, Section
from experiments.page.quantities import table
from experiments.report.checklists import Knowledge, fill

COLUMNS = ("Item", "Section", "Asks for", "Answer", "What the run knows", "Where")
FILE_COLUMNS = ("checklist", "item", "section", "asks_for", "answer", "known", "source")


def summarize(context: Context) -> Content:
    """Fill METRICS and CLEAR, and count the answers."""
    filled = fill(Knowledge.of(context.files, context.run.path, context.added))
    found = []
    for name in dict.fromkeys(item.checklist for item, _ in filled):
        mine = [(item, answer) for item, answer in filled if item.checklist == name]
        count = Counter(answer.state for _, answer in mine)
        sentence = (
            f"Of {len(mine)} items the run answers {count['yes']} with yes, {count['partly']} in part and "
            f"{count['no']} with no; {count['open']} are left to the author."
        )
        rows = (
            (str(item.number), item.section, item.text, answer.state, answer.known, answer.source)
            for item, answer in mine
        )
        found.append({"name": name, "sentence": sentence, "table": table(COLUMNS, rows, (0,))})
    return {"checklists": found}


def to_frame(content: Mapping[str, Any]) -> pd.DataFrame:
    """Give the answers as the table checklist.csv."""
    rows = [(one["name"], *row) for one in content["checklists"] for row in one["table"]["rows"]]
    return pd.DataFrame(rows, columns=list(FILE_COLUMNS))


SECTION = Section(__name__, "checklists", "Reporting checklists", summarize)
