"""MLflow's SQLite file, which holds whole paths of the artifacts beside it."""

import contextlib
import sqlite3
from pathlib import Path

# Columns that hold the address of an experiment's folder, or of one in it.
COLUMNS = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
)
FOLDER = "mlartifacts"


def database_file(uri: str) -> Path | None:
    """The file of a `sqlite:` address; None for all others."""
    if not uri.startswith("sqlite"):
        return None
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        name = make_url(uri).database
    except ArgumentError:
        return None
    return Path(name).resolve() if name else None


def artifacts_beside(database: Path, experiment: str) -> str:
    """The address of an experiment's artifacts, in a folder beside the database."""
    return (database.parent / FOLDER / experiment).as_uri()


def follow_the_project(database: Path) -> None:
    """Let a database that was moved or copied with its project name the artifacts beside it.

    Otherwise it would read, and write, those of the project that it comes from. Artifacts that
    people keep elsewhere stay where they are.
    """
    if not database.exists():
        return
    # MLflow itself says what is wrong with a database; a new one has no tables.
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(database)) as connection,
        connection,
    ):
        rows = connection.execute("SELECT name, artifact_location FROM experiments").fetchall()
        for name, before in rows:
            here = artifacts_beside(database, name)
            end = here.removeprefix(database.parent.as_uri())
            if before and before != here and before.startswith("file:") and before.endswith(end):
                _replace(connection, before, here)


def _replace(connection: sqlite3.Connection, before: str, here: str) -> None:
    for table, column in COLUMNS:
        connection.execute(
            f"UPDATE {table} SET {column} = ? || substr({column}, ?) "
            f"WHERE {column} = ? OR substr({column}, 1, ?) = ?",
            (here, len(before) + 1, before, len(before) + 1, f"{before}/"),
        )
