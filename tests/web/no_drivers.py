"""The door for drivers where a test has none: nobody and nothing of theirs is found."""

from typing import NoReturn, cast

from ogniwo.app.driving.office import Driving
from ogniwo.base.errors import MissingError


class _Nobody:
    def __getattr__(self, name: str) -> "_Nobody":
        return _Nobody()

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise MissingError("driver", "anybody")


def nobody_drives() -> Driving:
    return cast("Driving", _Nobody())
