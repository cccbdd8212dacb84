"""deploy/kubernetes: references that lead somewhere, ports that agree, time to drain."""

from collections.abc import Iterator

from ogniwo.base.settings import address
from tests.deploy.manifests import Node, kubernetes_nodes, of_kind, pods, resources, settings_of


def test_every_reference_in_the_manifests_leads_somewhere() -> None:
    maps, secrets = of_kind("ConfigMap"), of_kind("Secret")
    outside = {"ogniwo-web-tls"}
    for name, pod in pods().items():
        volumes = {it["name"]: it for it in pod["spec"]["volumes"]}
        for container in pod["spec"]["containers"]:
            mounted = {it["name"] for it in container["volumeMounts"]}
            assert mounted == set(volumes), name
        for volume in volumes.values():
            if "secret" in volume:
                assert volume["secret"]["secretName"] in {*secrets, *outside}, name
            if "configMap" in volume:
                assert volume["configMap"]["name"] in maps, name
    assert set(of_kind("Service")) >= {"stations", "web", "nats"}
    for selected in _selectors():
        assert any(_fits(selected, pod["metadata"]["labels"]) for pod in pods().values()), selected


def _selectors() -> Iterator[dict[str, str]]:
    for it in of_kind("Service").values():
        yield it["spec"]["selector"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        for it in of_kind(kind).values():
            yield it["spec"]["selector"]["matchLabels"]
    for it in of_kind("NetworkPolicy").values():
        yield it["spec"]["podSelector"].get("matchLabels", {})


def _fits(wanted: dict[str, str], labels: dict[str, str]) -> bool:
    return wanted.items() <= labels.items()


def test_a_port_that_is_named_is_one_that_a_container_has_and_the_program_listens_on() -> None:
    listening = {node.name: _listening(node) for node in kubernetes_nodes()}
    for name, pod in pods().items():
        [container] = pod["spec"]["containers"]
        ports = {it["name"]: it["containerPort"] for it in container.get("ports", [])}
        if name in listening and ports:
            assert set(ports.values()) <= listening[name], name
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe in container:
                assert container[probe]["httpGet"]["port"] in ports, name
    named = {
        it["port"]
        for policy in of_kind("NetworkPolicy").values()
        for rule in policy["spec"].get("ingress", [])
        for it in rule["ports"]
    }
    had = {
        it["name"]
        for pod in pods().values()
        for container in pod["spec"]["containers"]
        for it in container.get("ports", [])
    }
    assert named <= had


def _listening(node: Node) -> set[int]:
    if node.arguments[0] != "serve":
        return set()
    given = settings_of(node)
    places = [(given.http, "http"), (given.ocpp_tls, "ocpp-tls")]
    return {address(place, option).port for place, option in places if place is not None}


def test_every_server_is_probed_and_gateways_have_time_to_drain() -> None:
    for name, workload in of_kind("Deployment").items():
        [container] = workload["spec"]["template"]["spec"]["containers"]
        assert {"livenessProbe", "readinessProbe"} <= set(container), name
    gateway = of_kind("Deployment")["gateway"]["spec"]["template"]["spec"]
    [container] = gateway["containers"]
    _, sleep_s = container["lifecycle"]["preStop"]["exec"]["command"]
    assert int(sleep_s) + 15 < gateway["terminationGracePeriodSeconds"]
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


def test_no_secret_is_filled_in() -> None:
    for name, secret in of_kind("Secret").items():
        for value in secret.get("stringData", {}).values():
            assert "PASSWORD" in value or value.isupper() or " " in value, name
        assert set(secret.get("data", {}).values()) <= {""}, name
    assert [it for it in resources() if it["metadata"].get("namespace", "ogniwo") != "ogniwo"] == []
