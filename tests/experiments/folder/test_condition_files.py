from experiments.folder.condition_files import OF_CONDITIONS
from experiments.folder.files import FILES


def test_all_are_files_of_a_run_and_stand_together():
    first = FILES.index(OF_CONDITIONS[0])
    assert FILES[first : first + len(OF_CONDITIONS)] == OF_CONDITIONS
