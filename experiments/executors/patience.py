"""Questions that may never be answered, such as those to a process that is frozen."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def within(seconds: float, question: Callable[..., T], *arguments: Any, **options: Any) -> T:
    """Give the answer to a question that may never be answered.

    Raises
    ------
    TimeoutError
        If there is none within the time; the question is left alone.
    Exception
        What the question raises.

    Examples
    --------
    >>> within(10.0, max, 1, 2)
    2
    """
    answer: Future[T] = Future()

    def ask() -> None:
        try:
            answer.set_result(question(*arguments, **options))
        except BaseException as error:  # handed on
            answer.set_exception(error)

    threading.Thread(target=ask, name="radharmony-question", daemon=True).start()
    return answer.result(seconds)
