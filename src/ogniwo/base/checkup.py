"""What a look at the set-up found: one line each, with what to do where something is wrong."""

from enum import StrEnum

from msgspec import Struct


class Grade(StrEnum):
    FINE = "fine"
    NOTICE = "notice"  # may be meant so
    PROBLEM = "problem"  # the server would not start, not serve, or not for long


class Check(Struct, frozen=True, kw_only=True):
    subject: str
    grade: Grade
    what: str
    advice: str = ""


def fine(subject: str, what: str) -> Check:
    return Check(subject=subject, grade=Grade.FINE, what=what)


def notice(subject: str, what: str, advice: str) -> Check:
    return Check(subject=subject, grade=Grade.NOTICE, what=what, advice=advice)


def problem(subject: str, what: str, advice: str) -> Check:
    return Check(subject=subject, grade=Grade.PROBLEM, what=what, advice=advice)
