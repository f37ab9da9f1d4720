from evaluation.classification import MODELS_OF, DiagnosticModel, make_model


def test_every_model_of_every_outcome_ends_in_what_its_grid_is_about() -> None:
    for outcome, models in MODELS_OF.items():
        for name in models:
            model = make_model(name, 3, outcome)
            assert isinstance(model, DiagnosticModel)
            assert (model.name, model.steps[-1][0]) == (name, "model")
            known = {f"model__{one}" for one in model.steps[-1][1].get_params(deep=True)}
            assert set(model.grid) <= known
