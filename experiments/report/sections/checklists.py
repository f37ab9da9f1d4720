"""Reporting checklists, filled as far as the run knows."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import pandas as pd

from experiments.page import Content, Context, Section
from experiments.page.quantities import Table, table
from experiments.report.checklists.items import CHECKLISTS, Items
from experiments.report.checklists.knowledge import Answer, Knowledge

COLUMNS = ("Item", "Section", "Asks for", "Answer", "What the run knows", "Where")
FILE_COLUMNS = ("checklist", "item", "section", "asks_for", "answer", "known", "source")


def summarize(context: Context) -> Content:
    """Fill METRICS and CLEAR, and count the answers."""
    knowledge = Knowledge.of(context)
    found = []
    for name, items in CHECKLISTS.items():
        filled = fill(items, knowledge)
        count = Counter(row[3] for row in filled["rows"])
        sentence = (
            f"Of {len(filled['rows'])} items the run answers {count['yes']} with yes, {count['partly']} in part and "
            f"{count['no']} with no; {count['open']} are left to the author."
        )
        found.append({"name": name, "sentence": sentence, "table": filled})
    return {"checklists": found}


def fill(items: Items, knowledge: Knowledge) -> Table:
    """Answer every item of a checklist."""
    rows: list[tuple[str, ...]] = []
    for section, entries in items.items():
        for entry in entries:
            text, rule = (entry, None) if isinstance(entry, str) else entry
            answer = Answer() if rule is None else rule(knowledge)
            rows.append((str(len(rows) + 1), section, text, answer.state, answer.known, str(answer.source)))
    return table(COLUMNS, rows, (0,))


def to_frame(content: Mapping[str, Any]) -> pd.DataFrame:
    """Give the answers as the table checklist.csv."""
    rows = [(one["name"], *row) for one in content["checklists"] for row in one["table"]["rows"]]
    return pd.DataFrame(rows, columns=list(FILE_COLUMNS))


SECTION = Section(__name__, "checklists", "Reporting checklists", summarize)
