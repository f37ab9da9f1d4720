import numpy as np
import pytest
from rich.console import Console

from experiments.audit.signal import Signal
from experiments.cli.audited import show_signals

SHAPE = (6, 24, 24)


def test_every_scan_has_its_noise_and_the_ratio_of_each_roi(small):
    rng = np.random.default_rng(0)
    body = np.zeros(SHAPE)
    body[:, 1:23, 1:23] = 200.0
    small.image("S1_REF.nii.gz", body + rng.normal(0, 4, SHAPE))
    small.image("S1_ACC.nii.gz", body + rng.normal(0, 16, SHAPE))
    found = small.audit()
    first, second = found.signals[:2]
    assert (first.subject, first.condition, second.condition) == ("S1", "REF+STD", "ACC+DLR")
    assert first.noise == pytest.approx(4, rel=0.1)
    assert second.noise == pytest.approx(16, rel=0.1)
    assert first.signal_to_noise == pytest.approx({"liver": 50, "spleen": 50}, rel=0.1)
    assert found.to_mapping()["signals"][0]["signal_to_noise"] == first.signal_to_noise


def test_a_scan_without_an_estimate_says_why(small):
    blocks = np.kron(np.arange(36.0).reshape(6, 3, 2), np.ones((1, 8, 12)))
    small.image("S1_REF.nii.gz", blocks)
    signal = small.audit().signals[0]
    assert (signal.noise, signal.signal_to_noise) == (None, {})
    assert "more than half of the finest details are 0" in signal.reason


def test_the_table_shows_medians_over_scans():
    signals = [
        Signal("S1", "T2", "REF", 2.0, "", {"liver": 10.0}),
        Signal("S2", "T2", "REF", 2.0, "", {"liver": 30.0, "spleen": 7.0}),
        Signal("S3", "T2", "REF", 2.0, "", {"liver": 31.0}),
        Signal("S1", "T2", "DLR", 2.0, "", {"liver": 55.5}),
        Signal("S1", "T1", "REF", None, "no detail", {}),
    ]
    console = Console(width=80)
    with console.capture() as shown:
        show_signals(signals, console)
    assert " ".join(shown.get().split()).endswith("compare no conditions whose reconstruction or matrix differs")
    rows = [line for line in shown.get().splitlines() if "liver" in line or "spleen" in line]
    assert [cell.strip() for cell in rows[0].strip("│").split("│")] == ["liver", "30", "55.5"]
    assert [cell.strip() for cell in rows[1].strip("│").split("│")] == ["spleen", "7", ""]
