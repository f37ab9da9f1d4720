"""A section is one file with its template beside it and one line in the registry."""

from importlib import resources
from types import SimpleNamespace

from experiments.page import Context, Picture, Section
from experiments.report import render
from experiments.report.registry import sections

OWN = Section(
    "experiments.own.told",
    "own",
    "A section of one's own",
    lambda context: {"text": f"<b>{context.record['name']}</b>"},
    lambda _context, _content: {"drawn": [Picture("own", "", "<svg>1</svg>", "one", file=False)]},
)


def test_every_section_has_a_name_of_its_own_and_its_template_beside_it():
    found = sections()
    assert [name for name, section in found.items() if section.name == name] == list(found)
    for section in found.values():
        assert resources.files("experiments").joinpath(section.template).is_file(), section.name
    assert [name for name in found if not found[name].title] == ["head"]


def test_what_was_found_comes_first_then_maps_then_detail():
    assert list(sections())[:3] == ["head", "found", "where"]
    assert list(sections())[-3:] == ["failures", "methods", "checklists"]


def test_analyses_stand_between_the_whitelists_and_the_pictures():
    names = list(sections())
    assert names[names.index("whitelists") + 1 : names.index("pictures")] == ["diagnosis", "tradeoff", "transfer"]


def test_a_section_of_ones_own_needs_no_other_place(monkeypatch):
    source = render._source
    template = "<p>{{ this.text }}, {{ summary.head.name }}</p>{{ pictures.drawn[0]|svg }}"
    monkeypatch.setattr(render, "_source", lambda name: template if name == "own/told.html" else source(name))
    render._environment.cache_clear()
    facts = {"name": "x", "description": "", "version": "1", "line": "", "facts": [], "not_compared": []}
    head = Section("experiments.report.sections.head", "head", "", lambda _: facts)
    context = Context(SimpleNamespace(record={"name": "study"}), {"head": head, "own": OWN})
    summary = render.summarize(context)
    page = render.render(summary, render.draw(context, summary), context.sections)
    render._environment.cache_clear()
    assert '<li><a href="#own">A section of one&#39;s own</a></li>' in page
    assert "<p>&lt;b&gt;study&lt;/b&gt;, x</p>" in page
    assert '<svg role="img" class="wide" aria-label="one">1</svg>' in page
