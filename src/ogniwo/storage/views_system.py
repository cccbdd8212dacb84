"""The database as people see it: which one, of which schema, how large."""

from sqlalchemy import Connection, text

from ogniwo.app.system import DatabaseView

_SIZE = {
    "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
    "postgresql": "SELECT pg_database_size(current_database())",
}


def database(connection: Connection) -> DatabaseView:
    kind = connection.dialect.name
    return DatabaseView(
        kind=kind,
        schema=str(connection.scalar(text("SELECT version_num FROM alembic_version"))),
        size_bytes=int(connection.scalar(text(_SIZE[kind])) or 0),
    )
