"""What tests begin with, built once for each database and put back row by row as the database wrote it down."""

from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from tracker.db import Base, db

T = TypeVar("T")

# Rows are put back and deleted in any order; foreign keys wait.
FRAMES = {
    "sqlite": "PRAGMA foreign_keys=OFF; BEGIN IMMEDIATE; {} COMMIT;",
    "postgresql": "SET LOCAL session_replication_role = replica; {}",
}
DELETIONS = "".join(f'DELETE FROM "{name}"; ' for name in Base.metadata.tables)
# How a database writes a value so that it reads the same value again.
LITERALS = {"sqlite": 'quote("{}")', "postgresql": 'quote_nullable("{}"::text)'}


class Kept(Generic[T]):
    """Something that was made together with its rows; whoever takes it first makes it."""

    def __init__(self) -> None:
        self._kept: tuple[T, str] | None = None

    def take(self, make: Callable[[], T], *, instead: bool = False) -> T:
        """Return what was made, with its rows in the database: beside what is there, or instead of it."""
        if self._kept is None:
            made = make()
            self._kept = made, written_down()
        else:
            run((DELETIONS if instead else "") + self._kept[1])
        return self._kept[0]


def written_down() -> str:
    """Return the statements that put every row of every table back, in the order of their ids, as they came."""
    db.session.rollback()
    return "".join(_inserts())


def empty() -> None:
    """Delete every row."""
    run(DELETIONS)


def run(statements: str) -> None:
    """Run statements in one trip and one transaction, while no foreign key is looked at."""
    script = FRAMES[db.engine.dialect.name].format(statements)
    connection = db.engine.raw_connection()
    driver: Any = connection.driver_connection
    try:
        if db.engine.dialect.name == "postgresql":
            driver.execute(script, prepare=False)
        else:
            driver.executescript(script)
        driver.commit()
    finally:
        driver.rollback()
        if db.engine.dialect.name == "sqlite":
            driver.execute("PRAGMA foreign_keys=ON")
        connection.close()


def _inserts() -> Iterator[str]:
    literal = LITERALS[db.engine.dialect.name]
    with db.engine.connect() as connection:
        for table in Base.metadata.tables.values():
            columns = [column.name for column in table.columns]
            shown = ", ".join(literal.format(name) for name in columns)
            order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
            found = connection.exec_driver_sql(f'SELECT {shown} FROM "{table.name}" ORDER BY {order}').all()
            if found:
                names = ", ".join(f'"{name}"' for name in columns)
                rows = ", ".join(f"({', '.join(row)})" for row in found)
                yield f'INSERT INTO "{table.name}" ({names}) VALUES {rows}; '
