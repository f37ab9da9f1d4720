import json
from dataclasses import replace

import pytest

from experiments.running.extracting.like import Like
from harmonize.digest import sealed
from harmonize.errors import ConfigurationError
from selection import Whitelist


@pytest.fixture
def whitelist(measured):
    return Whitelist.read(measured.folder / "whitelists" / "nyul.json")


def test_a_run_and_its_whitelist_say_the_same(measured, whitelist):
    run, alone = Like.read(measured.folder, ["nyul"]), Like.read(whitelist)
    assert run.strategies == alone.strategies
    assert (run.seen, run.digest) == (alone.seen, alone.digest)
    assert (alone.rois, alone.sequences, alone.conditions[0]) == (("liver", "spleen"), ("HASTE",), "REF+STD")
    assert Like.read(measured.folder).names == ("raw", "nyul", "combat")


def test_what_a_whitelist_holds_survives_its_file(whitelist):
    assert Whitelist.from_json(whitelist.to_json()) == whitelist
    assert whitelist.learned_digest


def test_an_unknown_strategy_is_refused_with_the_nearest(measured, golden):
    with golden.error(ConfigurationError):
        Like.read(measured.folder, ["nyull"])


def test_a_whitelist_of_an_earlier_version_is_refused_with_the_way_out(whitelist, golden):
    with golden.error(ConfigurationError):
        Like.read(replace(whitelist, learned={}))


def test_a_whitelist_without_steps_is_refused(whitelist, golden):
    settings = {"extraction": whitelist.settings["extraction"]}
    with golden.error(ConfigurationError):
        Like.read(replace(whitelist, settings=settings))


def test_a_harmonizer_that_is_missing_is_refused(measured, golden):
    combat = Whitelist.read(measured.folder / "whitelists" / "combat.json")
    learned = {key: value for key, value in combat.learned.items() if key != "harmonizer"}
    with golden.error(ConfigurationError):
        Like.read(replace(combat, learned=learned))


def _scale(learned, value):
    document = learned["steps"]["nyul"]
    document["sequences"]["HASTE"]["parameters"]["standard_scale"] = value
    learned["steps"]["nyul"] = sealed({key: part for key, part in document.items() if key != "digest"})


@pytest.mark.parametrize(
    "change",
    [
        lambda learned: learned["seen"]["geometry"]["HASTE"].update(spacing="__import__"),
        lambda learned: learned["seen"].update(code="x"),
        lambda learned: learned.update(steps=[]),
        lambda learned: learned["steps"]["nyul"].update(step="fcm"),
        lambda learned: _scale(learned, ["0"] * 11),
        lambda learned: _scale(learned, [3.0, 2.0]),
    ],
)
def test_what_strangers_wrote_is_checked(whitelist, change, golden):
    content = json.loads(whitelist.to_json())
    change(content["learned"])
    text = json.dumps(sealed({key: value for key, value in content.items() if key != "digest"}))
    with golden.error(ConfigurationError):
        Like.read(Whitelist.from_json(text))
