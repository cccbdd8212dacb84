"""What can go wrong when a batch is stored, in the two kinds that the writer tells apart."""

from ogniwo.base.errors import OgniwoError


class UnfitDataError(OgniwoError):
    """A row of the batch can never be stored (constraint, encoding, range): find it, go on."""


class StoreAwayError(OgniwoError):
    """The store cannot take anything now (full disk, lock, I/O): hold everything, try again."""
