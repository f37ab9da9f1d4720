import pytest

from harmonize.errors import ConfigurationError, ScanError
from harmonize.formats.guard import OF_PATH, guarded
from harmonize.inputs.files import NO_FILE


@pytest.mark.parametrize(
    "error", [KeyError("x"), RecursionError("too deep"), AssertionError(), OSError(5, "Input/output error"), EOFError()]
)
def test_whatever_a_reader_raises_is_an_error_of_its_file(tmp_path, error, golden):
    with (
        golden.error(ScanError) as caught,
        guarded(tmp_path / "scan.nii"),
    ):
        raise error
    assert caught.value.__cause__ is error


def test_errors_that_say_what_to_do_keep_their_words(tmp_path, golden):
    with golden.error(ScanError), guarded(tmp_path):
        raise ScanError("a", "b")
    with golden.error(ScanError), guarded(tmp_path):
        raise ConfigurationError("is a pipe")


def test_memory_and_interrupts_are_not_the_fault_of_a_file(tmp_path):
    for error in (MemoryError(), KeyboardInterrupt()):
        with pytest.raises(type(error)), guarded(tmp_path):
            raise error


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file or directory"),
        PermissionError(13, "Permission denied"),
        OSError(22, NO_FILE),
    ],
)
def test_of_what_cannot_be_opened_the_path_is_to_be_checked(tmp_path, error):
    with pytest.raises(ScanError) as caught, guarded(tmp_path / "scan.nii"):
        raise error
    assert caught.value.advice == OF_PATH
