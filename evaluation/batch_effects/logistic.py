"""Logistic regression with a ridge penalty, for the many small fits that ask whether a batch can be told."""

from collections.abc import Iterable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import numpy as np

from harmonize.arrays import BoolArray, FloatArray, IntArray

TOLERANCE, MOST_ITERATIONS = 1e-5, 1000
"""The largest component of the gradient of the loss, in the coordinates of `_Task`, at which a fit is done, and after
how many iterations at the latest."""

_CURVATURE = 0.05
"""The variance of a class that rows typically have: it decides how fast fits are done, not what they give."""
_MEMORY = 10
"""Steps from which the curvature is learned."""
_LESS = 1e-4
"""What part of what the slope promises a step must keep."""
_HALVINGS = 50
_ROUNDING = 1e-13
_AT_ONCE = 500_000
"""Values that are held at once."""


class ClassFit(NamedTuple):
    """What is asked: classes learned from some rows, and told of others.

    Parameters
    ----------
    seen : ndarray of float64, shape (n_rows, n_features)
        Standardized features.
    codes : ndarray of int, shape (n_rows,)
        Class of each row, from 0; every class up to the largest is there.
    unseen : ndarray of float64, shape (m, n_features)
        Features by the same scale.
    """

    seen: FloatArray
    codes: IntArray
    unseen: FloatArray


class _Task(NamedTuple):
    """A fit in coordinates along which the loss curves alike.

    Weights of features are `back @ weights`; rows seen are `rows @ weights`, apart from their mean.
    """

    mean: FloatArray
    back: FloatArray
    rows: FloatArray
    penalty: FloatArray
    told: FloatArray


class _Stack(NamedTuple):
    """Several tasks, filled up to one size with rows that do not count and coordinates that stay 0."""

    rows: FloatArray
    penalty: FloatArray
    told: FloatArray
    there: FloatArray

    def of(self, chosen: BoolArray) -> "_Stack":
        return _Stack(*(part[chosen] for part in self))


def told_classes(fits: Iterable[ClassFit]) -> list[IntArray]:
    """Learn classes and tell those of other rows.

    Parameters
    ----------
    fits : iterable of ClassFit
        Each by itself.

    Returns
    -------
    list of ndarray of int, shape (m,)

    Notes
    -----
    The minimum of the loss whose neighbourhood scikit-learn's `LogisticRegression` finds with its defaults: a penalty
    with C = 1, none of the intercept, a single linear function for two classes. All fits are done at once, by L-BFGS
    in the principal coordinates of their rows, each divided by what the curvature along it is likely to be; without
    that it takes twice the iterations, and of each fit ten times the time.

    References
    ----------
    Liu DC, Nocedal J. On the limited memory BFGS method for large scale optimization. Mathematical Programming
    1989;45:503-528.

    Examples
    --------
    >>> x = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> told_classes([ClassFit(x, np.array([0, 0, 1, 1]), np.array([[-0.7], [2.0]]))])
    [array([0, 1])]
    """
    return [
        np.asarray(scores[:, 0] > 0 if scores.shape[1] == 1 else scores.argmax(axis=1), dtype=np.intp)
        for scores in class_scores(fits)
    ]


def class_scores(fits: Iterable[ClassFit]) -> list[FloatArray]:
    """Learn classes and give the linear functions by which other rows are told, (m, 1) for two classes.

    Examples
    --------
    >>> x = np.array([[-1.0], [-0.5], [0.5], [1.0]])
    >>> class_scores([ClassFit(x, np.array([0, 0, 1, 1]), np.array([[-0.7], [2.0]]))])[0].ravel() > 0
    array([False,  True])
    """
    return [scores for batch in _batches(fits) for scores in _scored_together(batch)]


def _batches(fits: Iterable[ClassFit]) -> Iterator[list[ClassFit]]:
    """Take as many fits at a time as memory has room for."""
    batch: list[ClassFit] = []
    held = 0
    for fit in fits:
        size = len(fit.seen) * min(fit.seen.shape)
        if batch and held + size > _AT_ONCE:
            yield batch
            batch, held = [], 0
        batch.append(fit)
        held += size
    if batch:
        yield batch


def _scored_together(fits: Sequence[ClassFit]) -> list[FloatArray]:
    found = [np.zeros((len(fit.unseen), 1)) for fit in fits]
    last = [int(fit.codes.max()) for fit in fits]
    for most in set(last) - {0}:  # of a single class there is nothing to learn
        chosen = [number for number, one in enumerate(last) if one == most]
        tasks = [_task(fits[number]) for number in chosen]
        for number, task, weights in zip(chosen, tasks, _minima(_stack(tasks)), strict=True):
            inner = weights[: task.back.shape[1]]
            intercept = weights[-1] * _of_intercept(len(task.rows))
            found[number] = (fits[number].unseen - task.mean) @ (task.back @ inner) + intercept
    return found


def _task(fit: ClassFit) -> _Task:
    mean = fit.seen.mean(axis=0)
    x = fit.seen - mean
    few = len(x) <= x.shape[1]
    squares, axes = np.linalg.eigh(x @ x.T if few else x.T @ x)
    kept = squares > len(x) * np.finfo(np.float64).eps * squares[-1]
    squares, axes = squares[kept], axes[:, kept]
    alike = 1 / np.sqrt(_CURVATURE * squares + 1)
    back = x.T @ (axes * (alike / np.sqrt(squares))) if few else axes * alike
    rows = axes * (alike * np.sqrt(squares)) if few else x @ back
    n_classes = int(fit.codes.max()) + 1
    told = fit.codes[:, None].astype(np.float64) if n_classes == 2 else np.eye(n_classes)[fit.codes]
    return _Task(mean, back, rows, alike**2, told)


def _of_intercept(n: int) -> float:
    """Give what the coordinate of the intercept is divided by so that the loss curves along it as along the others."""
    return float(1 / np.sqrt(_CURVATURE * n))


def _stack(tasks: Sequence[_Task]) -> _Stack:
    n, size = (max(task.rows.shape[axis] for task in tasks) for axis in (0, 1))
    rows, penalty = np.zeros((len(tasks), n, size + 1)), np.zeros((len(tasks), size + 1, 1))
    told, there = np.zeros((len(tasks), n, tasks[0].told.shape[1])), np.zeros((len(tasks), n, 1))
    for number, task in enumerate(tasks):
        own, coordinates = task.rows.shape
        rows[number, :own, :coordinates] = task.rows
        rows[number, :own, -1] = _of_intercept(own)
        penalty[number, :coordinates, 0] = task.penalty
        told[number, :own] = task.told
        there[number, :own] = 1.0
    return _Stack(rows, penalty, told, there)


def _minima(stack: _Stack) -> FloatArray:
    """Give the weights, (n_tasks, n_coordinates + 1, n_scores), the last row of which is the intercept's."""
    weights = np.zeros((len(stack.rows), stack.rows.shape[2], stack.told.shape[2]))
    found, left = weights.copy(), np.arange(len(weights))
    loss, slope = _loss(stack, weights)
    steps: list[tuple[FloatArray, FloatArray]] = []
    for _ in range(MOST_ITERATIONS):
        open_ = np.abs(slope).max(axis=(1, 2)) > TOLERANCE
        if not open_.all():
            found[left] = weights
            if not open_.any():
                return found
            stack, left = stack.of(open_), left[open_]
            weights, loss, slope = weights[open_], loss[open_], slope[open_]
            steps = [(step[open_], change[open_]) for step, change in steps]
        direction = _direction(slope, steps)
        promised, length = _products(direction, slope), np.ones(len(left))
        new = weights + direction
        new_loss, new_slope = _loss(stack, new)
        for _ in range(_HALVINGS):
            far = new_loss > loss + _LESS * length * promised + _ROUNDING * np.abs(loss)
            if not far.any():
                break
            length[far] /= 2
            new[far] = weights[far] + length[far, None, None] * direction[far]
            new_loss[far], new_slope[far] = _loss(stack.of(far), new[far])
        steps = [*steps[1 - _MEMORY :], (new - weights, new_slope - slope)]
        weights, loss, slope = new, new_loss, new_slope
    found[left] = weights
    return found


def _direction(slope: FloatArray, steps: Sequence[tuple[FloatArray, FloatArray]]) -> FloatArray:
    """Go down the slope, by the curvature that the last steps showed (the two loops of L-BFGS)."""
    direction = -slope
    parts = []
    for step, change in reversed(steps):
        curved = _products(step, change)
        inverse = np.divide(1.0, curved, out=np.zeros_like(curved), where=curved > 0)
        part = inverse * _products(step, direction)
        direction -= part[:, None, None] * change
        parts.append((inverse, part))
    if steps:
        step, change = steps[-1]
        curved, squares = _products(step, change), _products(change, change)
        scale = np.divide(curved, squares, out=np.ones_like(curved), where=(curved > 0) & (squares > 0))
        direction *= scale[:, None, None]
    for (step, change), (inverse, part) in zip(steps, reversed(parts), strict=True):
        direction += (part - inverse * _products(change, direction))[:, None, None] * step
    return direction


def _products(one: FloatArray, other: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("bij,bij->b", one, other))


def _loss(stack: _Stack, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    scores = stack.rows @ weights
    total, share = _two_classes(scores) if scores.shape[2] == 1 else _many_classes(scores)
    rest = (share - stack.told) * stack.there
    penalized = stack.penalty * weights
    loss = _products(total, stack.there) - _products(scores, stack.told) + 0.5 * _products(penalized, weights)
    return loss, np.swapaxes(stack.rows, 1, 2) @ rest + penalized


def _two_classes(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give log(1 + exp(score)) and its slope."""
    small = np.exp(-np.abs(scores))
    slope = np.where(scores > 0, 1.0, small) / (1 + small)
    return np.maximum(scores, 0.0) + np.log1p(small), slope


def _many_classes(scores: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Give log(sum(exp(scores))) and its slope."""
    each = range(scores.shape[2])  # one after the other: NumPy is slow to reduce an axis as short as that of classes
    largest = reduce(np.maximum, [scores[..., one, None] for one in each])
    parts = np.exp(scores - largest)
    total = reduce(np.add, [parts[..., one, None] for one in each])
    return largest + np.log(total), parts / total
