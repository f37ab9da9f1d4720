"""The items of two checklists of the field, by their published numbers, and what answers each from a run.

The wording is ours and short; an item without a rule is the author's.

References
----------
Kocak B, Akinci D'Antonoli T, Mercaldo N, et al. METhodological RadiomICs Score (METRICS): a quality scoring tool for
radiomics research endorsed by EuSoMII. Insights into Imaging 2024;15:8. doi:10.1186/s13244-023-01572-w.
Kocak B, Baessler B, Bakas S, et al. CheckList for EvaluAtion of Radiomics research (CLEAR): a step-by-step reporting
guideline for authors and reviewers endorsed by ESR and EuSoMII. Insights into Imaging 2023;14:75.
doi:10.1186/s13244-023-01415-8.
"""

from collections.abc import Mapping

from experiments.report.checklists import model_rules as models
from experiments.report.checklists import study_rules as study
from experiments.report.checklists.knowledge import Rule

Items = Mapping[str, tuple[str | tuple[str, Rule], ...]]
"""By the part of a checklist its items in their order: what each asks for and, where a run knows of it, a rule."""

METRICS: Items = {
    "Study design": (
        "A checklist or guideline was followed",
        "Who was eligible; the patients represent those it is for",
        "A reference standard of high quality, defined",
    ),
    "Imaging data": (
        "Images of more than one centre",
        "Images as the clinic makes them",
        ("Imaging protocol with its parameters", study.protocol),
        "Time between imaging and reference standard",
    ),
    "Segmentation": (
        "How regions were drawn",
        "Automatic segmentation was evaluated",
        "Masks of the test set come from one reader or tool",
    ),
    "Image processing and feature extraction": (
        ("Suitable preprocessing, described", study.suitable_preprocessing),
        ("Standardized software extracts the features", study.software),
        ("Parameters of extraction, or that they are the defaults", study.parameters),
    ),
    "Feature processing": (
        ("Features that are not robust were removed", models.robust),
        ("Redundant features were removed", models.redundant),
        ("The number of features suits the size of the data", models.dimension),
        ("End-to-end deep learning: its robustness was assessed", study.deep_learning),
    ),
    "Preparation for modeling": (
        ("Data were split properly", models.partition),
        ("Confounders were handled", study.confounders),
    ),
    "Metrics and comparison": (
        ("Performance measures suit the task", models.performance),
        ("Uncertainty is given", models.uncertainty),
        ("Calibration was assessed", models.calibration),
        ("One kind of image, or proof that it is not enough", study.sequences),
        ("Compared with a method without radiomics, or clinical value shown", models.other_methods),
        ("Compared with a simple or classical model", models.simple_models),
    ),
    "Testing": (
        ("Tested on separate data of the same source", models.internal),
        "Tested on data of another institution",
    ),
    "Open science": (
        ("Data are available", study.features_to_share),
        ("Code is available", study.settings_to_share),
        "The model is available",
    ),
}
"""The 30 items of METRICS."""

CLEAR: Items = {
    "Title": ("The title names the radiomic method",),
    "Abstract": ("Structured summary",),
    "Keywords": ("Keywords of radiomics",),
    "Introduction": (
        "Background",
        "Why radiomics",
        "Objectives",
    ),
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
        ("How data were split", models.split),
        ("Imaging protocol", study.protocol),
        "Predictors other than radiomics",
        "Reference standard",
    ),
    "Segmentation": (
        "How regions were drawn",
        ("Who drew them", study.readers),
    ),
    "Preprocessing": (
        ("Image preprocessing", study.preprocessing),
        ("Resampling and its parameters", study.resampling),
        ("Discretization and its parameters", study.discretization),
        ("Image types: original, filtered", study.image_types),
    ),
    "Feature extraction": (
        ("Software and method of extraction", study.extraction),
        ("Feature classes", study.classes),
        ("Number of features", study.number),
        ("All other parameters are the defaults", study.parameters),
    ),
    "Data preparation": (
        ("Missing data", study.missing),
        ("Class imbalance", models.imbalance),
        ("Reliability of segmentation", study.segmentation),
        ("Scaling or harmonization of feature values", models.scaling),
        ("Reduction of dimension", models.reduction),
    ),
    "Modeling": (
        ("Algorithms and software", models.algorithms),
        ("Training and tuning", models.tuning),
        ("Confounders", study.confounders),
        ("How the final model was chosen", models.choice),
    ),
    "Evaluation": (
        ("Internal or external testing", models.testing),
        ("Performance measures and why these", models.performance),
        ("Uncertainty and how it was computed", models.uncertainty),
        ("Statistical comparison of performance", models.comparison),
        ("Comparison with other methods, alone and combined", models.other_methods),
        "Interpretability",
    ),
    "Results": (
        "Baseline characteristics",
        "Flowchart of eligibility",
        ("Statistics of features: reproducibility, selection", study.statistics),
        ("Performance of the models", models.results),
        ("Results of the comparison with other methods", models.other_methods),
    ),
    "Discussion": (
        "Main findings",
        "Earlier work",
        "Practical implications",
        "Strengths and limitations",
    ),
    "Open science": (
        "Images and segmentations shared (not essential)",
        ("Feature values shared", study.features_to_share),
        ("Settings or scripts of preprocessing shared", study.settings_to_share),
        "Code of modeling shared",
        "Files of the final model shared",
        "Ready-to-use system shared (not essential)",
    ),
}
"""The 58 items of CLEAR."""

CHECKLISTS = {"METRICS": METRICS, "CLEAR": CLEAR}
"""By name."""
