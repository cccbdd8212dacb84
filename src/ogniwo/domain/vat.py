"""VAT numbers of the European Union: their form and, where a country has them, check digits.

Judged without asking anybody: a number that passes may still not be registered. Where a country
gives some of its numbers no check, or none that is published, only the form counts.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

Check = Callable[[str], bool]

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def problem_with(number: str) -> str | None:
    """Why it cannot be a VAT number, for a person; None: it can."""
    plain = re.sub(r"[\s.\-/]", "", number).upper()
    country, rest = plain[:2], plain[2:]
    if country not in COUNTRIES:
        return "it does not begin with the letters of a country of the European Union, e.g. PL"
    forms = COUNTRIES[country]
    for form, check in forms.items():
        if re.fullmatch(form, rest, re.ASCII):
            return None if check(rest) else "its check digits are wrong: compare it digit by digit"
    return f"it has not the form of a VAT number of {country}: compare it digit by digit"


def _form_only(_number: str) -> bool:
    return True


def _weighted(number: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(number, weights, strict=False))


def _luhn(number: str) -> bool:
    doubled = [int(it) * (1 + place % 2) for place, it in enumerate(reversed(number))]
    return sum(it // 10 + it % 10 for it in doubled) % 10 == 0


def _mod_11_10(number: str) -> bool:
    """ISO 7064."""
    product = 10
    for digit in number[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(number[-1])


def _austria(number: str) -> bool:
    digits = [int(it) for it in number[1:]]
    total = sum(digits[0:7:2]) + sum(it // 5 + it * 2 % 10 for it in digits[1:7:2])
    return (10 - (total + 4) % 10) % 10 == digits[7]


def _belgium(number: str) -> bool:
    return 97 - int(number[:8]) % 97 == int(number[8:])


def _bulgaria(number: str) -> bool:
    rest = _weighted(number[:8], range(1, 9)) % 11
    if rest == 10:
        rest = _weighted(number[:8], range(3, 11)) % 11 % 10
    return rest == int(number[8])


def _cyprus(number: str) -> bool:
    odd = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
    total = sum(odd[int(it)] for it in number[0:8:2]) + sum(int(it) for it in number[1:8:2])
    return _ALPHABET[total % 26] == number[8]


def _czechia(number: str) -> bool:
    rest = 11 - _weighted(number[:7], range(8, 1, -1)) % 11
    return {10: 0, 11: 1}.get(rest, rest) == int(number[7])


def _denmark(number: str) -> bool:
    return _weighted(number, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _estonia(number: str) -> bool:
    return _weighted(number, (3, 7, 1, 3, 7, 1, 3, 7, 1)) % 10 == 0


def _finland(number: str) -> bool:
    rest = _weighted(number[:7], (7, 9, 10, 5, 8, 4, 2)) % 11
    return rest != 1 and (11 - rest) % 11 == int(number[7])


def _france(number: str) -> bool:
    key, company = number[:2], number[2:]
    return not key.isdecimal() or (12 + 3 * (int(company) % 97)) % 97 == int(key)


def _greece(number: str) -> bool:
    return _weighted(number[:8], [2**it for it in range(8, 0, -1)]) % 11 % 10 == int(number[8])


def _hungary(number: str) -> bool:
    return (10 - _weighted(number[:7], (9, 7, 3, 1, 9, 7, 3)) % 10) % 10 == int(number[7])


def _ireland(number: str) -> bool:
    second = 0 if len(number) == 8 or number[8] == "W" else _ALPHABET.index(number[8]) + 1
    rest = (_weighted(number[:7], range(8, 1, -1)) + 9 * second) % 23
    return "WABCDEFGHIJKLMNOPQRSTUV"[rest] == number[7]


def _latvia(number: str) -> bool:
    if number[0] <= "3":  # a person's
        return True
    return _weighted(number, (9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)) % 11 == 3


def _lithuania(number: str) -> bool:
    body = number[:-1]
    rest = _weighted(body, [place % 9 + 1 for place in range(len(body))]) % 11
    if rest == 10:
        rest = _weighted(body, [(place + 2) % 9 + 1 for place in range(len(body))]) % 11 % 10
    return rest == int(number[-1])


def _luxembourg(number: str) -> bool:
    return int(number[:6]) % 89 == int(number[6:])


def _malta(number: str) -> bool:
    return _weighted(number, (3, 4, 6, 7, 8, 9, 10, 1)) % 37 == 0


def _netherlands(number: str) -> bool:
    """Companies by 11; since 2020 sole traders by 97 over the whole, country included."""
    if _weighted(number[:8], range(9, 1, -1)) % 11 == int(number[8]):
        return True
    whole = "".join(str(int(it, 36)) for it in f"NL{number}")
    return int(whole) % 97 == 1


def _poland(number: str) -> bool:
    return _weighted(number[:9], (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def _portugal(number: str) -> bool:
    rest = 11 - _weighted(number[:8], range(9, 1, -1)) % 11
    return (0 if rest >= 10 else rest) == int(number[8])


def _romania(number: str) -> bool:
    body = number[:-1].rjust(9, "0")
    return _weighted(body, (7, 5, 3, 2, 1, 7, 5, 3, 2)) * 10 % 11 % 10 == int(number[-1])


def _slovakia(number: str) -> bool:
    return int(number) % 11 == 0


def _slovenia(number: str) -> bool:
    rest = 11 - _weighted(number[:7], range(8, 1, -1)) % 11
    return rest != 11 and rest % 10 == int(number[7])


def _spain_person(number: str) -> bool:
    first = {"X": "0", "Y": "1", "Z": "2", "K": "", "L": "", "M": ""}.get(number[0], number[0])
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(first + number[1:8]) % 23] == number[8]


def _spain_company(number: str) -> bool:
    digits = [int(it) for it in number[1:8]]
    total = sum(digits[1::2]) + sum(it * 2 // 10 + it * 2 % 10 for it in digits[0::2])
    check = -total % 10
    return number[8] in {str(check), "JABCDEFGHI"[check]}


def _sweden(number: str) -> bool:
    return _luhn(number[:10])


def _northern_ireland(number: str) -> bool:
    total = _weighted(number[:7], range(8, 1, -1)) + int(number[7:9])
    return total % 97 in {0, 42}  # 42: numbers given out since 2010 are shifted by 55


# The forms of each country's numbers behind its two letters, and what checks them.
COUNTRIES: Final[Mapping[str, Mapping[str, Check]]] = {
    "AT": {r"U\d{8}": _austria},
    "BE": {r"[01]\d{9}": _belgium},
    "BG": {r"\d{9}": _bulgaria, r"\d{10}": _form_only},
    "CY": {r"\d{8}[A-Z]": _cyprus},
    "CZ": {r"\d{8}": _czechia, r"\d{9,10}": _form_only},
    "DE": {r"[1-9]\d{8}": _mod_11_10},
    "DK": {r"[1-9]\d{7}": _denmark},
    "EE": {r"\d{9}": _estonia},
    "EL": {r"\d{9}": _greece},
    "ES": {
        r"[\dXYZKLM]\d{7}[A-Z]": _spain_person,
        r"[ABCDEFGHJNPQRSUVW]\d{7}[\dA-J]": _spain_company,
    },
    "FI": {r"\d{8}": _finland},
    "FR": {r"[\dA-HJ-NP-Z]{2}\d{9}": _france},
    "HR": {r"\d{11}": _mod_11_10},
    "HU": {r"\d{8}": _hungary},
    "IE": {r"\d{7}[A-W][A-IW]?": _ireland, r"\d[A-Z+*]\d{5}[A-W]": _form_only},
    "IT": {r"\d{11}": _luhn},
    "LT": {r"\d{9}|\d{12}": _lithuania},
    "LU": {r"\d{8}": _luxembourg},
    "LV": {r"\d{11}": _latvia},
    "MT": {r"[1-9]\d{7}": _malta},
    "NL": {r"\d{9}B\d{2}": _netherlands},
    "PL": {r"\d{10}": _poland},
    "PT": {r"[1-9]\d{8}": _portugal},
    "RO": {r"[1-9]\d{1,9}": _romania},
    "SE": {r"\d{10}\d\d": _sweden},
    "SI": {r"[1-9]\d{7}": _slovenia},
    "SK": {r"[1-9]\d{9}": _slovakia},
    "XI": {r"\d{9}|\d{12}": _northern_ireland, r"(GD|HA)\d{3}": _form_only},  # Northern Ireland
}
