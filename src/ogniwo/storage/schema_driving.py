"""The tables of drivers: accounts, charges and wishes, codes, and what they report."""

from typing import Final

from sqlalchemy import Column, Index, LargeBinary, PrimaryKeyConstraint, Table

from ogniwo.storage.columns import (
    id_,
    name_,
    number,
    number_or_none,
    raw_or_none,
    text,
    text_or_none,
)
from ogniwo.storage.metadata import metadata

driver: Final = Table(
    "driver",
    metadata,
    id_(),
    name_("email"),
    text("state"),
    text_or_none("name"),
    text_or_none("password_hash"),
    text("author"),
    number("created_at"),
    number("org_id"),
)
Index("ux_driver_email", driver.c.email, unique=True)

driver_key: Final = Table(
    "driver_key",
    metadata,
    Column("secret_hash", LargeBinary, primary_key=True),
    number("driver_id"),
    text("kind"),
    number("created_at"),
    number("expires_at"),
)
Index("ix_driver_key_driver", driver_key.c.driver_id)

charge: Final = Table(
    "charge",
    metadata,
    id_(),
    number("station_id"),
    number("evse"),
    text("token_uid"),
    number("created_at"),
    number("plug_by"),
    number_or_none("driver_id"),
    raw_or_none("guest_hash"),
    number_or_none("command_id"),
    number_or_none("session_id"),
    number_or_none("stop_command_id"),
    number_or_none("stop_asked_at"),
    number_or_none("closed_at"),
    number("org_id"),
)
Index("ix_charge_place", charge.c.station_id, charge.c.evse, charge.c.id)
Index("ix_charge_driver", charge.c.driver_id)
Index("ix_charge_session", charge.c.session_id)
Index(  # the few that are looked after
    "ix_charge_open",
    charge.c.id,
    sqlite_where=charge.c.closed_at.is_(None),
    postgresql_where=charge.c.closed_at.is_(None),
)

wish: Final = Table(
    "wish",
    metadata,
    id_("charge_id"),
    number_or_none("departure_at"),
    number_or_none("energy_wh"),
    number("at"),
)

favourite: Final = Table(
    "favourite",
    metadata,
    number("driver_id"),
    number("station_id"),
    number("evse"),
    number("created_at"),
    PrimaryKeyConstraint("driver_id", "station_id", "evse"),
    sqlite_with_rowid=False,
)

evse_code: Final = Table(
    "evse_code",
    metadata,
    number("station_id"),
    number("evse"),
    text("code"),
    name_("code_key"),
    text("author"),
    number("at"),
    PrimaryKeyConstraint("station_id", "evse"),
    sqlite_with_rowid=False,
)
Index("ux_evse_code_key", evse_code.c.code_key, unique=True)

problem_report: Final = Table(
    "problem_report",
    metadata,
    id_(),
    number("station_id"),
    number("evse"),
    text("kind"),
    text("text"),
    number("created_at"),
    number_or_none("driver_id"),
    number_or_none("session_id"),
    number_or_none("closed_at"),
    text_or_none("closed_by"),
    text_or_none("note"),
    number("org_id"),
)

TABLES: Final = (driver, driver_key, charge, wish, favourite, evse_code, problem_report)
