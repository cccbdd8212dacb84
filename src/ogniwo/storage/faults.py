"""What can go wrong when a batch is stored, in the kinds that the writer tells apart."""

from collections.abc import Collection

from ogniwo.app.ports import Fence
from ogniwo.base.errors import OgniwoError


class UnfitDataError(OgniwoError):
    """A row of the batch can never be stored (constraint, encoding, range): find it, go on."""


class StoreAwayError(OgniwoError):
    """The store cannot take anything now (full disk, lock, I/O): hold everything, try again."""


class FencesLostError(OgniwoError):
    """Stations of the batch were claimed anew: without these units it can go on."""

    def __init__(self, fences: Collection[Fence]) -> None:
        super().__init__(f"{len(fences)} stations of the batch were claimed anew")
        self.fences = frozenset(fences)
