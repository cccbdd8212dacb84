"""N. Customer information: what a station keeps of a person, told or forgotten (N09, N10)."""

from enum import StrEnum
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from ogniwo.domain.access import TokenType
from ogniwo.domain.holdings import Kind
from ogniwo.domain.orders.order import Order, Uid
from ogniwo.domain.people import Right

REPORT_PATIENCE_S = 600  # a station may hold years of sessions of one person

Hash = Annotated[str, Meta(min_length=1, max_length=128)]


class HashAlgorithm(StrEnum):
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


class CustomerCertificate(Struct, frozen=True, kw_only=True):
    """A contract certificate, named by what stations know it by."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: Hash
    issuer_key_hash: Hash
    serial_number: Annotated[str, Meta(min_length=1, max_length=40)]


class CustomerInformation(Order, frozen=True, kw_only=True, tag="customer_information"):
    """Ask what the station keeps of one customer, or have it forgotten, or both.

    The customer is named by exactly one of token, certificate and identifier.
    """

    right: ClassVar[Right] = Right.OPERATE
    repeatable: ClassVar[bool] = True
    reported: ClassVar[Kind | None] = Kind.CUSTOMER_DATA
    patience_s: ClassVar[int] = REPORT_PATIENCE_S

    token: Uid | None = None
    token_type: TokenType | None = None
    certificate: CustomerCertificate | None = None
    identifier: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    report: bool = True
    clear: bool = False


Orders = CustomerInformation
