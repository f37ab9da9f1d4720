"""The JSON schema of study files, for editors that complete and check them as they are written.

Made of the same classes that read them. What depends on the table of images, or on several values together, only the
reading itself can tell.
"""

import json
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from inspect import getdoc
from typing import Annotated, Any, Literal, Union

from evaluation.extraction import parameters
from evaluation.extraction.extractors import ENGINES, EXTRACTORS
from evaluation.reliability.by_facet import MEAN, PHI, G, coefficient_name
from evaluation.reliability.statistics import in_rules
from evaluation.trends.numbered import LEFT_OUT
from experiments.study.chains import CHAIN, ChainEntry
from experiments.study.circle_table import CircleSettings
from experiments.study.harmonizer import KEYS, Harmonizer
from experiments.study.harmonizers import ComparedMethods
from experiments.study.manifest import Rois
from experiments.study.reference import ORIGIN
from experiments.study.strategy import LONGEST, NAME
from experiments.study.study_file import RESERVED, StrategyEntry, StudyFile
from harmonize.combat import METHODS
from harmonize.combat.methods import method_options
from harmonize.perturbations import PERTURBATIONS
from harmonize.registration import Registration
from harmonize.steps import STEPS
from selection.thresholds import Thresholds, reachable

Schema = dict[str, Any]

NUMBER = {
    "type": ["number", "string"],
    "pattern": r"^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$",
}  # YAML 1.1 reads 1e-3 as a text
SCALARS: Mapping[Any, Schema] = {
    Any: {},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: NUMBER,
    str: {"type": "string"},
    type(None): {"type": "null"},
}
OF_FACETS = rf"^(icc\[.+\]|({G}|{PHI})({MEAN})?)$"
"""Coefficients of facets, which the study names."""
LEVEL = {"type": ["string", "number"]}
FACTOR = {"type": "string", "minLength": 1, "not": {"enum": sorted(RESERVED)}}


def study_schema() -> Schema:
    """Give the JSON schema (draft 7) of a study file."""
    extraction = _extraction()
    strategy = record(
        StrategyEntry,
        steps={"type": ["array", "null"], "items": _step()},
        extraction=extraction,
        harmonizer=_harmonizer(),
    )
    sections = {
        "reference": LEVEL,
        "segmentation": {"type": [*LEVEL["type"], "null"]},
        "rois": _rois(),
        "registration": record(Registration, {"from": {"enum": [ORIGIN]}}),
        "extraction": extraction,
        "strategies": {
            **{"type": "object", "minProperties": 1, "additionalProperties": strategy},
            "propertyNames": {"pattern": f"^{NAME}$", "maxLength": LONGEST},
        },
        "perturbations": _perturbations(),
        "harmonizers": _harmonizers(),
        "thresholds": _thresholds(),
        "name": {"type": "string", "pattern": r"\S"},
        "images": {"type": "string", "minLength": 1},
        "facets": _facets(),
        "levels": _levels(),
        "factors": {"type": "array", "minItems": 1, "uniqueItems": True, "items": FACTOR},
    }
    study = record(StudyFile, **sections) | {"type": "object"}
    for key in fields(StudyFile):
        study["properties"][key.name] = {"description": key.metadata["meaning"], **study["properties"][key.name]}
    return {"$schema": "http://json-schema.org/draft-07/schema#", "title": "radharmony study", **study}


def text() -> str:
    """Give the schema as a file."""
    return json.dumps(study_schema(), indent=1, ensure_ascii=False) + "\n"


def of(hint: Any) -> Schema:
    """Give the schema of what `harmonize.inputs.configuration.build` takes for a type.

    Examples
    --------
    >>> of(tuple[int, ...] | None)
    {'anyOf': [{'type': 'array', 'items': {'type': 'integer'}}, {'type': 'null'}]}
    """
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return {**of(arguments[0]), **hint.__metadata__[0].schema()}
    if origin in (Union, types.UnionType):
        return {"anyOf": [of(argument) for argument in arguments]}
    if origin is Literal:
        return {"enum": list(arguments)}
    if is_dataclass(hint):
        return record(typing.cast(type, hint))
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": of(arguments[0])}
    if origin is tuple:
        count = len(arguments)
        return {"type": "array", "items": [of(one) for one in arguments], "minItems": count, "maxItems": count}
    if origin in (dict, Mapping):
        return {"type": "object", "additionalProperties": of(arguments[1])}
    return SCALARS[hint]


def record(cls: type, more: Mapping[str, Schema] | None = None, **sections: Schema) -> Schema:
    """Give the schema of a mapping that a dataclass is built from.

    Parameters
    ----------
    cls : type
        The dataclass.
    more : mapping of str to schema, optional
        Keys beside its fields.
    **sections : schema
        Of fields that the annotation does not describe.
    """
    hints, told = typing.get_type_hints(cls, include_extras=True), _told(cls)
    found, required = dict(more or {}), []
    for field in fields(cls):
        if field.init:
            described = {"description": told[field.name]} if field.name in told else {}
            own = sections[field.name] if field.name in sections else of(hints[field.name])
            found[field.name] = {**described, **own}
            if field.default is MISSING and field.default_factory is MISSING:
                required.append(field.name)
    needed = {"required": required} if required else {}
    kind = "object" if required else ["object", "null"]
    return {"type": kind, "properties": found, **needed, "additionalProperties": False}


def _told(cls: type) -> dict[str, str]:
    """Read what the docstring of a class says of its parameters."""
    _, _, section = (getdoc(cls) or "").partition("Parameters\n----------\n")
    entries = re.findall(r"^(\w[\w, ]*) : .*\n((?: {4}.*\n?)+)", section, re.MULTILINE)
    return {name: " ".join(text.split()) for names, text in entries for name in names.split(", ")}


def _without(schema: Schema, name: str) -> Schema:
    return {**schema, "properties": {key: value for key, value in schema["properties"].items() if key != name}}


def _thresholds() -> Schema:
    statistics = {name: {"type": "number", **reachable(name).schema()} for name in in_rules()}
    of_facets = {"type": "number", **reachable(coefficient_name("reader")).schema()}
    named = {"not": {"propertyNames": {"not": {"pattern": OF_FACETS}}}}  # one of them at least
    ruled = [{"required": [name]} for name in statistics] + [{"required": ["top", "by"]}, named]
    by_name = _without(record(Thresholds, statistics), "limits")
    by_name |= {"patternProperties": {OF_FACETS: of_facets}, "anyOf": ruled}
    return {"anyOf": [{"type": "string", "pattern": "[<>]"}, by_name]}


def _named(names: Iterable[str], schema: Schema) -> Schema:
    return {"type": ["object", "null"], "properties": dict.fromkeys(names, schema), "additionalProperties": False}


def _choice(options: Mapping[str, Schema]) -> Schema:
    """Give the schema of a name, or one name with its parameters."""
    alone = [name for name, schema in options.items() if "required" not in schema]
    return {
        "anyOf": [
            {"enum": alone},
            {"type": "object", "properties": dict(options), "additionalProperties": False, "maxProperties": 1}
            | {"minProperties": 1},
        ]
    }


def _step() -> Schema:
    return _choice({name: _alone(step) for name, step in STEPS.items()})


def _alone(step: type) -> Schema:
    """Give the schema of a step, of which one parameter may stand without its name."""
    schema = record(step)
    alone = getattr(step, "alone", "")
    return {"anyOf": [schema["properties"][alone], schema], "required": [alone]} if alone else schema


def _perturbations() -> Schema:
    steps = {"type": "array", "minItems": 1, "items": _choice({n: _grid(record(p)) for n, p in PERTURBATIONS.items()})}
    chain = record(
        ChainEntry, steps=steps, conditions={"anyOf": [LEVEL, {"type": "array", "items": LEVEL}, {"type": "null"}]}
    )
    named = {"additionalProperties": {"anyOf": [chain, steps]}, "propertyNames": {"pattern": f"^{CHAIN}$"}}
    return {"type": ["object", "null"], **named}


def _harmonizers() -> Schema:
    options = {"type": "object", "additionalProperties": {"type": ["object", "null"]}, "minProperties": 1}
    name = {"anyOf": [{"type": "string"}, {**options, "maxProperties": 1}]}
    names: Schema = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": name}]}
    return {"anyOf": [*names["anyOf"], record(ComparedMethods, compare=names), {"type": "null"}]}


def _grid(schema: Schema) -> Schema:
    """Give the schema of parameters of which each may be a list of several values."""
    lists = {
        key: {"anyOf": [one, {"type": "array", "minItems": 1, "uniqueItems": True, "items": one}]}
        for key, one in schema["properties"].items()
    }
    return {**schema, "properties": lists}


def _facets() -> Schema:
    nested: Schema = {"type": "object", "properties": {"nested": {"type": "string"}}, "required": ["nested"]}
    nested["additionalProperties"] = False
    how = {"anyOf": [{"type": "string", "pattern": "^(random|fixed|nested|nested=.+)$"}, nested]}
    named = {"type": "object", "additionalProperties": how, "minProperties": 1, "maxProperties": 1}
    return {"type": ["array", "null"], "items": {"anyOf": [{"type": "string", "minLength": 1}, named]}}


def _levels() -> Schema:
    number = {"anyOf": [NUMBER, {"type": "null"}, {"const": LEFT_OUT}]}
    numbers = {"type": ["object", "null"], "additionalProperties": number}
    return {"type": ["object", "null"], "additionalProperties": numbers}


def _rois() -> Schema:
    labels = of(typing.get_type_hints(Rois, include_extras=True)["labels"])
    return record(Rois, labels={**labels, "type": ["object", "string"]}, circles=record(CircleSettings)) | {
        "type": "object",
        "minProperties": 1,
    }


def _extraction() -> Schema:
    setting = _named((*parameters.DEFAULTS, "sigma"), {})
    images = {"type": ["object", "null"], "additionalProperties": setting}
    limits = {"anyOf": [{"type": "null"}, of(tuple[int, int])]}
    classes = {"type": ["object", "null"], "additionalProperties": {"type": ["array", "null"]}}
    found = {"setting": setting, "imageType": images, "featureClass": classes, "bin_limits": limits}
    found["engine"] = {"enum": [*ENGINES, *EXTRACTORS]}
    found["options"] = {"type": ["object", "null"]}
    return _named((), {}) | {"properties": {**found, "parameter_file": {"type": ["string", "null"]}}}


def _harmonizer() -> Schema:
    methods = {name: _named(method_options(name, name), {}) for name, cls in METHODS.items() if cls.new_rows}
    known = record(Harmonizer)["properties"]
    fitted = {key: known[key] for key in KEYS}
    one = [{"required": [name]} for name in methods]
    described = {"type": "object", "properties": {**methods, **fitted}, "additionalProperties": False, "oneOf": one}
    return {"anyOf": [{"enum": [*methods, None]}, described]}
