#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checking a system before it boots: each kind of mistake is found, with its file and line."""

import os
import shutil
import subprocess
import sys
import unittest

from house_case import HERE, HouseCase
from house.check import Checker
from house.finding import NOTE
from house.label import MAYBE, NO, YES, Label
from house.quota import Costs, Interfaces, Quota, bytes_of, count_of, shown
from house.system import CORE

PARENT = ('<parent-provides><service name="ROM"/><service name="PD"/><service name="CPU"/>'
          '<service name="LOG"/></parent-provides>')
ROUTE = '<default-route><any-service><parent/><any-child/></any-service></default-route>'
XSD = '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">{}</xs:schema>'
ROOT = os.path.dirname(os.path.dirname(HERE))


def provides(*names):
    """A <provides> of these services."""
    return "<provides>" + "".join(f'<service name="{name}"/>' for name in names) + "</provides>"


def routed(service, target, attributes=""):
    """A <route> with one rule."""
    return f'<route><service name="{service}" {attributes}>{target}</service></route>'


def start(name, body="", attributes='ram="1M" caps="90"'):
    """A <start> on one line."""
    return f'<start name="{name}" {attributes}>{body}</start>'


class CheckCase(HouseCase):
    """Each config stands from line 2 of scenario/x.xml on."""

    PROGRAMS = "abcd"

    def setUp(self):
        super().setUp()
        for name in self.PROGRAMS:
            self.write(f"build/bin/{name}", "")

    @staticmethod
    def program(name, *services):
        """A built program that contains the names of services."""
        with open(f"build/bin/{name}", "wb") as file:
            file.write(b"\x7fELF" + b"".join(one.encode() + b"\0" for one in services))

    def check(self, config, attributes="", on="linux", more=""):
        """The checker of a scenario with this config."""
        checker = Checker(self.scenario(f"<config>{config}</config>{more}", attributes), on)
        checker.run()
        return checker

    def findings(self, config, attributes="", **options):
        """Findings about a scenario with this config, but for notes."""
        return [str(finding) for finding in self.check(config, attributes, **options).findings.all
                if finding.severity != NOTE]

    def notes(self, config, **options):
        """Its notes."""
        return [str(finding) for finding in self.check(config, **options).findings.all
                if finding.severity == NOTE]

    def finds(self, config, *texts, attributes="", **options):
        """There is one finding, with these texts."""
        found = self.findings(config, attributes, **options)
        self.assertEqual(len(found), 1, found)
        for text in texts:
            self.assertIn(text, found[0])

    def clean(self, config, attributes="", **options):
        """There is nothing to find."""
        self.assertEqual(self.findings(config, attributes, **options), [])


class Names(CheckCase):
    """Modules, children, services that stand twice, words that are unknown."""

    def test_clean(self):
        self.clean(PARENT + ROUTE + start("a", provides("A")) + start(
            "b", '<route><service name="A"><child name="a"/></service>'
                 '<service name="LOG"><parent/></service></route>'), 'ram="4M" caps="500"')

    def test_missing_module(self):
        self.finds("\n" + start("gone"), 'x.xml:3: error: boot module "gone" is missing',
                   'add one of them, a <module name="gone">')

    def test_an_inits_own_sessions(self):
        own = '<own-route><service name="Timer"><child name="a"/></service></own-route>'
        watched = '<heartbeat rate_ms="100"/>' + PARENT + ROUTE
        timer = provides("Timer")
        self.program("a", "Timer")
        self.assertEqual(self.findings(own + watched + start("a", timer)), [])
        self.finds(own + watched + start("a"), 'does not provide "Timer"')
        self.finds(own + watched + start("b"), 'route to the child "a", which does not exist')

    def test_two_missing_modules(self):
        self.assertEqual(len(self.findings(start("gone") + start("lost"))), 2)

    def test_children_of_one_name(self):
        self.finds(start("a") + "\n" + start("a"),
                   'x.xml:3: error: the name "a" is taken since line 2; choose another')

    def test_a_child_without_a_name(self):
        self.write("scenario/inner", '<config>\n<start ram="1M"/></config>')
        self.finds(start("i", '<binary name="init"/><configfile name="inner"/>',
                         'ram="4M" caps="400"'),
                   'scenario/inner:2: error: this <start> has no name; add name="…"')

    def test_services_that_stand_twice(self):
        self.finds(PARENT.replace("LOG", "ROM"),
                   'service "ROM" stands twice in <parent-provides>, first in line 2; keep one')
        self.finds(start("a", provides("A", "A")) + start("b") + ROUTE,
                   '"A" stands twice in <provides>')

    def test_elements_that_stand_twice(self):
        self.finds(ROUTE + ROUTE, "<default-route> stands twice in this config; keep one")
        self.finds(start("a", "<route/>\n<route/>"), "x.xml:3: error: <route> stands twice")
        self.finds(start("a", "<binary/>"), 'this <binary> has no name; add name="…"')
        self.write("scenario/c.config", "<config/>")
        self.finds(start("a", '<config/><configfile name="c.config"/>'),
                   "<config> and <configfile> in one <start>; keep one")

    def test_nested(self):
        self.finds(start("i", f'<binary name="init"/><config>\n{start("gone")}</config>',
                         'ram="4M" caps="400"'), "x.xml:3: error: boot module")

    def test_what_core_does_not_provide(self):
        for path, names in (("core/src/parent.c", "{ ROM_SERVICE, rom_session_create }, "
                                                  "{ LOG_SERVICE, log_session_create },"),
                            ("core/pc/main.c", "{ IRQ_SERVICE, irq_session_create },"),
                            ("core/linux/main.c", "int main;")):
            self.write(path, names)
        self.clean('<parent-provides><service name="IRQ"/></parent-provides>')
        self.finds('<parent-provides>\n<service name="ROOM"/></parent-provides>',
                   'x.xml:3: error: core does not provide "ROOM"; did you mean "ROM"?')

    def test_on_purpose(self):
        twice = start("a") + start("a")
        self.clean(twice, more="<accept>is taken</accept>")
        self.finds(start("a"), "x.xml:2: warning: nothing is found that this <accept> is for",
                   more="<accept>is taken</accept>")

    def test_faulty_on_purpose(self):
        self.write("scenario/config/bad.xml", "<config>")
        scenario = self.scenario('<config file="config/bad.xml"/>', 'faulty="yes"')
        self.assertEqual(scenario.config, None)
        self.assertEqual(scenario.config_path, "scenario/config/bad.xml")
        self.assertEqual(Checker(scenario, "linux").run(), [])


class Schemas(CheckCase):
    """Each config against the schema of its component."""

    def setUp(self):
        super().setUp()
        self.write("app/a/config.xsd", XSD.format(
            '<xs:complexType name="Base"><xs:attribute name="label"/></xs:complexType>'
            '<xs:element name="config"><xs:complexType><xs:choice minOccurs="0" '
            'maxOccurs="unbounded"><xs:element name="font"><xs:complexType><xs:complexContent>'
            '<xs:extension base="Base"><xs:attribute name="bold"/></xs:extension>'
            '</xs:complexContent></xs:complexType></xs:element><xs:element name="free"/>'
            '</xs:choice><xs:attribute name="size" type="xs:integer"/></xs:complexType>'
            "</xs:element>"))

    def test_values(self):
        self.clean(start("a", '<config size="3"><font label="x" bold="y"/><free z="1"><y/></free>'
                              "</config>"))
        self.finds(start("a", '\n<config size="x"/>'), "scenario/x.xml:3: error: ", "size",
                   "app/a/config.xsd")

    def test_unknown_names(self):
        self.finds(start("a", '\n<config sise="3"/>'),
                   'x.xml:3: error: sise="…" is unknown in <config>; did you mean "size"?')
        self.finds(start("a", "<config>\n<fnt/></config>"),
                   'x.xml:3: error: <fnt> is unknown in <config>; did you mean "font"?')
        self.finds(start("a", '<config><font labl="x"/></config>'), 'did you mean "label"?')
        self.finds(start("a", "<config><unlike/></config>"), "; known: font, free")

    def test_all_at_once(self):
        found = self.findings(start("a", '<config size="x" z="">\n<fnt><what/></fnt>\n'
                                         '<font bald=""/></config>'))
        self.assertEqual([line.split(": ")[0] for line in found],
                         ["scenario/x.xml:2", "scenario/x.xml:3", "scenario/x.xml:4",
                          "scenario/x.xml:2"])

    def test_a_config_by_file(self):
        self.write("scenario/a.config", '<config>\n<fnt/></config>')
        self.finds(start("a", '<configfile name="a.config"/>'), "scenario/a.config:2: error: <fnt>")

    def test_a_config_as_a_module(self):
        child = start("a", '<configfile name="c"/>')
        for module in ("<config><fnt/></config>", "&lt;config>&lt;fnt/>&lt;/config>"):
            self.finds(child, "scenario/x.xml:3: error: <fnt>",
                       more=f'\n<module name="c">{module}</module>')

    def test_the_config_of_the_drivers(self):
        self.write("scenario/drivers/linux.xml", "<config>\n" + start("gone") + "</config>")
        self.finds(start("drivers", '<binary name="init"/><configfile name="drivers.config"/>',
                         'ram="4M" caps="400"'), "scenario/drivers/linux.xml:2: error: boot module")

    def test_two_children_share_a_config(self):
        self.write("scenario/a.config", "<config><fnt/></config>")
        self.finds(start("a", '<configfile name="a.config"/>') + start(
            "b", '<binary name="a"/><configfile name="a.config"/>'), "<fnt>")

    def test_what_a_monitor_shares_with_init(self):
        self.write("server/monitor/config.xsd", XSD.format(
            '<xs:element name="config"><xs:complexType><xs:choice maxOccurs="unbounded">'
            '<xs:element name="parent-provides"/><xs:element name="default-route"/>'
            '<xs:element name="start"/><xs:element name="monitor"><xs:complexType/></xs:element>'
            '</xs:choice><xs:attribute name="duration"/></xs:complexType></xs:element>'))
        shutil.copytree(os.path.join(ROOT, "init"), "init")
        self.write("build/bin/monitor", "")

        def monitor(body):
            config = f'<config duration="yes"><monitor/>{PARENT}{ROUTE}\n{body}</config>'
            return PARENT + ROUTE + start("monitor", config, 'ram="8M" caps="900"')
        self.clean(monitor(start("b", '<exit propagate="yes"/>')))
        self.finds(monitor(start("b", '<exit propagate="maybe"/>')), "scenario/x.xml:3: error: ",
                   "propagate", "init/config.xsd")
        self.finds(monitor(start("b", "", 'ram="1M" caps="90" verison="1"')),
                   "scenario/x.xml:3: error: ", 'did you mean "version"?')
        self.finds(monitor("<monitor on=''/>"), 'on="…" is unknown in <monitor>')

    def test_a_component_without_a_schema(self):
        self.write("app/b/main.c", "")
        self.finds(start("b", "<config/>"), 'warning: "b" gets a config, and ships no schema; '
                   "write app/b/config.xsd")

    def test_a_broken_schema(self):
        self.write("app/a/config.xsd", XSD.format('<xs:element name="config" type="Gone"/>'))
        self.finds(start("a", "<config/>"), "app/a/config.xsd is no schema")


class Routes(CheckCase):
    """Where rules lead, and those that never decide."""

    def test_to_no_child(self):
        self.finds(start("a", "\n<route><any-service><child name='z'/></any-service></route>"),
                   'x.xml:3: error: route to the child "z", which does not exist; children: a')
        self.finds(start("a") + start("b", "<route><any-service><child name='A'/></any-service>"
                                           "</route>"), 'did you mean "a"?')

    def test_to_a_child_without_the_service(self):
        self.finds(start("a") + start("b", routed("A", '<child name="a"/>')),
                   'the child "a" does not provide "A"; add it to its <provides>')
        self.finds(start("a") + start("b", routed("A", '<child name="a"/>')) + ROUTE
                   + start("c", provides("A")) + start("d"), 'or route it to "c"')

    def test_to_the_parent_without_the_service(self):
        self.finds(PARENT + start("b", routed("GUI", "<parent/>")),
                   'service "GUI" is routed to the parent, and is not among <parent-provides>; '
                   'add <service name="GUI"/> there')

    def test_to_any_child(self):
        self.finds(start("b", routed("A", "<any-child/>")), 'no child provides "A"')
        self.finds(start("a", provides("A")) + start("c", provides("A"))
                   + start("b", routed("A", "<any-child/>"))
                   + start("d", '<route><service name="A" label="x"><child name="c"/></service>'
                                '<service name="A"><child name="a"/></service></route>'),
                   '<any-child/> for "A" is ambiguous, as "a" and "c" provide it; name one')

    def test_to_itself(self):
        self.finds(start("a", provides("A") + routed("A", '<child name="a"/>')) + ROUTE
                   + start("b"), '"a" is routed to itself')

    def test_to_nowhere(self):
        self.finds(start("b", '<route><service name="A"/></route>'), "leads nowhere; add <parent/>")

    def test_to_what_is_no_target(self):
        self.finds(start("b", "<route><any-service><sibling/></any-service></route>"),
                   "<sibling> is no target of a route")
        self.finds(start("b", "<route><any-service><any-chlid/></any-service></route>"),
                   'did you mean "any-child"?')
        self.finds(start("b", "<route><servise name='A'><parent/></servise></route>"),
                   '<servise> in <route> is no rule; did you mean "service"?')

    def test_one_of_several_targets_serves(self):
        self.finds(PARENT + start("a", provides("A")) + start(
            "b", routed("A", '<parent/>\n<child name="a"/>')),
                   "x.xml:2: warning: service \"A\" is routed to the parent", "remove this one")
        self.finds(PARENT + start("a", provides("LOG")) + start(
            "b", routed("LOG", '<parent/>\n<child name="a"/>')) + start(
                "c", routed("LOG", '<child name="a"/>')),
                   'x.xml:3: warning: <child> is never asked for "LOG": <parent> in line 2 serves '
                   "it always")

    def reached(self, first, second, text):
        """What is found about two rules of one route."""
        config = (PARENT + start("a", provides("LOG", "X"))
                  + start("b", f"<route>{first}\n{second}</route>") + start("c") + ROUTE)
        if text is None:
            self.clean(config)
        else:
            self.finds(config, "x.xml:3: warning: ", text)

    def test_rules_behind_any_service(self):
        any_parent = "<any-service><parent/></any-service>"
        to_a = '<child name="a"/></service>'
        self.reached(any_parent, f'<service name="LOG">{to_a}',
                     'this rule for "LOG" is never reached, as the one in line 2 decides')
        # the parent does not serve X, so the search goes on
        self.reached(any_parent, f'<service name="X">{to_a}', None)
        self.reached(f'<service name="LOG">{to_a}', any_parent, None)
        self.reached(any_parent, any_parent, "this rule for any service is never reached")
        self.reached(any_parent, "<any-service><any-child/></any-service>", None)

    def test_rules_with_conditions(self):
        def rule(condition, target="<parent/>"):
            return f'<service name="LOG" {condition}>{target}</service>'
        never = 'this rule for "LOG" is never reached'
        to_a = '<child name="a"/>'
        for first, second, text in (
                ("", 'label="x"', never), ('label="x"', "", None),
                ('label_prefix="x"', 'label="xy"', never),
                ('label_prefix="x"', 'label="y"', None),
                ('label_prefix="x"', 'label_prefix="xy"', never),
                ('label_prefix="xy"', 'label_prefix="x"', None),
                ('label_suffix="y"', 'label="xy"', never),
                ('label_suffix="y"', 'label_suffix="xy"', never),
                ('label_last="y"', 'label="x -> y"', never),
                ('label="x"', 'label="x"', never),
                ('label="x" label_suffix="x"', 'label_prefix="x"', None),
                ('unscoped_label="b"', 'label="b"', None)):
            with self.subTest(first=first, second=second):
                self.reached(rule(first), rule(second, to_a), text)

    def nested(self, listed, config):
        """An init within the system, with the child "a", which provides "A"."""
        return ROUTE + start("b") + start(
            "i", f'<binary name="init"/><provides>{listed}</provides><config>\n{config}'
            + start("a", provides("A")) + "</config>", 'ram="4M" caps="400"')

    def test_nested_offers(self):
        listed = '<service name="A"/>'
        offered = '<service name="A"><child name="a"/></service>'
        self.clean(self.nested(listed, offered))
        found = self.findings(self.nested(listed, ""))
        self.assertIn('x.xml:2: error: "i" provides "A", and its config offers it not; add '
                      '<service name="A"> there', found[0])
        found = self.findings(self.nested("", offered))
        self.assertIn('x.xml:3: error: "A" is offered to the parent, where the <provides> of "i" '
                      "does not list it; add it there", found[0])
        for wrong, text in (('<service name="A"><child name="z"/></service>',
                             'x.xml:3: error: route to the child "z", which does not exist'),
                            ('<service name="A"/>', "comes from nowhere"),
                            (offered + '\n<service name="A" label="x"><child name="a"/></service>',
                             'x.xml:4: warning: this "A" is never reached')):
            self.assertIn(text, "\n".join(self.findings(self.nested(listed, wrong))))
        found = self.findings(self.nested(
            '<service name="B"/>', '<service name="B"><child name="a"/></service>'))
        self.assertIn('the child "a" does not provide "B"', found[0])

    def test_offers_of_the_first_init(self):
        self.finds('<service name="A"><child name="a"/></service>' + start("a", provides("A"))
                   + start("b") + ROUTE, '"A" is offered, and above the first init there is nobody')

    def test_nested_asks_for_what_is_not_there(self):
        def config(name):
            return PARENT + ROUTE + start(
                "i", '<binary name="init"/><config><parent-provides>\n'
                     f'<service name="{name}"/></parent-provides></config>', 'ram="4M" caps="400"')
        self.clean(config("LOG"))
        self.finds(config("GUI"), 'x.xml:3: error: the parent of this init does not pass on "GUI"',
                   "known there: CPU, LOG, PD, ROM")
        self.finds(config("LOGS"), 'did you mean "LOG"?')


class Quotas(CheckCase):
    """Amounts, sums, and what children and inits cost by themselves."""

    def test_sum(self):
        two = start("a", attributes='ram="2M" caps="90"') + start(
            "b", '<resource name="RAM" quantum="3M"/>', 'caps="90"')
        self.finds(two, 'x.xml:2: error: the children of "init" ask for 5M RAM, and of its 4M',
                   "lower theirs, or raise its own by ", attributes='ram="4M"')
        self.clean(two, 'ram="6M"')
        self.finds(two, "ask for 180 caps", attributes='caps="200"')
        self.clean(two, 'caps="400"')

    def test_nested_sum(self):
        def config(ram, caps):
            return start("i", '<binary name="init"/><config>' + start("a") + "</config>",
                         f'ram="{ram}" caps="{caps}"')
        self.clean(config("2M", 300))
        self.finds("\n" + config("1M", 300), 'x.xml:3: error: the children of "i" ask for 1M RAM, '
                   "and of its 1M at most ")
        self.finds(config("2M", 100), 'the children of "i" ask for 90 caps, and of its 100')

    @property
    def cost(self):
        """What a child of the first init costs."""
        return Costs(self.tree(), Interfaces(self.tree())).child_at(0)

    def test_what_a_child_costs(self):
        self.finds(start("a", attributes='ram="64K" caps="90"'), f'"a" has 64K RAM, and costs '
                   f"{shown(self.cost.ram)} before it has anything; give it more")
        self.finds(start("a", attributes='ram="1M" caps="40"'),
                   f'"a" has 40 caps, and costs {self.cost.caps}')

    def test_a_share_of_caps(self):
        many = ROUTE + "".join(start(f"a{number}", '<binary name="a"/>', 'ram="1M"')
                               for number in range(10))
        self.clean(many, 'caps="2000"')
        self.assertIn(f"caps, and costs {self.cost.caps}", self.findings(many, 'caps="300"')[0])
        system = self.check(many, 'caps="2000"').system
        self.assertEqual(system.root.children["a0"].quota.caps,
                         system.costs.available(Quota(None, 2000), 0).caps // 10)

    def test_defaults(self):
        self.clean('<default ram="1M" caps="90"/>' + start("a", attributes=""), 'ram="2M"')
        self.finds('<default ram="1Q"/>' + start("a"), 'ram="1Q" is no amount of RAM; write one')

    def test_no_ram(self):
        self.finds(start("a", attributes=""), '"a" gets no RAM, and is not started; add ram="1M"')

    def test_bad_amounts(self):
        self.finds(start("a", attributes='ram="2Q"'), 'ram="2Q" is no amount of RAM; write one')
        self.finds(start("a", attributes='ram="2M" caps="2K"'), 'caps="2K" is no amount of capab')
        self.finds(start("a", '<resource name="RAM" quantum="x"/>'), '"x" is no amount of RAM')

    def test_a_sum_that_is_too_large_without_an_unknown_amount(self):
        found = self.findings(start("a", attributes='ram="2Q"') + start(
            "b", attributes='ram="9M" caps="90"'), attributes='ram="4M" caps="500"')
        self.assertIn('ram="2Q" is no amount of RAM', found[0])
        self.assertIn('the children of "init" ask for 9M RAM', found[1])
        self.finds(start("a", '<resource name="RAN" quantum="1M"/>'), 'write name="RAM" or')

    def test_priorities(self):
        def config(levels, priority):
            return start("i", f'<binary name="init"/><config prio_levels="{levels}">\n'
                         + start("a", attributes=f'ram="1M" caps="90" priority="{priority}"')
                         + "</config>", 'ram="4M" caps="400"')
        for good in ("0", "-1"):
            self.clean(config(2, good))
        for bad in ("-2", "1", "x"):
            self.finds(config(2, bad), f'x.xml:3: error: priority="{bad}" is out of range; write '
                       '-1 to 0, or raise prio_levels="2"')
        self.finds(config(129, 0), 'prio_levels="129": write 1 to 128')

    def test_affinity(self):
        space = '<affinity-space width="2" height="1"/>'

        def config(place, space=space):
            return space + "\n" + start("a", f"<affinity {place}/>")
        self.clean(config('xpos="1" width="1"'))
        self.finds(config('xpos="1" width="2"'), 'x.xml:3: error: xpos="1" and width="2" reach '
                   "beyond the 2 of <affinity-space> in line 2")
        self.finds(config('ypos="1"'), 'ypos="1" and height="1" reach beyond the 1')
        self.finds(config('width="0"'), "width and height from 1")
        self.finds(config('xpos="0"', ""), "warning: an <affinity> without a space")

    def test_amounts(self):
        self.assertEqual([bytes_of(text) for text in ("7", "2K", "5M", "1G", "0x10K", "", "M",
                                                      "1.5M")],
                         [7, 2048, 5 << 20, 1 << 30, 16384, None, None, None])
        self.assertEqual([count_of(text) for text in ("7", "0x10", "2K", "")],
                         [7, 16, None, None])
        self.assertEqual([shown(size) for size in (0, 7, 2048, 5 << 20, 1 << 30, 1500,
                                                       (12 << 20) + 500000)],
                         ["0", "7", "2K", "5M", "1G", "1K", "12.5M"])

    def test_costs_are_those_of_the_sources(self):
        tree = self.tree()
        costs = Costs(tree, Interfaces(tree))
        with open(os.path.join(ROOT, "lib/sandbox/src/budget.h"), encoding="utf-8") as file:
            self.assertIn(f"SANDBOX_SESSION_RAM = {costs.session.ram},", file.read())
        self.assertEqual(costs.child_at(2).ram, costs.child.ram + 6 * costs.session.ram)
        self.write("lib/sandbox/src/budget.h", "enum { SANDBOX_CHILD_RAM = 64 * 1024, "
                   "SANDBOX_CHILD_CAPS = 1, SANDBOX_SESSION_RAM = 2, SANDBOX_PARENT_CAPS = 3, "
                   "SANDBOX_RESERVE_RAM = 4, SANDBOX_RESERVE_CAPS = 5, SANDBOX_DEFAULT_CAPS = 6, }")
        self.assertEqual(Costs(tree, Interfaces(tree)).child.ram - costs.child.ram,
                         65536 - 4096)


class Sessions(CheckCase):
    """What programs ask for, as far as they tell."""

    def test_where_requests_lead(self):
        self.program("a", "A")
        self.program("b", "A", "LOG")
        system = self.check(PARENT + ROUTE + start(
            "i", '<binary name="init"/>' + provides("A") + "<config>" + PARENT + ROUTE
            + '<service name="A"><child name="a" label="front"/></service>'
            + start("a", provides("A")) + start("b") + "</config>", 'ram="4M" caps="400"')
            + start("b")).system
        inner = system.root.children["i"].children
        self.assertEqual(list(system.sessions(inner["b"])),
                         [("A", inner["a"], Label("b", True)),
                          ("LOG", CORE, Label("init -> i -> b", True))])
        self.assertEqual(list(system.sessions(system.root.children["b"]))[0],
                         ("A", inner["a"], Label("front", False)))

    def test_by_label(self):
        def rule(condition, target):
            return f'<service name="A" {condition}><child name="{target}"/></service>'
        system = self.check(start("a", provides("A")) + start("b", provides("A")) + start(
            "c", "<route>" + rule('label_prefix="x"', "a") + rule("", "b") + "</route>")).system
        children = system.root.children

        def servers(label):
            return [server.name for server, _ in system.servers(children["c"], "A", label)]
        self.assertEqual(servers(Label()), ["a", "b"])
        self.assertEqual(servers(Label("xy", False)), ["a"])
        self.assertEqual(servers(Label("y", False)), ["b"])

    def test_a_service_that_nobody_uses(self):
        config = start("a", provides("A")) + start("b") + ROUTE
        self.program("a", "A")
        self.clean(config)  # b is not built, and may ask for anything
        self.program("b", "A")
        self.clean(config)
        self.program("b", "LOG")
        self.finds(config, 'warning: "a" provides "A", and nobody who may reach it uses it')

    def test_an_init_whose_config_comes_as_it_runs_may_use_anything(self):
        self.program("a", "A", "ROM")
        config = PARENT + ROUTE + start("a", provides("A", "ROM")) + start(
            "i", '<binary name="init"/>%s', 'ram="4M" caps="400"')
        self.assertIn('"a" provides "A", and nobody', self.findings(config % "<config/>")[0])
        self.clean(config % routed("ROM", '<child name="a"/>', 'label="config"'))

    def test_what_an_init_uses_by_itself(self):
        self.program("a", "Timer")
        config = ROUTE + start("a", provides("Timer")) + start(
            "i", '<binary name="init"/><config>%s</config>', 'ram="4M" caps="400"')
        self.clean(config % '<heartbeat rate_ms="1000"/>')
        self.finds(config % "", "nobody who may reach it uses it")

    def test_a_service_that_is_never_announced(self):
        self.program("a", "Hello")
        self.finds(start("a", provides("Helo")) + start("b") + ROUTE,
                   'warning: "a" never announces "Helo"')

    def test_a_service_out_of_reach(self):
        self.program("a", "A")
        self.program("b", "A")
        found = self.findings(PARENT + start("a", provides("A")) + "\n" + start("b"))
        self.assertEqual(len(found), 2)
        self.assertIn('x.xml:3: warning: "b" may ask for "A", and no route leads there; add '
                      '<service name="A"> <child name="a"/> </service> to its <route>', found[1])

    def test_a_service_of_two(self):
        for name in "abc":
            self.program(name, "A")
        found = self.findings(ROUTE + start("a", provides("A")) + start("b", provides("A"))
                              + start("c"))
        self.assertIn('"c" may ask for "A", which "a" and "b" provide; name one', "".join(found))

    def test_circles(self):
        self.program("a", "A", "B")
        self.program("b", "A", "B")
        self.program("c", "B")
        self.finds(ROUTE + start("a", provides("A")) + start("b", provides("B")) + start("c"),
                   'warning: "init -> a" → "init -> b" → "init -> a" may wait for each other')

    def test_circles_of_programs(self):
        self.finds(start("a", provides("ROM") + routed("ROM", '<child name="b"/>'))
                   + start("b", provides("ROM") + routed("ROM", '<child name="a"/>')),
                   'error: "init -> a" → "init -> b" → "init -> a" cannot start')

    def test_host_components(self):
        self.write("driver/a/build.mk", "HOST_PROFILE := clock\n")
        self.write("core/linux/filter.h", "HOST_NONE, HOST_CLOCK, HOST_TERMINAL,")
        self.finds(start("a"), '"a" works with the host; add <host name="a" profile="clock"/> to '
                   "scenario/x.xml")
        self.clean(start("a"), more='<host name="a" profile="clock"/>')
        shutil.copy("build/bin/init", "build/bin/platform-pc")
        self.clean(start("a"), on="pc")
        self.finds(start("a"), '"a" needs profile="clock"',
                   more='<host name="a" profile="terminal"/>')
        self.finds(start("b"), 'warning: no component is named "bb"; did you mean "b"?',
                   more='<host name="bb" profile="clock"/>')
        self.finds(start("b"), 'profile="clok" is unknown; did you mean "clock"?',
                   more='<host name="b" profile="clok"/>')

    def test_drivers_are_named(self):
        self.program("a", "IO_MEM")
        shutil.copy("build/bin/init", "build/bin/platform-pc")
        devices = PARENT.replace("LOG", "IO_MEM")
        found = self.notes(devices + ROUTE + start("a") + start("b"), on="pc")
        self.assertEqual(len(found), 1)
        self.assertIn('note: "init -> a" may drive any device (IO_MEM). Without an IOMMU', found[0])
        self.assertEqual(self.notes(PARENT + ROUTE + start("a"), on="pc"), [])
        self.assertEqual(self.notes(devices + ROUTE + start("a")), [])


class Policies(CheckCase):
    """Policies of a server that decide about nobody."""

    def setUp(self):
        super().setUp()
        self.write("server/a/config.xsd", XSD.format('<xs:element name="config"/>'))

    def config(self, *policies):
        """A server with these policies, and the clients b and c, of which c is in i."""
        return (PARENT + ROUTE + start("a", provides("A") + "<config>\n" + "\n".join(policies)
                                       + "</config>") + start("b")
                + start("i", '<binary name="init"/><config>' + PARENT.replace("LOG", "A")
                        + ROUTE + start("c") + "</config>", 'ram="4M" caps="400"'))

    def test_reachable(self):
        self.clean(self.config('<policy label="b"/>', '<policy label="i -> c"/>',
                               '<policy label="b -> x"/>',
                               '<policy label_prefix="i -> c" label_suffix="z"/>'))
        self.clean(self.config('<policy label_suffix="x"/>', '<policy label="b -> x"/>',
                               "<default-policy/>"))

    def test_nobody_can_have_the_label(self):
        for policy in ('label="z"', 'label="c"', 'label="i -> d"', 'label_prefix="bb"',
                       'label="b" label_prefix="i"'):
            self.finds(self.config(f"<policy {policy}/>", "<default-policy/>"),
                       "x.xml:3: error: no client can have this label; clients begin with: ",
                       '"b", "i -> c"')

    def test_nobody_is_matched(self):
        for policy in ("<policy/>", '<policy label=""/>'):
            self.finds(self.config(policy), 'this policy matches nobody; give it a label="…"')

    def test_twice(self):
        self.finds(self.config('<policy label="b"/>', '<policy label="b"/>'),
                   "x.xml:4: error: this policy never decides, as the one in line 3 is for the "
                   "same labels; remove one")
        self.finds(self.config('<default-policy/>', '<default-policy/>'),
                   "x.xml:4: error: this default policy never decides")

    def test_shadowed(self):
        for first, second in (('label_prefix="b"', 'label="b"'),
                              ('label_prefix="i -> c"', 'label="i -> c"')):
            self.finds(self.config(f"<policy {first}/>", f"<policy {second}/>"),
                       "x.xml:3: warning: this policy never decides, as more specific ones (line 4)"
                       " match all its clients; remove it")
        self.clean(self.config('<policy label="b"/>', '<policy label="b -> x"/>',
                               '<policy label_prefix="b" label_suffix="y"/>'))

    def test_the_default_for_nobody(self):
        self.finds(self.config('<policy label="b"/>', '<policy label_prefix="i"/>',
                               "<default-policy/>"),
                   "x.xml:5: warning: the default policy never decides")

    def test_who_is_denied(self):
        found = self.notes(self.config('<policy label="b"/>'))
        self.assertEqual(len(found), 1)
        self.assertIn('"a" denies "init -> i -> c", as no policy is for it', found[0])


class Labels(unittest.TestCase):
    """Labels of which only the beginning is known."""

    def test_open(self):
        label = Label("a -> b")
        for text, begins, below, equals in (
                ("a", YES, YES, NO), ("a ->", YES, NO, NO), ("a -> b", YES, YES, MAYBE),
                ("a -> b -> c", MAYBE, MAYBE, MAYBE), ("a -> bc", NO, NO, NO),
                ("a -> b -", MAYBE, NO, NO), ("x", NO, NO, NO)):
            with self.subTest(text=text):
                self.assertEqual((label.begins(text), label.lies_below(text), label.equals(text)),
                                 (begins, below, equals))
        self.assertEqual((label.ends("x"), label.has_last("x"), label.ends("")),
                         (MAYBE, MAYBE, YES))

    def test_closed(self):
        label = Label("a -> b", False)
        for text, begins, below, equals, last in (
                ("a", YES, YES, NO, NO), ("a -> b", YES, YES, YES, NO), ("b", NO, NO, NO, YES),
                ("a -> b -> c", NO, NO, NO, NO)):
            with self.subTest(text=text):
                self.assertEqual((label.begins(text), label.lies_below(text), label.equals(text),
                                  label.has_last(text)), (begins, below, equals, last))
        self.assertEqual((label.ends("> b"), label.ends("a")), (YES, NO))
        self.assertEqual(label.below("c"), Label("c -> a -> b", False))
        self.assertEqual(Label().below("c"), Label("c"))


class Command(CheckCase):
    """tool/check itself."""

    def run_check(self, *arguments):
        """(exit value, output) of the tool."""
        env = dict(os.environ, OSIER_TOPS=".", OSIER_BUILD="build")
        env.pop("OSIER_PROGRAMS", None)
        done = subprocess.run([sys.executable, os.path.join(ROOT, "tool/check"), *arguments],
                              env=env, text=True, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def test_values(self):
        self.scenario("<config>" + PARENT + start("a") + "</config>")
        value, output = self.run_check("x")
        self.assertEqual(value, 0, output)
        self.assertIn("picture: build/check/x.svg\nx: 0 errors, 0 warnings; init starts "
                      "1 component\n", output)
        self.scenario("<config>" + PARENT + start("a", routed("LOG", "<parent/><parent/>"))
                      + "</config>")
        value, output = self.run_check("x")
        self.assertEqual(value, 0, output)
        self.assertIn("x: 0 errors, 1 warning", output)
        self.assertEqual(self.run_check("--all", "--on", "linux")[0], 1)
        self.scenario("<config>" + start("gone") + "</config>")
        value, output = self.run_check("x")
        self.assertEqual(value, 1)
        self.assertIn('x.xml:2: error: boot module "gone"', output)

    def test_what_is_wrong_on_purpose_is_left_out(self):
        self.scenario("<config>" + start("gone") + "</config>", 'faulty="yes"')
        self.assertEqual(self.run_check("--all", "--on", "linux"), (0, ""))

    def test_a_broken_scenario(self):
        self.write("scenario/x.xml", "<scenario>\n<config>\n</scenario>")
        value, output = self.run_check("x")
        self.assertEqual(value, 1)
        self.assertIn("scenario/x.xml:3: XML syntax error", output)

    def test_programs(self):
        self.scenario("<config>" + start("a") + start("gone") + "</config>")
        self.assertEqual(self.run_check("--targets", "x"),
                         (0, "build/bin/a build/bin/init build/bin/platform-linux\n"))


class Shipped(unittest.TestCase):
    """What Osier comes with has no findings."""

    def test_all_scenarios(self):
        done = subprocess.run([sys.executable, "tool/check", "--all"], cwd=ROOT, text=True,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
