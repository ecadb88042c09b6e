"""Passwords are never shown; a SQLite file in a folder of any name has an address."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine, text

from aebench import cli
from aebench.core.errors import InputError, one_line
from aebench.core.urls import hide_passwords, sqlite_url


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://host:5000/path", "http://host:5000/path"),
        ("http://me:s3cret@host:5000", "http://me:***@host:5000"),
        ("postgresql+psycopg://me:s3/cr@et@host/name", "postgresql+psycopg://me:***@host/name"),
        ("http://:s3cret@host", "http://:***@host"),
        ("tcp://me:s3cret@host:8786", "tcp://me:***@host:8786"),
        ("mysql://host/a?password=s3cret", "mysql://host/a?password=***"),
        ("sqlite:////home/a:b@c/mlflow.db", "sqlite:////home/a:b@c/mlflow.db"),
        ("see a@b", "see a@b"),
    ],
)
def test_an_address_is_shown_without_its_password(address, shown) -> None:
    assert hide_passwords(f"no answer from {address} (tried twice)") == (
        f"no answer from {shown} (tried twice)"
    )
    assert one_line(address) == str(InputError("--storage", address)).partition(" ")[2] == shown


def test_a_password_is_not_shown_by_itself_either(monkeypatch) -> None:
    """A library may quote what it takes for a port."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:s3c%2Dret/x1y2@host")
    monkeypatch.setattr("sys.argv", ["aebench", "sweep", "--storage=mysql://me:pa55word@host/a"])
    said = "port 's3c%2Dret' or 's3c-ret', then x1y2, pa55word; mysql"
    assert hide_passwords(said) == "port '***' or '***', then ***, ***; mysql"


def test_the_command_line_shows_none(monkeypatch, capsys) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:s3cret@host")

    def fail() -> None:
        raise ValueError("http://me:s3cret@host")

    monkeypatch.setattr("aebench.config.params.load_params", fail)
    for arguments in (
        ["tracking-uri"],
        ["check", "--verbose"],
        [
            "sweep",
            "a",
            "--storage",
            "postgresql://me:s3cret@h/x",
            "--scheduler",
            "tcp://a:s3cret@h",
            "-v",
        ],
    ):
        monkeypatch.setattr("sys.argv", ["aebench", *arguments])
        cli.main()
        said = "".join(capsys.readouterr())
        assert "***@h" in said and "s3cret" not in said, said


@pytest.mark.parametrize("name", ["plain", "a%20b", "a b", "job_feature%2Fx", "a?b", "a#b", "ü"])
def test_a_sqlite_file_in_a_folder_of_any_name(name, tmp_path, monkeypatch) -> None:
    folder = tmp_path / name
    folder.mkdir()
    monkeypatch.chdir(folder)
    path = folder / "a.db"
    engine = create_engine(sqlite_url(path))
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    engine.dispose()
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
    assert list(tmp_path.iterdir()) == [folder]
