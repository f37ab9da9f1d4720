import numpy as np
import pytest

from evaluation.figures import Paired

WRIGHT = [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427]
MINI = [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451]


@pytest.fixture
def peak_flow() -> Paired:
    """Give Bland and Altman's data of 1986: first measurements with the Wright and the mini meter."""
    names = tuple(map(str, range(1, 18)))
    return Paired(np.array(WRIGHT, float), np.array(MINI, float), names, "PEFR", "Wright", "mini", "adults")
