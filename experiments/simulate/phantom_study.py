"""A study of the abdominal phantom, with all that is true about it beside the images."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import numpy as np
import pandas as pd

from experiments.folder.writing import write_csv, write_json
from experiments.simulate.anatomy import FIELD_OF_VIEW, PARTS, ROIS
from experiments.simulate.disease import TISSUE, draw_disease, is_patient
from experiments.simulate.echo_train import EchoTrain
from experiments.simulate.feature_table import DIAGNOSIS
from experiments.simulate.four_arms import ACQUISITIONS, Acquisition, reconstruct_arms
from experiments.simulate.phantom import Phantom, draw_phantom
from experiments.simulate.receive import Reception, draw_reception
from experiments.simulate.simulation import Simulation
from experiments.simulate.study_files import StudyWriter, prepare_folder
from experiments.simulate.tissues import SEQUENCES
from harmonize.arrays import FloatArray
from harmonize.image.volume import Grid
from harmonize.inputs.paths import as_path

FULL_SIGNAL = 1000.0
"""Intensity of water without decay, at a gain of 1."""
SLICE_DISTANCE = 6.0
"""Distance of slices, mm."""
MODEL = {
    "REF": "single-shot echo train over all covered lines; those before the first echo are not covered",
    "ACC": "every R-th line measured; the others as parallel imaging leaves them: noise times sqrt(R) and g-factor, "
    "a share of their signal missing (ghosts), echo train shorter by R",
    "STD": "magnitude of the zero-filled inverse FFT",
    "DLR": "edge-preserving denoising surrogate, not deep learning: conjugate-symmetry filling and non-local means",
    "noise_sigma": "in each of the real and the imaginary part of the zero-filled image, mean over the ROI, times gain",
    "expected_signal": "mean of the ROI without texture, receive bias, blur, ghosts and noise, times gain",
    "bias_amplitude": "standard deviation of the logarithm of the receive sensitivity over the field of view",
    "bias_in_roi": "mean receive sensitivity in the ROI",
    "correlation_length_mm": "distance at which the correlation of the texture is exp(-1)",
}
MODEL_OF_DISEASE = {
    DIAGNOSIS: "1 for patients, whose liver has a longer T2 (t2_ms has it) and a fine texture; 0 for the healthy",
    "fine_texture": "standard deviation of the texture of a patient's liver of about one voxel, as a share of the mean",
}


def write_study(folder: str | Path, simulation: Simulation, progress: Callable[[int, int], None] | None = None) -> Path:
    """Write a simulated abdominal T2 study with known truth.

    Parameters
    ----------
    folder : str or Path
        A new or empty folder. It receives ``images/``, ``masks/``, ``images.csv``, ``study.yaml``, ``truth.csv`` (one
        row per subject, sequence, acquisition and ROI) and ``truth.json`` (settings, the model in words, and the
        echo trains). With patients, ``images.csv`` and ``truth.csv`` have a column ``diagnosis``.
    simulation : Simulation
        Size and physics.
    progress : callable, optional
        Called with the number of images written and the number of all.

    Returns
    -------
    Path
        The study file.

    Raises
    ------
    ConfigurationError
        If the folder is not empty.

    Notes
    -----
    A subject's anatomy, tissues and texture are the same in all scans; each acquisition has its own noise, receive
    field and gain; both reconstructions of an acquisition start from the same k-space.
    """
    folder = as_path(folder, "folder")
    digits = max(2, len(str(simulation.subjects)))
    subjects = [f"sub-{number:0{digits}d}" for number in range(1, simulation.subjects + 1)]
    labels = {name: i for i, name in enumerate(ROIS[: simulation.rois], start=1)}
    writer = StudyWriter(prepare_folder(folder), labels, itertools.product(subjects, simulation.sequences))
    spacing = FIELD_OF_VIEW / simulation.matrix
    corner = (spacing - FIELD_OF_VIEW) / 2
    size = (simulation.matrix, simulation.matrix, simulation.slices)
    grid = Grid(
        size, (spacing, spacing, SLICE_DISTANCE), (corner, corner, (1 - simulation.slices) * SLICE_DISTANCE / 2)
    )
    truth: list[dict[str, str]] = []
    done, total = 0, simulation.subjects * len(simulation.sequences) * 4
    sick = is_patient(simulation.subjects, simulation.patients)
    for number, subject in enumerate(subjects, start=1):
        seed = (simulation.seed, number)
        disease = draw_disease(np.random.default_rng((*seed, 5))) if sick[number - 1] else None
        diagnosis = {DIAGNOSIS: str(int(sick[number - 1]))} if simulation.patients else {}
        fine = {TISSUE: disease.fine_texture} if disease is not None else {}
        phantom = draw_phantom(simulation.matrix, simulation.slices, seed, disease)
        rois = {name: phantom.anatomy.rois[name] for name in writer.labels}
        label_map = sum(writer.labels[name] * roi.astype(np.uint16) for name, roi in rois.items())
        mask = writer.write_mask(subject, np.asarray(label_map), grid)
        for sequence in simulation.sequences:
            scan = _Scan(phantom, sequence, simulation, number)
            for condition, image in scan.images().items():
                writer.write_scan(subject, sequence, condition, image, grid, mask, list(rois.values()), diagnosis)
                done += 1
                if progress is not None:
                    progress(done, total)
            for row in scan.truth(tuple(rois)):
                signs = {"fine_texture": f"{fine.get(row['roi'], 0.0):.6g}"} if diagnosis else {}
                truth.append({"subject": subject, **diagnosis, **row, **signs})
    write_csv(folder / "truth.csv", pd.DataFrame(truth))
    settings = {"simulation": _settings(simulation), "model": _model(simulation), "echo_trains": _trains(simulation)}
    write_json(folder / "truth.json", settings)
    return writer.finish("Simulated abdominal T2")


class _Scan:
    """One subject in one sequence: both acquisitions."""

    def __init__(self, phantom: Phantom, sequence: str, simulation: Simulation, number: int) -> None:
        self.phantom, self.sequence, self.simulation = phantom, sequence, simulation
        self.seed = (simulation.seed, number, crc32(sequence.encode()))
        self.scanner = simulation.scanner(FULL_SIGNAL)
        self.receptions: dict[str, Reception] = {}
        self.acquisitions: dict[str, Acquisition] = {}
        shape = (simulation.slices, simulation.matrix, simulation.matrix)
        for name, train in echo_trains(simulation, sequence).items():
            shared, own = np.random.default_rng((*self.seed, 0)), np.random.default_rng((*self.seed, *name.encode()))
            reception = draw_reception(shape, simulation.bias, simulation.gain, shared, own)
            signal = phantom.signal(SEQUENCES[sequence], train) * FULL_SIGNAL * reception.field
            self.receptions[name] = reception
            self.acquisitions[name] = Acquisition(signal, train.measured, train.acceleration)

    def images(self) -> dict[str, FloatArray]:
        arms = reconstruct_arms(self.acquisitions, self.scanner, np.random.default_rng((*self.seed, 1)))
        return {condition: image * self.receptions[condition[:3]].gain for condition, image in arms.items()}

    def truth(self, rois: tuple[str, ...]) -> list[dict[str, str]]:
        rows = []
        for name, acquisition in self.acquisitions.items():
            gain, sensitivity = self.receptions[name].gain, np.abs(self.receptions[name].field)
            sigma = np.broadcast_to(acquisition.noise_sigma(self.scanner), sensitivity.shape)
            for roi in rois:
                tissue = self.phantom.tissues[next(part.tissue for part in PARTS if part.name == roi)]
                inside, sequence = self.phantom.anatomy.rois[roi], SEQUENCES[self.sequence]
                signal = tissue.proton_density * np.exp(-sequence.echo_time / tissue.t2) * FULL_SIGNAL * gain
                values = {
                    "t2_ms": tissue.t2,
                    "proton_density": tissue.proton_density,
                    "texture_amplitude": tissue.texture_amplitude,
                    "correlation_length_mm": tissue.correlation_length,
                    "expected_signal": signal * (sequence.fat_signal if tissue.is_fat else 1.0),
                    "gain": gain,
                    "bias_amplitude": np.log(sensitivity).std(),
                    "bias_in_roi": sensitivity[inside].mean(),
                    "noise_sigma": sigma[inside].mean() * gain,
                }
                texts = {key: f"{value:.6g}" for key, value in values.items()}
                rows.append({"sequence": self.sequence, "acquisition": name, "roi": roi, **texts})
        return rows


def echo_trains(simulation: Simulation, sequence: str) -> dict[str, EchoTrain]:
    """Give the echo train of each acquisition of a sequence."""
    echo_time = SEQUENCES[sequence].echo_time
    return {
        name: EchoTrain(simulation.matrix, echo_time, simulation.echo_spacing, acceleration)
        for name, acceleration in zip(ACQUISITIONS, (1, simulation.acceleration), strict=True)
    }


def _settings(simulation: Simulation) -> dict[str, object]:
    """Give the settings; a study without patients says nothing about them."""
    settings = dataclasses.asdict(simulation)
    return settings if simulation.patients else {key: value for key, value in settings.items() if key != "patients"}


def _model(simulation: Simulation) -> dict[str, str]:
    return {**MODEL, **MODEL_OF_DISEASE} if simulation.patients else MODEL


def _trains(simulation: Simulation) -> dict[str, dict[str, dict[str, float]]]:
    return {
        sequence: {
            name: {
                "echo_time_ms": train.echo_time,
                "acceleration": train.acceleration,
                "lines_covered": int(train.measured.sum()),
                "echoes": train.echoes,
                "duration_ms": train.echoes * train.echo_spacing,
            }
            for name, train in echo_trains(simulation, sequence).items()
        }
        for sequence in simulation.sequences
    }
