import pytest

from ogniwo.domain.vat import COUNTRIES, problem_with

# Published examples; of some countries one of each form.
RIGHT = [
    "ATU13585627", "BE0428759497", "BG175074752", "CY10259033P", "CZ46505334",
    "DE136695976", "DK13585628", "EE100594102", "EL094259216", "ES54362315K", "ESX2482300W",
    "ESB58378431", "FI20774740", "FR40303265045", "HR33392005961", "HU12892312", "IE6433435F",
    "IE6433435OA", "IT00743110157", "LT119511515", "LT100001919017", "LU15027442",
    "LV40003521600", "MT11679112", "NL004495445B01", "NL000099998B57", "PL8567346215",
    "PL5260250274", "PT501964843", "RO18547290", "SE123456789701", "SI50223054", "SK2022749619",
    "XI980780684",
]  # fmt: skip


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_number_has_no_problem(number: str) -> None:
    assert problem_with(number) is None


@pytest.mark.parametrize("number", RIGHT)
def test_a_right_number_with_one_digit_changed_is_wrong(number: str) -> None:
    """A check digit is there to find just this; the last digits of a suffix are not checked."""
    place = next(place for place, char in enumerate(number) if place > 3 and char.isdigit())
    wrong = f"{number[:place]}{(int(number[place]) + 1) % 10}{number[place + 1 :]}"
    problem = problem_with(wrong)
    assert problem is not None
    assert "compare it digit by digit" in problem


def test_every_country_of_the_union_has_an_example() -> None:
    assert {number[:2] for number in RIGHT} == set(COUNTRIES)


@pytest.mark.parametrize("number", ["PL 526-025-02-74", "pl5260250274", "AT U1358 5627"])
def test_people_write_numbers_with_signs_between(number: str) -> None:
    assert problem_with(number) is None


@pytest.mark.parametrize(
    ("number", "word"),
    [("5260250274", "letters of a country"), ("US123", "letters of a country"), ("PL12", "form")],
)
def test_what_is_no_number_of_the_union_is_told_why(number: str, word: str) -> None:
    problem = problem_with(number)
    assert problem is not None
    assert word in problem
