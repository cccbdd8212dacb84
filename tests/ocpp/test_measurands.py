"""Values of one moment become one wide reading: the right column, the right unit, nothing lost."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ogniwo.domain.meter import ENERGY_WH_MAX, Context, Reading
from ogniwo.ocpp.measurands import CONTEXTS, DEFAULT_MEASURAND, fold, place_of

REGISTER = DEFAULT_MEASURAND
POWER = "Power.Active.Import"
CURRENT = "Current.Import"
INTERVAL = "Energy.Active.Import.Interval"

Said = tuple[str | None, float, dict[str, Any]]


def reading(*said: Said, context: str | None = None) -> Reading:
    placed = []
    for measurand, number, how in said:
        place = place_of(
            measurand,
            how.get("phase"),
            how.get("unit"),
            how.get("location"),
            how.get("multiplier", 0),
        )
        placed.append((place, number))
    return fold(placed, at=7, context=context)


def beside(of: Reading) -> dict[str, object]:
    found: dict[str, object] = json.loads(of.extra) if of.extra else {}
    return found


@pytest.mark.parametrize(
    ("measurand", "number", "how", "column", "value"),
    [
        (None, 1_500.4, {}, "energy_wh", 1_500),
        (REGISTER, 1.5, {"unit": "kWh"}, "energy_wh", 1_500),
        (REGISTER, 15, {"unit": "Wh", "multiplier": 2}, "energy_wh", 1_500),
        (REGISTER, 1_500, {"location": "Outlet"}, "energy_wh", 1_500),
        ("Energy.Active.Export.Register", 2, {"unit": "kWh"}, "export_wh", 2_000),
        (INTERVAL, 0.25, {"unit": "kWh"}, "interval_wh", 250),
        (POWER, 11.04, {"unit": "kW"}, "power_w", 11_040),
        (POWER, -3_000, {}, "power_w", -3_000),
        ("Power.Offered", 22, {"unit": "kW"}, "offered_w", 22_000),
        ("Current.Offered", 31.9, {"unit": "A"}, "offered_a", 31.9),
        ("SoC", 55.5, {"unit": "Percent", "location": "EV"}, "soc", 55.5),
        ("Temperature", 300, {"unit": "K"}, "temperature", pytest.approx(26.85)),
        ("Temperature", 77, {"unit": "Fahrenheit"}, "temperature", pytest.approx(25)),
        ("Voltage", 231.5, {"phase": "L2-N"}, "voltage_l2", 231.5),
        ("Voltage", 229, {}, "voltage_l1", 229),
        (CURRENT, 16, {"phase": "L3"}, "current_l3", 16),
        (CURRENT, 16, {}, "current_l1", 16),
        (CURRENT, 16, {"phase": "N"}, "current_l1", 16),
    ],
)
def test_a_value_goes_to_its_column_in_our_unit(
    measurand: str | None, number: float, how: dict[str, Any], column: str, value: object
) -> None:
    assert getattr(reading((measurand, number, how)), column) == value


@pytest.mark.parametrize(
    "said",
    [
        [(REGISTER, 300, {}), *[(REGISTER, 999, {"phase": f"L{n}"}) for n in (1, 2, 3)]],
        [*[(REGISTER, 999, {"phase": f"L{n}"}) for n in (1, 2, 3)], (REGISTER, 300, {})],
        [(REGISTER, 100, {"phase": f"L{n}"}) for n in (1, 2, 3)],
        [(REGISTER, 100, {"phase": f"L{n}{tail}"}) for n in (1, 2, 3) for tail in ("", "-N")],
        [
            (REGISTER, wh, {"phase": f"L{n}", "location": place})
            for n in (1, 2, 3)
            for place, wh in (("Inlet", 120), ("Outlet", 100))
        ],
        [(REGISTER, 999, {"location": "Inlet"}), (REGISTER, 300, {"location": "Outlet"})],
        [
            (REGISTER, 999, {"location": "Inlet"}),
            *[(REGISTER, 100, {"phase": f"L{n}"}) for n in (1, 2, 3)],
        ],
        [(REGISTER, 999, {"location": "EV"}), (REGISTER, 300, {})],
        [(REGISTER, 300, {"location": "Inlet"})],
        [(REGISTER, 100, {"location": "Inlet", "phase": f"L{n}"}) for n in (1, 2, 3)],
        [(REGISTER, 300, {"location": "EV"})],
        [(REGISTER, 300, {}), (REGISTER, 999, {})],
        [(REGISTER, -1, {}), (REGISTER, 300, {})],
        [(REGISTER, 300, {"phase": "L1"}), (REGISTER, -1, {"phase": "L2"})],
    ],
)
def test_of_many_registers_the_outlets_total_counts_and_nothing_twice(said: list[Said]) -> None:
    assert reading(*said).energy_wh == 300


@pytest.mark.parametrize(
    ("number", "how"),
    [
        (-1, {}),
        (-0.001, {"unit": "kWh"}),
        (ENERGY_WH_MAX, {}),
        (1e14, {"unit": "kWh"}),
        (5, {"multiplier": 10}),
        (5, {"multiplier": -10}),
        (5, {"multiplier": 2**62}),
        (float("inf"), {}),
        (float("nan"), {}),
    ],
)
def test_a_register_that_cannot_be_one_is_kept_beside(number: float, how: dict[str, Any]) -> None:
    found = reading((REGISTER, number, how))
    assert found.energy_wh is None
    assert list(beside(found)) == ["/".join((REGISTER, *([how["unit"]] if "unit" in how else [])))]


def test_what_has_no_column_is_kept_beside_with_all_that_was_said_of_it() -> None:
    found = reading(
        ("Power.Factor", 0.98, {"phase": "L1"}),
        ("Frequency", 49.98, {"unit": "Hz"}),
        (REGISTER, 300, {}),
        (REGISTER, 301, {"location": "Inlet", "unit": "Wh"}),
    )
    assert beside(found) == {
        "Power.Factor/L1": 0.98,
        "Frequency/Hz": 49.98,
        "Energy.Active.Import.Register/Inlet/Wh": 301,
    }


ODD_CONTEXTS = [(None, Context.PERIODIC), ("", Context.PERIODIC), ("Brunch", Context.OTHER)]


@pytest.mark.parametrize(("word", "context"), [*CONTEXTS.items(), *ODD_CONTEXTS])
def test_a_context_is_understood_or_other(word: str | None, context: Context) -> None:
    assert reading((REGISTER, 1, {}), context=word).context is context


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, REGISTER, INTERVAL, POWER, CURRENT, "Voltage", "SoC", "Odd"]),
            st.floats(),
            st.fixed_dictionaries(
                {
                    "phase": st.sampled_from([None, "L1", "L2", "L1-N", "N", "L1-L2", "Odd"]),
                    "unit": st.sampled_from([None, "kWh", "Wh", "kW", "K", "Odd"]),
                    "location": st.sampled_from([None, "Inlet", "Outlet", "EV", "Odd"]),
                    "multiplier": st.integers(),
                }
            ),
        ),
        max_size=12,
    )
)
def test_no_values_raise_and_whatever_comes_out_can_be_stored(said: list[Said]) -> None:
    found = reading(*said)
    for name in ("energy_wh", "interval_wh", "power_w"):
        value = getattr(found, name)
        assert value is None or (type(value) is int and abs(value) < 2**63)
    for name in ("energy_wh", "interval_wh"):
        assert (getattr(found, name) or 0) >= 0
    for name in ("current_l1", "voltage_l1", "soc"):
        value = getattr(found, name)
        assert value is None or abs(value) < ENERGY_WH_MAX
    assert beside(found) is not None
