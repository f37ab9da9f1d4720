from experiments.page.parameters import step
from harmonize.steps import STEPS


def test_every_step_has_words_of_its_own():
    titles = [cls.title for cls in STEPS.values()]
    assert all(titles)
    assert len(set(titles)) == len(titles)


def test_a_step_that_nobody_knows_is_called_by_its_name():
    assert step({"own_step": {"size": 2.0}}) == "own step (size 2)"
    assert step({"own_step": None}) == "own step"


def test_what_others_did_is_told_as_such():
    assert step({"images": {"column": "denoised"}}) == "processed elsewhere (column denoised)"
    run = {"run": ["denoise", "{in}", "{out}"], "version": "2"}
    assert step({"command": run}) == "command denoise, {in}, {out} (version 2)"
