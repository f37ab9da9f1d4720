from .running.extracting.extraction import run_extraction as run_extraction
from .running.extracting.mapping import run_maps as run_maps
from .running.extracting.reports import run_reports as run_reports
from .running.extracting.preprocessing import run_preprocessing as run_preprocessing
from .running.runner import Run as Run, run_study as run_study
from .study.study import Study as Study
