"""Memory and time of the reliability of a million rows of a feature table, taken whole and in pieces.

Each case runs in a process of its own, so that its peak of resident memory is its own. The table is written to a
temporary Parquet file (about 0.7 GB for a million rows of 93 features).
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow
import pyarrow.parquet

from evaluation.reliability import reliability_chunks, reliability_table

CONDITIONS, SEQUENCES, ROIS, FEATURES = ("REF+STD", "REF+DLR", "ACC+STD", "ACC+DLR"), ("T1", "T2", "DWI"), 10, 93
STRATEGIES = 8
ROW = len(CONDITIONS) * len(SEQUENCES) * ROIS * STRATEGIES


def write(path: Path, n_subjects: int) -> int:
    """Write a feature table, strategy by strategy; give its number of rows."""
    rng = np.random.default_rng(0)
    names = [f"original_glcm_Feature{i}" for i in range(FEATURES)]
    writer = None
    for strategy in range(STRATEGIES):
        keys = pd.MultiIndex.from_product(
            [
                [f"s{strategy}"],
                [f"P{i}" for i in range(n_subjects)],
                SEQUENCES,
                CONDITIONS,
                [f"roi{i}" for i in range(ROIS)],
            ],
            names=["strategy", "subject", "sequence", "condition", "roi"],
        )
        part = pd.DataFrame(rng.lognormal(1, 0.3, (len(keys), FEATURES)), columns=names, index=keys).reset_index()
        table = pyarrow.Table.from_pandas(part, preserve_index=False)
        writer = writer or pyarrow.parquet.ParquetWriter(path, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()
    return n_subjects * ROW


def run(path: Path, size: int) -> None:
    """Compute, whole for a size of 0, and print rows, seconds and the peak of resident memory."""
    start, rows = time.perf_counter(), 0
    if size:
        for piece in reliability_chunks(path, CONDITIONS[0], size=size):
            rows += len(piece)
    else:
        rows = len(reliability_table(pd.read_parquet(path), CONDITIONS[0]))
    # Linux gives kilobytes, macOS bytes.
    unit = 1e9 if sys.platform == "darwin" else 1e6
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    print(f"{rows} rows of results, {time.perf_counter() - start:.0f} s, peak {peak:.2f} GB")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        for n_subjects in (260, 1042):
            path = Path(folder) / f"{n_subjects}.parquet"
            n_rows = write(path, n_subjects)
            for size in (0, 8):
                what = f"{size} features a piece" if size else "the whole table"
                print(f"{n_rows} rows x {FEATURES} features, {what}: ", end="", flush=True)
                command = [sys.executable, __file__, str(path), str(size)]
                print(subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout.strip())


if __name__ == "__main__":
    if len(sys.argv) == 3:
        run(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        main()
