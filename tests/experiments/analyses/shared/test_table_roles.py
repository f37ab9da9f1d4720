import pytest

from experiments.analyses.shared.table_roles import TableRoles
from harmonize.errors import ConfigurationError


def test_roles_become_a_way_of_reading():
    found = TableRoles(subject="patient", within=("reader",), long=("name", "value")).reading(("scan",), "column")

    assert (found.roles.subject, found.roles.condition, found.roles.within) == ("patient", ("scan",), ("reader",))
    assert (found.long, found.asked) == (("name", "value"), "column")
    with pytest.raises(ConfigurationError):
        TableRoles(long="name")
