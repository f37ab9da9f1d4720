import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harmonize.errors import ConfigurationError
from selection.sweep.pareto import pareto_front

COORDINATE = st.one_of(st.integers(0, 3).map(float), st.just(float("nan")))


def brute_force(points):
    """Follow the definition word by word."""
    criteria = [j for j in range(len(points[0])) if any(point[j] == point[j] for point in points)]
    front = []
    for a in points:
        if not criteria or any(a[j] != a[j] for j in criteria):
            front.append(False)
            continue
        rivals = [b for b in points if all(b[j] == b[j] for j in criteria)]
        front.append(
            not any(all(b[j] >= a[j] for j in criteria) and any(b[j] > a[j] for j in criteria) for b in rivals)
        )
    return front


@given(st.lists(st.lists(COORDINATE, min_size=3, max_size=3), min_size=1, max_size=8))
def test_equals_brute_force(points):
    assert pareto_front(points).tolist() == brute_force(points)


@given(st.lists(st.lists(st.integers(0, 4), min_size=2, max_size=2), min_size=1, max_size=10), st.randoms())
def test_the_order_of_points_does_not_matter(points, random):
    order = list(range(len(points)))
    random.shuffle(order)
    front = pareto_front(np.array(points, float))
    assert front.any()
    np.testing.assert_array_equal(pareto_front(np.array(points, float)[order]), front[order])


def test_differences_of_rounding_are_none():
    assert pareto_front([[0.1 + 0.2, 1.0], [0.3, 1.0]]).tolist() == [True, True]


def test_refuses_what_is_no_table(golden):
    with golden.error(ConfigurationError):
        pareto_front([1.0, 2.0, 3.0])
