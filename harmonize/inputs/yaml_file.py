"""Reading YAML as plain data: safe loading, bounded size, and no key that silently overrides another."""

from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import yaml

from harmonize.errors import ConfigurationError
from harmonize.inputs.documents import read_text

MAX_BYTES = 1_000_000
"""A study file beyond this size is refused: nobody writes one by hand."""

MAX_DIGITS = 100
"""A longer number is refused: base 60 (1:59:59...) takes hours to read, and Python shows none of 4300 digits."""


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, refusing a key that stands twice, references that blow up, and endless numbers."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it out
            raise yaml.YAMLError(f"line {event.start_mark.line + 1}: references (*name) are not supported here")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if not isinstance(key, Hashable):
                raise yaml.YAMLError(f"line {line}: a key must be a plain text, found {key!r}")
            if key in seen:
                raise yaml.YAMLError(f"line {line}: '{key}' stands twice")
            seen.add(key)
        return super().construct_mapping(node, deep=deep)


def _short(construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def checked(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Any:
        if len(node.value) > MAX_DIGITS:
            line = node.start_mark.line + 1
            raise yaml.YAMLError(f"line {line}: a number of {len(node.value)} signs, expected at most {MAX_DIGITS}")
        return construct(loader, node)

    return checked


for _kind in ("int", "float"):
    _tag = f"tag:yaml.org,2002:{_kind}"
    _StrictLoader.add_constructor(_tag, _short(yaml.SafeLoader.yaml_constructors[_tag]))


def _refuse_halves(value: Any) -> None:
    """Raise for half characters, which escapes can make and no file can hold."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            half = value[error.start]
            raise ValueError(f"{half!r} is half a character, which no file can hold; write it whole") from error
    elif isinstance(value, dict):
        for pair in value.items():
            _refuse_halves(pair)
    elif isinstance(value, list | tuple):
        for item in value:
            _refuse_halves(item)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises
    ------
    ConfigurationError
        If the file is absent, too large, not UTF-8, not YAML, or no mapping; the text names the file and line.
    """
    text = read_text(path, MAX_BYTES)
    try:
        # _StrictLoader derives from SafeLoader: plain data only
        values = yaml.load(text, Loader=_StrictLoader)  # noqa: S506  # this loader makes plain values alone
        _refuse_halves(values)
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # Beside its own errors, PyYAML lets through those of the types that it builds (`!!bool maybe`).
        raise ConfigurationError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        found = "nothing" if values is None else type(values).__name__
        raise ConfigurationError(f"{path}: expected a mapping of names to values, found {found}")
    return values
