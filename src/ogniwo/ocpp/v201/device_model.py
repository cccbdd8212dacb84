"""Names of components and variables as 2.x writes them, to and from ours."""

from typing import Final, Protocol

from ogniwo.domain.configuration import Attribute, Variable, component_of, variable_of
from ogniwo.ocpp.adapter import OrderNotPossibleError
from ogniwo.ocpp.v201.schema import (
    AttributeEnumType,
    ComponentType,
    ComponentVariableType,
    EVSEType,
    VariableType,
)

NAME_LENGTH_MAX: Final = 50
ATTRIBUTES: Final[dict[Attribute, AttributeEnumType]] = {
    Attribute.ACTUAL: "Actual",
    Attribute.TARGET: "Target",
    Attribute.MIN_SET: "MinSet",
    Attribute.MAX_SET: "MaxSet",
}
_ATTRIBUTES: Final = {word: it for it, word in ATTRIBUTES.items()}


class Named(Protocol):
    """Whatever names a component and a variable: the messages of both versions."""

    @property
    def component(self) -> ComponentType: ...

    @property
    def variable(self) -> VariableType: ...


def to_variable(it: Named, attribute: AttributeEnumType | None = None) -> Variable:
    component, variable = it.component, it.variable
    evse = component.evse
    return Variable(
        name=variable.name,
        instance=variable.instance,
        component=component.name,
        component_instance=component.instance,
        evse=None if evse is None else evse.id,
        connector=None if evse is None else evse.connector_id,
        attribute=_ATTRIBUTES[attribute or "Actual"],
    )


def from_name(text: str) -> tuple[ComponentType, VariableType, AttributeEnumType | None]:
    """Errors: OrderNotPossibleError."""
    variable = variable_of(text)
    if variable.component is None:
        raise OrderNotPossibleError(
            f"an OCPP 2.x station has its variables in components: write {text!r} as "
            "Component/Variable, like OCPPCommCtrlr/HeartbeatInterval"
        )
    actual = variable.attribute is Attribute.ACTUAL
    return (
        _component(variable),
        VariableType(name=_name(variable.name), instance=variable.instance),
        None if actual else ATTRIBUTES[variable.attribute],
    )


def from_filter(
    components: tuple[str, ...], variables: tuple[str, ...]
) -> list[ComponentVariableType] | None:
    """Whole components, and single variables (B08, N02)."""
    asked = [ComponentVariableType(component=_component(component_of(it))) for it in components]
    for text in variables:
        component, variable, _ = from_name(text)
        asked.append(ComponentVariableType(component=component, variable=variable))
    return asked or None


def _component(variable: Variable) -> ComponentType:
    evse = None
    if variable.evse is not None:
        evse = EVSEType(id=variable.evse, connector_id=variable.connector)
    return ComponentType(
        name=_name(variable.component or ""), instance=variable.component_instance, evse=evse
    )


def _name(name: str) -> str:
    if len(name) > NAME_LENGTH_MAX:
        raise OrderNotPossibleError(
            f"names in OCPP 2.x have at most {NAME_LENGTH_MAX} characters, {name!r} has "
            f"{len(name)}: check its spelling"
        )
    return name
