"""The items of two checklists of the field, by their published numbers; the wording is ours and short.

References
----------
Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. METhodological RadiomICs Score (METRICS): a quality scoring tool for
radiomics research endorsed by EuSoMII. Insights into Imaging 2024;15:8. doi:10.1186/s13244-023-01572-w.
Kocak B, Baessler B, Bakas S, et al. CheckList for EvaluAtion of Radiomics research (CLEAR): a step-by-step reporting
guideline for authors and reviewers endorsed by ESR and EuSoMII. Insights into Imaging 2023;14:75.
doi:10.1186/s13244-023-01415-8.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Item:
    """One item.

    Parameters
    ----------
    checklist : str
        METRICS or CLEAR.
    number : int
        Its published number.
    section : str
        The part of the checklist that it belongs to.
    text : str
        What it asks for.
    """

    checklist: str
    number: int
    section: str
    text: str


_METRICS = {
    "Study design": (
        "A checklist or guideline was followed",
        "Who was eligible; the patients represent those it is for",
        "A reference standard of high quality, defined",
    ),
    "Imaging data": (
        "Images of more than one centre",
        "Images as the clinic makes them",
        "Imaging protocol with its parameters",
        "Time between imaging and reference standard",
    ),
    "Segmentation": (
        "How regions were drawn",
        "Automatic segmentation was evaluated",
        "Masks of the test set come from one reader or tool",
    ),
    "Image processing and feature extraction": (
        "Suitable preprocessing, described",
        "Standardized software extracts the features",
        "Parameters of extraction, or that they are the defaults",
    ),
    "Feature processing": (
        "Features that are not robust were removed",
        "Redundant features were removed",
        "The number of features suits the size of the data",
        "End-to-end deep learning: its robustness was assessed",
    ),
    "Preparation for modeling": (
        "Data were split properly",
        "Confounders were handled",
    ),
    "Metrics and comparison": (
        "Performance measures suit the task",
        "Uncertainty is given",
        "Calibration was assessed",
        "One kind of image, or proof that it is not enough",
        "Compared with a method without radiomics, or clinical value shown",
        "Compared with a simple or classical model",
    ),
    "Testing": (
        "Tested on separate data of the same source",
        "Tested on data of another institution",
    ),
    "Open science": (
        "Data are available",
        "Code is available",
        "The model is available",
    ),
}

_CLEAR = {
    "Title": ("The title names the radiomic method",),
    "Abstract": ("Structured summary",),
    "Keywords": ("Keywords of radiomics",),
    "Introduction": ("Background", "Why radiomics", "Objectives"),
    "Study design": (
        "Checklists that were followed",
        "Ethics: approval, consent, data protection",
        "Sample size, how it was chosen",
        "Kind of study, such as retrospective",
        "Eligibility criteria",
        "Flowchart of the technical pipeline",
    ),
    "Data": (
        "Source of the data",
        "Overlap with earlier publications",
        "How data were split",
        "Imaging protocol",
        "Predictors other than radiomics",
        "Reference standard",
    ),
    "Segmentation": ("How regions were drawn", "Who drew them"),
    "Preprocessing": (
        "Image preprocessing",
        "Resampling and its parameters",
        "Discretization and its parameters",
        "Image types: original, filtered",
    ),
    "Feature extraction": (
        "Software and method of extraction",
        "Feature classes",
        "Number of features",
        "All other parameters are the defaults",
    ),
    "Data preparation": (
        "Missing data",
        "Class imbalance",
        "Reliability of segmentation",
        "Scaling or harmonization of feature values",
        "Reduction of dimension",
    ),
    "Modeling": (
        "Algorithms and software",
        "Training and tuning",
        "Confounders",
        "How the final model was chosen",
    ),
    "Evaluation": (
        "Internal or external testing",
        "Performance measures and why these",
        "Uncertainty and how it was computed",
        "Statistical comparison of performance",
        "Comparison with other methods, alone and combined",
        "Interpretability",
    ),
    "Results": (
        "Baseline characteristics",
        "Flowchart of eligibility",
        "Statistics of features: reproducibility, selection",
        "Performance of the models",
        "Results of the comparison with other methods",
    ),
    "Discussion": ("Main findings", "Earlier work", "Practical implications", "Strengths and limitations"),
    "Open science": (
        "Images and segmentations shared (not essential)",
        "Feature values shared",
        "Settings or scripts of preprocessing shared",
        "Code of modeling shared",
        "Files of the final model shared",
        "Ready-to-use system shared (not essential)",
    ),
}


def _numbered(checklist: str, sections: dict[str, tuple[str, ...]]) -> tuple[Item, ...]:
    pairs = [(section, text) for section, texts in sections.items() for text in texts]
    return tuple(Item(checklist, number, section, text) for number, (section, text) in enumerate(pairs, start=1))


METRICS = _numbered("METRICS", _METRICS)
"""The 30 items of METRICS."""

CLEAR = _numbered("CLEAR", _CLEAR)
"""The 58 items of CLEAR."""
