#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checking a system before it boots: each kind of mistake is found, with its file and line."""

import unittest

from house_case import HouseCase
from house import xml
from house.check import Checker, bytes_of
from house.draw import picture

PARENT = '<parent-provides><service name="ROM"/><service name="LOG"/></parent-provides>'


class Checking(HouseCase):
    """Each config stands from line 2 of scenario/x.xml on."""

    def findings(self, config, attributes=""):
        """Findings about a scenario with this config."""
        for name in ("a", "b"):
            self.write(f"build/bin/{name}", "")
        return Checker(self.scenario(f"<config>{config}</config>", attributes), "linux").run()

    def finds(self, config, text, attributes=""):
        """There is one finding, with this text."""
        found = self.findings(config, attributes)
        self.assertEqual(len(found), 1, found)
        self.assertIn(text, found[0])

    def test_clean(self):
        self.assertEqual(self.findings(
            PARENT + '<default-route><any-service><parent/><any-child/></any-service>'
            '</default-route><start name="a" ram="1M"><provides><service name="A"/></provides>'
            '</start><start name="b"><route><service name="A"><child name="a"/></service>'
            '<service name="LOG"><parent/></service></route></start>', 'ram="2M"'), [])

    def test_missing_module(self):
        self.finds('\n<start name="gone"/>', 'x.xml:3: boot module "gone" is missing')

    def test_duplicate_name(self):
        self.finds('<start name="a"/>\n<start name="a"/>', 'x.xml:3: the name "a" is taken since '
                   'line 2')

    def test_route_to_no_child(self):
        self.finds('<start name="a">\n<route><any-service><child name="z"/></any-service></route>'
                   '</start>', 'x.xml:3: route to the child "z", which does not exist; children: a')

    def test_route_to_child_without_service(self):
        self.finds('<start name="a"/><start name="b"><route><service name="A"><child name="a"/>'
                   '</service></route></start>', 'the child "a" does not provide "A"')

    def test_route_to_parent_without_service(self):
        self.finds(PARENT + '<start name="b"><route><service name="GUI"><parent/></service></route>'
                   '</start>', 'service "GUI" is routed to the parent')

    def test_any_child_without_service(self):
        self.finds('<start name="b"><route><service name="A"><any-child/></service></route>'
                   '</start>', 'no child provides "A"')

    def test_route_to_nowhere(self):
        self.finds('<start name="b"><route><service name="A"/></route></start>', "leads nowhere")

    def test_unknown_target(self):
        self.finds('<start name="b"><route><any-service><sibling/></any-service></route></start>',
                   "<sibling> is no target")

    def test_quota_sum(self):
        self.finds('<start name="a" ram="2M"/><start name="b"><resource name="RAM" quantum="3M"/>'
                   '</start>', "5120 KiB of RAM together, and there are 4096 KiB", 'ram="4M"')

    def test_bad_amount(self):
        self.finds('<start name="a" ram="2Q"/>', '"2Q" is no amount of RAM')

    def test_nested(self):
        self.finds('<start name="i"><binary name="init"/><config>\n<start name="gone"/></config>'
                   '</start>', "x.xml:3: boot module")

    def nested(self, provides, config):
        """An init within the system, with the child "a", which provides "A"."""
        return (f'<start name="i"><binary name="init"/><provides>{provides}</provides><config>\n'
                f'{config}<start name="a"><provides><service name="A"/></provides></start>'
                '</config></start>')

    def test_nested_offers(self):
        listed = '<service name="A"/>'
        offered = '<service name="A"><child name="a"/></service>'
        self.assertEqual(self.findings(self.nested(listed, offered)), [])
        self.finds(self.nested(listed, ""), 'x.xml:2: "i" provides "A", and its config offers it '
                   'not; add <service name="A"> there')
        self.finds(self.nested("", offered), 'x.xml:3: "A" is offered to the parent, where the '
                   '<provides> of "i" does not list it')
        self.finds(self.nested(listed, '<service name="A"><child name="z"/></service>'),
                   'x.xml:3: route to the child "z", which does not exist')
        self.finds(self.nested(listed, '<service name="A"/>'), "comes from nowhere")
        self.finds(self.nested('<service name="B"/>',
                               '<service name="B"><child name="a"/></service>'),
                   'the child "a" does not provide "B"')

    def test_nested_asks_for_what_is_not_there(self):
        self.finds(PARENT + '<start name="i"><binary name="init"/><config><parent-provides>\n'
                   '<service name="GUI"/></parent-provides></config></start>',
                   'x.xml:3: the parent of this init does not pass on "GUI"')

    def test_schema(self):
        self.write("app/a/config.xsd", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">'
                   '<xs:element name="config"><xs:complexType><xs:attribute name="size" '
                   'type="xs:integer"/></xs:complexType></xs:element></xs:schema>')
        self.assertEqual(self.findings('<start name="a"><config size="3"/></start>'), [])
        self.finds('<start name="a">\n<config size="x"/></start>', "scenario/x.xml:3: ")

    def test_faulty_on_purpose(self):
        self.write("scenario/config/bad.xml", "<config>")
        scenario = self.scenario('<config file="config/bad.xml"/>', 'faulty="yes"')
        self.assertEqual(scenario.config, None)
        self.assertEqual(scenario.config_path, "scenario/config/bad.xml")

    def test_picture(self):
        self.write("build/bin/a", "")
        checker = Checker(self.scenario(
            '<config><start name="i"><binary name="init"/><config><start name="a" ram="1M">'
            '<provides><service name="A&amp;B"/></provides><route><any-service><parent/>'
            "</any-service></route></start></config></start></config>"), "linux")
        self.assertEqual(checker.run(), [])
        drawn = xml.parse_bytes(picture("x", checker.scenario.config,
                                        checker.config_of).encode(), "svg")
        self.assertEqual(len(drawn.all("rect")), 3)
        self.assertEqual([text.text for text in drawn.all("text")],
                         ["x", "init", "i", "(init)", "a", "RAM 1M", "provides A&B",
                          "any service → parent"])

    def test_amounts(self):
        self.assertEqual([bytes_of(text) for text in ("7", "2K", "5M", "1G", "", "M", "1.5M")],
                         [7, 2048, 5 << 20, 1 << 30, None, None, None])


if __name__ == "__main__":
    unittest.main()
