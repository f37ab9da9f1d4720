"""Reading YAML as plain data: safe loading, bounded size, and no key that silently overrides another."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from harmonize.errors import ConfigurationError

MAX_BYTES = 10_000_000
"""A study file beyond this size is refused: nobody writes one by hand."""


class _StrictLoader(yaml.SafeLoader):
    """The safe loader, refusing a key that stands twice and references that blow up."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]  # the stubs leave it untyped  # type: ignore[no-untyped-call]  # the stubs leave it out
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


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises
    ------
    ConfigurationError
        If the file is absent, too large, not UTF-8, not YAML, or no mapping; the text names the file and line.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise ConfigurationError(f"{path}: {len(content)} bytes, expected at most {MAX_BYTES}; is it a study file?")
    try:
        # _StrictLoader derives from SafeLoader: plain data only
        values = yaml.load(content.decode("utf-8-sig"), Loader=_StrictLoader)  # noqa: S506
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path}: is not a UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except (yaml.YAMLError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        # Beside its own errors, PyYAML lets through those of the types that it builds (`!!bool maybe`).
        raise ConfigurationError(f"{path}: is not valid YAML: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        found = "nothing" if values is None else type(values).__name__
        raise ConfigurationError(f"{path}: expected a mapping of names to values, found {found}")
    return values
