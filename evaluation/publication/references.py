"""What the statistics section of a paper cites."""

from collections.abc import Callable

REFERENCES = {
    "generalized": "Weerahandi S. Generalized confidence intervals. Journal of the American Statistical Association "
    "1993;88:899-905.",
    "jackknife_limits": "Arvesen JN, Schmitz TH. Robust procedures for variance component problems using the "
    "jackknife. Biometrics 1970;26:677-686.",
    "unskewed": "Hall P. On the removal of skewness by transformation. Journal of the Royal Statistical Society B "
    "1992;54:221-228.",
    "graybill_wang": "Graybill FA, Wang CM. Confidence intervals on nonnegative linear combinations of variances. "
    "Journal of the American Statistical Association 1980;75:869-873.",
    "shares": "Shao J, Tu D. The Jackknife and Bootstrap. Springer 1995.",
    "extrapolation": "Cook JR, Stefanski LA. Simulation-extrapolation estimation in parametric measurement error "
    "models. Journal of the American Statistical Association 1994;89:1314-1328.",
    "jackknife": "Efron B, Tibshirani RJ. An Introduction to the Bootstrap. Chapman & Hall 1993.",
    "swaps": "Tusher VG, Tibshirani R, Chu G. Significance analysis of microarrays applied to the ionizing radiation "
    "response. Proceedings of the National Academy of Sciences 2001;98:5116-5121.",
    "ranking": "Goldstein H, Spiegelhalter DJ. League tables and their limitations. Journal of the Royal Statistical "
    "Society A 1996;159:385-409.",
    "overlap": "Kuncheva LI. A stability index for feature selection. Proceedings of the 25th IASTED International "
    "Multi-Conference: Artificial Intelligence and Applications 2007:390-395.",
    "generalizability": "Brennan RL. Generalizability Theory. Springer 2001.",
    "components": "Searle SR, Casella G, McCulloch CE. Variance Components. Wiley 1992.",
    "perturbations": "Zwanenburg A, Leger S, Agolli L, et al. Assessing robustness of radiomic features by image "
    "perturbation. Scientific Reports 2019;9:614.",
    "friedman": "Friedman M. The use of ranks to avoid the assumption of normality implicit in the analysis of "
    "variance. Journal of the American Statistical Association 1937;32:675-701.",
    "wilcoxon": "Wilcoxon F. Individual comparisons by ranking methods. Biometrics Bulletin 1945;1:80-83.",
    "fdr": "Benjamini Y, Hochberg Y. Controlling the false discovery rate: a practical and powerful approach to "
    "multiple testing. Journal of the Royal Statistical Society B 1995;57:289-300.",
    "quartiles": "Hyndman RJ, Fan Y. Sample quantiles in statistical packages. American Statistician 1996;50:361-365.",
}

Cite = Callable[[str], str]
"""Gives the number of a reference, by its name here or its own text."""
