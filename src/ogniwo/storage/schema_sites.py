"""The tables of sites: where they are, and what they took."""

from typing import Final

from sqlalchemy import BigInteger, Column, PrimaryKeyConstraint, Table

from ogniwo.storage.columns import id_, measured, number, number_or_none, text, text_or_none
from ogniwo.storage.metadata import metadata

site: Final = Table(
    "site",
    metadata,
    id_(),
    number("org_id"),
    text("name"),
    text("time_zone"),
    text_or_none("address"),
    text_or_none("postal_code"),
    text_or_none("city"),
    text_or_none("country"),
    measured("latitude"),
    measured("longitude"),
    number_or_none("limit_w"),
    text_or_none("note"),
    Column("created_at", BigInteger, nullable=False, server_default="0"),
)

# What a site took in a quarter of an hour; site 0 is the stations that stand on none.
site_quarter: Final = Table(
    "site_quarter",
    metadata,
    number("at"),  # its beginning
    number("site_id"),
    number("energy_wh"),
    number("sessions"),  # that took part in it
    PrimaryKeyConstraint("at", "site_id"),
    sqlite_with_rowid=False,
)
