"""The protocol table: how each scan of a study was made, one row a scan."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.study.manifest import Scan
from harmonize.errors import ScanError
from harmonize.inputs.names import plain_cell
from harmonize.protocol.headers import Protocol, read_protocol
from harmonize.protocol.parameters import PARAMETERS
from harmonize.remarks import unsaid

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class ScanProtocol:
    """How one scan was made, as far as header or sidecar tell.

    Parameters
    ----------
    scan : Scan
        The scan.
    protocol : Protocol
        What is stated; empty where nothing is, or it cannot be read.
    error : ScanError, optional
        Why header or sidecar cannot be read.
    """

    scan: Scan
    protocol: Protocol
    error: ScanError | None = None


def protocol_of(image: Path) -> Protocol | ScanError:
    """Read how an image was made, or why header or sidecar cannot be read."""
    try:
        with unsaid():  # told where the image is read
            return read_protocol(image)
    except ScanError as error:
        return error


def scan_protocol(scan: Scan, found: Protocol | ScanError | None = None) -> ScanProtocol:
    """Give how a scan was made, read if it has not been; a broken header or sidecar is an entry like the others."""
    found = protocol_of(scan.image) if found is None else found
    return ScanProtocol(scan, Protocol("", {}), found) if isinstance(found, ScanError) else ScanProtocol(scan, found)


def protocol_table(protocols: Iterable[ScanProtocol]) -> "pd.DataFrame":
    """Give the protocols as a table.

    Parameters
    ----------
    protocols : iterable of ScanProtocol
        From `scan_protocol`.

    Returns
    -------
    DataFrame
        `subject`, `sequence`, `condition`, `source` (DICOM, sidecar or empty), one column a parameter that any scan
        states (units in its name where it has one, such as `echo_time_ms`), and `implausible`: what is stated but
        cannot be true.

    Examples
    --------
    >>> list(protocol_table([]).columns)
    ['subject', 'sequence', 'condition', 'source', 'implausible']
    """
    import pandas as pd  # only here: loading it takes long

    rows = []
    for entry in protocols:
        values = entry.protocol.values
        rows.append(
            {
                **dict(zip(("subject", "sequence", "condition"), entry.scan.key, strict=True)),
                "source": entry.protocol.source,
                **{parameter.column: _cell(values.get(parameter.name)) for parameter in PARAMETERS},
                "implausible": plain_cell(
                    "; ".join(f"{name}: {text}" for name, text in entry.protocol.implausible.items())
                ),
            }
        )
    stated = [parameter.column for parameter in PARAMETERS if any(row[parameter.column] is not None for row in rows)]
    return pd.DataFrame(rows, columns=["subject", "sequence", "condition", "source", *stated, "implausible"])


def _cell(value: float | str | None) -> float | str | None:
    return plain_cell(value) if isinstance(value, str) else value
