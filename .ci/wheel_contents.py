"""Build the wheel and check that it holds the package of names, the four floors, their data files, and nothing else."""

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGES = {"radharmony", "harmonize", "selection", "evaluation", "experiments"}

with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.executable, "-m", "build", "--wheel", "--outdir", folder], check=True)
    (wheel,) = Path(folder).glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
top = {name.split("/")[0] for name in names}
extra = {name for name in top - PACKAGES if not name.endswith(".dist-info")}
if extra or not top >= PACKAGES:
    sys.exit(f"top level of the wheel: {sorted(top)}, expected {sorted(PACKAGES)}")
tracked = subprocess.run(["git", "ls-files", *PACKAGES], check=True, capture_output=True, text=True).stdout.split()
missing = set(tracked) - set(names)
if missing:
    sys.exit(f"missing from the wheel: {sorted(missing)}")
print(f"{wheel.name}: {len(names)} files, top level {sorted(top)}")
