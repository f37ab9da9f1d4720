"""The settings of an extraction: steps, extraction, versions and digests."""

from typing import Any

from experiments.page import Content, Context, Section
from experiments.page.parameters import step
from experiments.page.wording import moment
from experiments.report.sections.methods import extraction_settings, software
from experiments.study.harmonizer import method_text


def summarize(context: Context) -> Content:
    """List steps and settings, versions and digests."""
    run = context.record
    return {
        "steps": [{"name": one["name"], "steps": _steps(one), "digest": one["digest"]} for one in run["strategies"]],
        "settings": extraction_settings(run),
        "versions": software(run),
        "digests": [
            ("Settings", run["settings_digest"]),
            ("Data (images and masks)", run["data_digest"]),
            *([("Whitelists", run["like"]["digest"])] if "like" in run else []),
            ("Started, finished", f"{moment(run['started'])}, {moment(run['finished'])}"),
        ],
    }


def _steps(strategy: dict[str, Any]) -> list[str]:
    steps = [step(one) for one in strategy["steps"]]
    harmonizer = strategy.get("harmonizer")
    return [*steps, f"{method_text(harmonizer)}; as the study has fitted it"] if harmonizer else steps


SECTION = Section(__name__, "settings", "Settings", summarize)
