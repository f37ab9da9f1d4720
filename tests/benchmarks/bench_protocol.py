"""What protocol ComBat takes out where nothing is to be taken out, and what it leaves of planted effects.

Run: python tests/benchmarks/bench_protocol.py
"""

import time

import numpy as np

from harmonize.combat.protocol_effects import fit_protocol

N_DRAWS, N_ROWS, N_FEATURES = 100, 60, 100


def skewed(rng, n_rows=N_ROWS, n_features=N_FEATURES):
    """Draw log-normal features with three factors in common."""
    factors = rng.normal(size=(n_rows, 3)) @ rng.normal(size=(3, n_features))
    return np.exp(0.5 * (factors + 0.7 * rng.normal(size=(n_rows, n_features))))


def drawn(rng, location, scale):
    """Give a parameter, and standardized features whose location and scale follow it."""
    parameter, values = rng.uniform(-1.0, 1.0, (N_ROWS, 1)), skewed(rng)
    standard = (values - values.mean(axis=0)) / values.std(axis=0)
    return parameter, location * parameter + standard * np.exp(0.5 * scale * parameter)


def errors(location, scale):
    """Give mean squares of what is wrong with the slopes, with and without empirical Bayes."""
    found = []
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        of_features = rng.normal(location, 0.3 * abs(location), N_FEATURES)
        parameter, values = drawn(rng, of_features, scale)
        for empirical_bayes in (True, False):
            effects = fit_protocol(values, np.empty((N_ROWS, 0)), parameter, empirical_bayes)
            wrong = effects.slopes * effects.deviation - of_features
            found.append([(wrong**2).mean(), ((effects.scale_slopes - scale) ** 2).mean()])
    return np.array(found).reshape(N_DRAWS, 2, 2).mean(axis=0)


def main():
    for location, scale in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)):
        drawn_towards, plain = errors(location, scale)
        print(f"planted {location}, {scale}: mean squared error of location and scale", drawn_towards, "plain", plain)
    rng = np.random.default_rng(0)
    values, parameters = rng.normal(size=(2000, 2790)), rng.normal(size=(2000, 3))
    start = time.process_time()
    fit_protocol(values, np.empty((2000, 0)), parameters)
    print(f"2,000 rows x 2,790 features, three parameters: {time.process_time() - start:.2f} s of one core")


if __name__ == "__main__":
    main()
