# SPDX-License-Identifier: BSD-2-Clause
"""The picture of a system that does not run: who may be whose client, and who gets which quota."""

from house.draw import Drawing, Lane, Node
from house.system import CORE, canonical


def node_of(system, component):
    """A component, and those below it."""
    node = Node(component.label.text, component.name, ram=component.quota.ram,
                caps=component.quota.caps, inner=component.is_init)
    if component.program != component.name:
        node.about = component.program
    node.core = tuple(sorted({service for service, server, _ in system.sessions(component)
                              if server is CORE}))
    node.children = [node_of(system, child) for child in component.children.values()]
    if node.children:
        node.ram_part = sum(child.ram or 0 for child in node.children)
        node.caps_part = sum(child.caps or 0 for child in node.children)
    return node


def lanes_of(system):
    """All services of components, also those without clients, with who may use them."""
    lanes = {}
    for component in system.everyone():
        for name in component.provides if not component.is_init else ():
            lanes[component, canonical(name)] = []
    for component in system.everyone():
        for service, server, _ in system.sessions(component):
            if server is not CORE:
                lanes.setdefault((server, service), []).append(component.label.text)
    return [Lane(service, server.label.text, clients)
            for (server, service), clients in lanes.items()]


def picture_of(system):
    """The SVG of a scenario."""
    title = f"{system.scenario.name} on {system.on}"
    return Drawing(title, node_of(system, system.root), lanes_of(system)).svg()
