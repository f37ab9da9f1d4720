"""Tables of two readers and of two settings, and the command `reliability`."""

from pathlib import Path

import click
import numpy as np
import pandas as pd
import pytest

from experiments.analyses.reliability.command import reliability

READERS = "Patient;Reader;Organ;Volume;Entropy\n" + "".join(
    f"P{p};{reader};{organ};{10 * p + shift},5;{p}\n"
    for p in range(1, 13)
    for reader, shift in (("anna", 0), ("ben", p % 3))
    for organ in ("liver", "spleen")
)


@pytest.fixture
def command() -> click.Command:
    return reliability


@pytest.fixture
def readers() -> str:
    """Give a table of what two readers measured."""
    return READERS


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "readers.csv"
    path.write_text(READERS)
    return path


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """Give a table of two settings, the second with a third of the noise of the first."""
    rng = np.random.default_rng(0)
    truth = rng.normal(50, 10, (12, 6))
    parts = [
        pd.DataFrame(truth + rng.normal(0, noise, truth.shape), columns=[f"F{i}" for i in range(6)]).assign(
            patient=[f"P{i}" for i in range(12)], scan=scan, settings=settings
        )
        for settings, noise in (("coarse", 4.0), ("fine", 1.5))
        for scan in ("a", "b")
    ]
    path = tmp_path / "several.csv"
    pd.concat(parts).to_csv(path, index=False)
    return path
