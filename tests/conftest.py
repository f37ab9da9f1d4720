"""What all tests share: where real scans and reference values are, and a small study with what a run leaves of it."""

import gc
import json
import os
import shutil
from pathlib import Path

# Threads of BLAS and OpenMP wait for each other by spinning, on small matrices most of the time of a fit. Before NumPy
# is imported; the processes that tests start have it from here.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))

import matplotlib as mpl
import numpy as np
import pandas as pd
import pydicom
import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

from experiments.folder.files import RUN
from experiments.folder.run_folder import DIGESTS, RunFolder
from tests.golden import OPTION, Golden

mpl.use("Agg")
# A run waits fifty times for the disk, lest a power cut take what it wrote. Processes that tests start still do.
os.fsync = lambda _file: None
# How long an example takes says something of the machine.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("RADHARMONY_TEST_DATA", ROOT.parent / "shared"))

STRATEGIES = """strategies:
  raw:
    extraction: {setting: {binWidth: 3}}
  zscore:
    steps: [zscore]
"""


def _folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"needs the folder '{name}' of real scans and reference values beside the checkout")
    return folder


def pytest_collection_modifyitems(items):
    """Begin with the files that take longest, lest one process be left alone with one of them at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection():
    """Look for no garbage while all is imported and collected: there is none."""
    gc.disable()


def pytest_collection_finish():
    """Take what was imported and collected from what is looked through for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers():
    """Start a worker more than there are cores: many tests wait, for servers, for workers that end, and for clocks."""
    return None if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") else (os.cpu_count() or 1) + 1


def pytest_addoption(parser):
    parser.addoption(OPTION, action="store_true", help="write tests/messages.txt anew for the tests that run")


@pytest.fixture
def golden(request, tmp_path_factory):
    """Give what compares the texts that users read with messages.txt: `with golden.error(ScanError):`."""
    base, before = tmp_path_factory.getbasetemp(), request.session.testsfailed

    def places():
        own = request.node.funcargs.get("tmp_path", base)
        return [(own, "TMP"), (base, "TMP"), (base.parent, "TMP"), (SHARED, "DATA"), (ROOT, "ROOT")]

    golden = Golden(request.node, places)
    yield golden
    if request.session.testsfailed == before:
        golden.end()


@pytest.fixture(scope="session")
def data_root() -> Path:
    """Give the folder of public scans and tables, or skip."""
    return _folder("data")


@pytest.fixture(scope="session")
def reference_root() -> Path:
    """Give the folder of values computed in R, or skip."""
    return _folder("reference")


@pytest.fixture(scope="session")
def once(tmp_path_factory):
    """Give a function that makes a folder by its name, once for all processes that share the tests."""
    place = tmp_path_factory.getbasetemp()
    place = place.parent if "PYTEST_XDIST_WORKER" in os.environ else place

    def made(name, make):
        folder, whole = place / name, place / f"{name}.whole"
        with FileLock(place / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)  # another process failed to make it
                make(folder)
                whole.touch()
        return folder

    return made


@pytest.fixture(scope="session")
def simulated(once):
    """Three subjects under four arms, one sequence, two ROIs, two cheap strategies; do not change it."""
    # imported where they are needed: tests of the lower floors begin sooner
    from experiments.simulate import Simulation, write_study

    def make(folder):
        simulation = Simulation(subjects=3, sequences=("HASTE",), rois=2, matrix=96, slices=1, seed=7)
        path = write_study(folder, simulation)
        text = path.read_text(encoding="utf-8")
        before, after = text.index("strategies:"), text.index("thresholds:")
        path.write_text(text[:before] + STRATEGIES + text[after:], encoding="utf-8")

    return once("study", make) / "study.yaml"


@pytest.fixture(scope="session")
def finished(simulated, once):
    """What a whole run of that study leaves; do not change it."""
    from experiments.running.runner import Run, run_study
    from experiments.study.study import Study

    return Run.open(once("finished", lambda folder: run_study(Study.from_yaml(simulated), folder / "out")) / "out")


@pytest.fixture(scope="session")
def add_repeats():
    """Give a function that gives each row of a real table repeats whose reliability is known exactly."""
    return _add_repeats


def _add_repeats(table, reliability, *, features, conditions=("test", "retest"), seed=0):
    """Take the values as error-free, and add errors orthogonal to them and to each other, with equal variances.

    So the ICC(C,1) of the repeats is what was asked for, in this sample and not on average only.
    """
    values = table[features].to_numpy(float)
    rows, count, number = *values.shape, len(conditions)
    space = np.empty((count, rows, number + 2))
    space[:, :, 0], space[:, :, 1] = 1.0, (values - values.mean(axis=0)).T
    space[:, :, 2:] = np.random.default_rng(seed).standard_normal((count, rows, number))
    directions = np.linalg.qr(space).Q[:, :, 2:]
    wanted = np.broadcast_to(np.asarray(reliability, float), count)
    error = values.std(axis=0, ddof=1) * np.sqrt((1.0 - wanted) / wanted) * np.sqrt(rows - 1)
    others = table.drop(columns=features).reset_index(drop=True)
    parts = [
        others.assign(condition=condition).join(pd.DataFrame(values + error * directions[:, :, i].T, columns=features))
        for i, condition in enumerate(conditions)
    ]
    return pd.concat(parts, ignore_index=True)


@pytest.fixture(scope="session")
def reseal():
    """Give a function that makes a run folder of one piece again after a test has changed a file of it."""
    return _reseal


def _reseal(folder, **changes):
    """Write run.json for whatever files are there, as somebody could who means to deceive."""
    record = json.loads((folder / RUN).read_text(encoding="utf-8"))
    record = {name: value for name, value in record.items() if name != "digest"} | changes
    RunFolder(folder).finish(record, [folder / name for name in record.get(DIGESTS, ())]).seal()


@pytest.fixture(scope="session")
def seal_run():
    """Give a function that writes run.json of a plain study beside files, so that they are those of a finished run."""
    return _seal_run


def _seal_run(folder, files, **changes):
    lists = {name: [] for name in ("factors", "subjects", "sequences", "conditions", "rois")}
    texts = dict.fromkeys(
        ("name", "description", "reference", "settings_digest", "data_digest", "started", "finished"), ""
    )
    record = {
        **lists,
        **texts,
        "rule": {},
        "registration": None,
        "versions": {},
        "inference": {},
        "scans": 0,
        "seconds": 0.0,
        **changes,
    }
    RunFolder(folder).finish(record, [folder / name for name in files]).seal()


@pytest.fixture(scope="session")
def write_slices():
    """Give a function that writes an array as a classic MR series, one file a slice, and returns their datasets."""
    return _write_slices


def _write_slices(folder, array, *, spacing=(2.0, 1.5, 5.0), origin=(-10.0, 20.0, 30.0), axes=None, **attributes):
    """Write array (z, y, x) of uint16; `axes` are the directions of x and y, attributes may be one value a slice."""
    folder.mkdir(parents=True, exist_ok=True)
    along_x, along_y = np.array([[1.0, 0, 0], [0, 1.0, 0]] if axes is None else axes)
    series = attributes.pop("SeriesInstanceUID", pydicom.uid.generate_uid())
    prefix = attributes.pop("prefix", "")
    written = []
    for i, pixels in enumerate(np.asarray(array, np.uint16)):
        dataset = pydicom.Dataset()
        dataset.file_meta = pydicom.dataset.FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        dataset.SOPClassUID = pydicom.uid.MRImageStorage
        dataset.SOPInstanceUID = pydicom.uid.generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.FrameOfReferenceUID = ("1.2.3", series, "1.2.4")
        dataset.PatientID, dataset.PatientName, dataset.PatientBirthDate = "MRN-77", "Doe^Jane", "19700101"
        dataset.Modality, dataset.SeriesNumber, dataset.SeriesDescription = "MR", 3, "T2 HASTE"
        dataset.StudyID, dataset.AccessionNumber, dataset.StudyDate, dataset.StudyTime = "", "", "", ""
        dataset.PatientSex, dataset.Manufacturer, dataset.ImageType = "", "Siemens", ["ORIGINAL", "PRIMARY", "M"]
        dataset.Rows, dataset.Columns = pixels.shape
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.BitsAllocated = dataset.BitsStored = 16
        dataset.HighBit, dataset.PixelRepresentation = 15, 0
        dataset.PixelSpacing = [spacing[1], spacing[0]]
        dataset.SliceThickness, dataset.InstanceNumber = spacing[2] - 1, i + 1
        dataset.ImageOrientationPatient = [*along_x, *along_y]
        place = np.array(origin) + i * spacing[2] * np.cross(along_x, along_y)
        dataset.ImagePositionPatient = [round(float(value), 6) for value in place]
        for name, value in attributes.items():
            setattr(dataset, name, value[i] if isinstance(value, np.ndarray) else value)
        dataset.PixelData = pixels.tobytes()
        dataset.save_as(folder / f"{prefix}{len(array) - i:03}.dcm", enforce_file_format=True)  # last slice first
        written.append(dataset)
    return written
