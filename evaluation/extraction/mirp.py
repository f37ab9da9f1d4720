"""Features by MIRP, the Medical Image Radiomics Processor, an optional package (extra `mirp`).

A. Zwanenburg, S. Löck, "MIRP: A Python package for standardised radiomics", Journal of Open Source Software 9 (2024)
6413, doi:10.21105/joss.06413; licence EUPL-1.2. It has the features of IBSI 1 and the filters of IBSI 2.
"""

import json
import math
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from evaluation.extraction.mirp_process import MirpProcess
from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats import write_image
from harmonize.image.volume import Volume
from harmonize.inputs.configuration import refuse_unknown

CLASSES: Mapping[str, str] = {
    "morph": "shape",
    "loc": "localintensity",
    "stat": "firstorder",
    "ih": "histogram",
    "ivh": "volumehistogram",
    "cm": "glcm",
    "rlm": "glrlm",
    "szm": "glszm",
    "dzm": "gldzm",
    "ngt": "ngtdm",
    "ngl": "ngldm",
}
"""Our class of each of its families."""
NAME = re.compile(rf"(?:(?P<image>.+?)_)?(?P<family>{'|'.join(CLASSES)})_(?P<feature>.+)")
MISSING = "the engine 'mirp' needs the package MIRP; install it with: pip install 'radharmony[mirp]'"
ADVICE = "look at the options, at image and mask, or leave these features out"


@dataclass(frozen=True)
class Mirp:
    """Measure ROIs with MIRP.

    Parameters
    ----------
    options : mapping
        Of its `extract_features`, under MIRP's own names, which checks them: `base_feature_families`,
        `base_discretisation_method`, `filter_kernels`, `new_spacing`, ... Those that name files or perturb are refused.

    Examples
    --------
    >>> column("log_s_2.0_cm_contrast_d1_3d_v_mrg_fbn_n16")
    'log-s-2.0_glcm_contrast-d1-3d-v-mrg-fbn-n16'
    """

    name: ClassVar[str] = "mirp"
    title: ClassVar[str] = "MIRP"

    options: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, options: Mapping[str, Any], where: str) -> "Mirp":
        """Check options; raises `ConfigurationError` if MIRP is not there, does not know one or cannot use it."""
        if find_spec("mirp") is None:
            raise ConfigurationError(MISSING)
        found = json.loads(_checked(json.dumps(dict(options), default=str)))
        if "known" in found:
            refuse_unknown(options, found["known"], where)
        if "error" in found:
            raise ConfigurationError(f"{where}: MIRP does not take them: {found['error']}")
        if not found["features"]:
            raise ConfigurationError(
                f"{where}: 'base_feature_families' is missing; name some, such as [statistical, glcm], or `all`"
            )
        return cls(dict(options))

    def __call__(self, volume: Volume) -> Mapping[str, Mapping[str, float] | ScanError]:
        """Give the features of every ROI by our names, or why there are none."""
        with tempfile.TemporaryDirectory(prefix="radharmony_", ignore_cleanup_errors=True) as folder:
            image = Path(folder, "image.nii")
            write_image(volume.image, volume.grid, image)
            masks: dict[str, Path] = {}
            for number, (name, mask) in enumerate(volume.masks.items()):
                masks[name] = Path(folder, f"mask{number}.nii")
                write_image(mask, volume.grid, masks[name])
            found = self._measured(image, masks)
            if len(masks) > 1 and any(isinstance(one, ScanError) for one in found.values()):
                for name, path in masks.items():  # one ROI takes the others with it
                    found |= self._measured(image, {name: path})
            return found

    def _measured(self, image: Path, masks: Mapping[str, Path]) -> dict[str, Mapping[str, float] | ScanError]:
        try:
            answer = _PROCESS.ask(options=self.options, image=str(image), masks=[str(path) for path in masks.values()])
        except RuntimeError as error:
            answer = {"error": str(error)}
        rows = {row["image_mask_file_name"]: row for row in answer.get("rows", ())}
        why = ScanError(f"MIRP failed: {answer['error']}" if "error" in answer else "MIRP gives no features", ADVICE)
        return {name: _values(rows[path.name]) if path.name in rows else why for name, path in masks.items()}


def column(name: str) -> str:
    """Give our name of one of its features; empty for a column that is none.

    Examples
    --------
    >>> column("stat_mean"), column("morph_pca_flatness"), column("image_voxel_size_x")
    ('original_firstorder_mean', 'original_shape_pca-flatness', '')
    """
    found = None if name.startswith(("image_", "sample_")) else NAME.fullmatch(name)
    if found is None:
        return ""
    image = (found["image"] or "original").replace("_", "-")
    return f"{image}_{CLASSES[found['family']]}_{found['feature'].replace('_', '-')}"


def _values(row: Mapping[str, Any]) -> dict[str, float]:
    named = ((column(name), value) for name, value in row.items())
    return {name: math.nan if value is None else float(value) for name, value in named if name}


_PROCESS = MirpProcess()


@cache
def _checked(options: str) -> str:
    return json.dumps(_PROCESS.ask(options=json.loads(options)))
