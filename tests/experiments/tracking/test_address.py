import time

import pytest

from experiments.tracking.address import (
    artifacts_beside,
    check_uri,
    default_uri,
    is_local,
    refuse_silent_store,
    shown,
    sqlite_file,
    without_secrets,
)
from experiments.tracking.problems import TrackingError
from harmonize.errors import ConfigurationError


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:////data/mlflow.db",
        "http://127.0.0.1:5000",
        "https://x.org",
        "postgresql+psycopg2://u:p@h/d",
        "databricks://profile",
    ],
)
def test_kinds_that_mlflow_takes(uri):
    assert check_uri(uri) == uri


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("htp://host", "did you mean 'http'"),
        ("sqlit:///x.db", "did you mean 'sqlite'"),
        ("./mlruns", "no longer keeps records in folders; name a file as sqlite:///mlruns.db"),
        ("file:///data/mlruns", "no longer keeps records in folders"),
        (r"C:\data\mlruns", "no longer keeps records in folders"),
    ],
)
def test_other_kinds_are_refused_with_what_to_name_instead(uri, message):
    with pytest.raises(ConfigurationError) as error:
        check_uri(uri)
    assert message in str(error.value)


def test_passwords_are_not_shown():
    assert shown("postgresql://ana:p@ss/word@db:5432/m").count("***") == 1
    assert "secret" not in shown("https://ana:secret@host/path")
    assert shown("sqlite:////home/ana@uni/mlflow.db") == "sqlite:////home/ana@uni/mlflow.db"
    with pytest.raises(ConfigurationError) as error:
        check_uri("htps://ana:secret@host")
    assert "secret" not in str(error.value)


@pytest.mark.parametrize(
    "uri",
    [
        "https://HUNTER2secret@host/path",
        "https://ana:HUNTER2secret@host:5000",
        "https://ana:HUNTER2secret/with@slash@host:5000/path",
        "https://host/?token=HUNTER2secret&user=x",
        "https://host/a/HUNTER2secret0123456789/b",
        "https://host/key=HUNTER2secret/b",
        "https://host/#HUNTER2secret",
        "postgresql://db/m?user=ana&password=HUNTER2secret",
        "mysql+pymysql://ana:HUNTER2secret%40@db:3306/m",
        "sqlite:////data/x.db?key=HUNTER2secret",
    ],
)
def test_secrets_are_masked_wherever_they_stand(uri):
    assert "HUNTER2" not in shown(uri)
    assert shown(shown(uri)) == shown(uri)
    part = uri.partition("://")[2]
    for said in (f"refused: {uri} (timed out)", f"Max retries exceeded with url: /{part.partition('/')[2]}", part):
        assert "HUNTER2" not in without_secrets(said, uri)


def test_what_is_no_secret_stays():
    places = (
        "https://mlflow.example.org/tracking/v2",
        "http://127.0.0.1:5000",
        "sqlite:////data/2024-study-abdomen/m.db",
    )
    for uri in places:
        assert shown(uri) == uri


def test_what_is_local():
    assert is_local("http://localhost:5000")
    assert is_local("http://127.0.0.1:5000")
    assert not is_local("http://192.168.0.2:5000")
    assert not is_local("databricks")


def test_silence_is_noticed_at_once(free_port, golden):
    start = time.monotonic()
    with golden.error(TrackingError, varies=rf"(?<=:){free_port}|(?<=\().*(?=\))"):
        refuse_silent_store(f"http://127.0.0.1:{free_port}")
    assert time.monotonic() - start < 30  # MLflow tries for minutes


def test_a_folder_that_cannot_be_made(tmp_path, golden):
    (tmp_path / "file").write_text("in the way")
    with golden.error(TrackingError, varies="(?<=made: ).*"):
        refuse_silent_store(f"sqlite:///{tmp_path}/file/mlflow.db")


@pytest.mark.parametrize("name", ["100%", "a#b", "a?b", "a%3Fb", "a b", "ü", "ana@uni:x", "[x]", "a;b&c=d", "+"])
def test_any_path_has_an_address(tmp_path, name):
    """What stands behind # or ? was cut off, and %25 read as %."""
    folder = tmp_path / name
    uri = default_uri(folder)
    assert sqlite_file(check_uri(uri)) == folder.resolve() / "mlflow.db"
    assert artifacts_beside(uri) == folder.resolve() / "mlruns"
    assert shown(uri) == uri


def test_an_address_of_sqlite_that_names_no_place_is_refused(golden):
    with golden.error(ConfigurationError):
        check_uri("sqlite:/data/mlflow.db")
