# SPDX-License-Identifier: BSD-2-Clause
"""The demonstration as it is measured: with a probe that tells when all of it is on the screen.

The shipped config lets nobody look at the screen; here one label may.
"""

from xml.sax.saxutils import escape

from house import xml
from house.error import UserError
from house.scenario import Pattern, Scenario

# What makes the first frame complete, at 1024 by 768. Of each area, one pixel of the colour.
PIXELS = """
<pixel x="200" y="12" colour="#1d2530"/>
<pixel x="970" y="3" width="50" height="18" colour="#e6ebf1" depth="40"/>
<pixel x="4" y="40" colour="#2b3645" depth="3"/>
<pixel x="1020" y="764" colour="#161c25" depth="3"/>
<pixel x="66" y="42" width="44" height="16" colour="#e6ebf1" depth="24"/>
<pixel x="798" y="44" width="16" height="14" colour="#e6ebf1" depth="24"/>
<pixel x="92" y="96" width="300" height="34" colour="#e6ebf1" depth="8"/>
<pixel x="92" y="140" width="690" height="80" colour="#e6ebf1" depth="24"/>
<pixel x="92" y="220" width="690" height="160" colour="#3aa6a0" depth="24"/>
<pixel x="92" y="400" width="690" height="284" colour="#3aa6a0" depth="8"/>
<pixel x="92" y="400" width="690" height="284" colour="#8e6fb0" depth="24"/>
<pixel x="92" y="400" width="690" height="284" colour="#4f80bd" depth="24"/>
<pixel x="811" y="70" width="6" height="60" colour="#3a4657" depth="4"/>
"""
SERVICES = ("ROM", "PD", "CPU", "LOG")
RAM, CAPS = "8M", 300
POLICY = '<policy label="probe" domain="back" capture="yes"/>'
SEEN = r"^\[init -> probe\] \d+ x \d+: all \d+ are as expected, at tick (\d+)$"
CONFIG = "gui.config"
TOTAL = r"^\[init -> top\] total: RAM (\d+) of "
MIB = 1 << 20


def desktop(tree, on, top=False):
    """The scenario "demo" with the probe; its run is over when that tells SEEN. With `top` there is
    also os_top, which tells TOTAL again and again."""
    scenario = Scenario(tree, "demo", on)
    pixels = "".join(PIXELS.split("\n"))
    scenario.inject(f'<start name="probe" ram="{RAM}" caps="{CAPS}"><binary name="screen_probe"/>'
                    f"<config>{pixels}</config></start>", SERVICES, RAM, CAPS)
    if top:
        scenario.inject(f'<start name="top" ram="{RAM}" caps="{CAPS}"><binary name="os_top"/>'
                        '<config period_ms="200"/></start>', SERVICES, RAM, CAPS)
    module = scenario.explicit[CONFIG]
    with open(scenario.modules(on)[CONFIG].path, encoding="utf-8") as file:
        text = file.read()
    begin = text.index("<config>")
    at = text.find("<config>", text.find('<start name="nitpicker"')) + len("<config>")
    if at <= begin + len("<config>"):
        raise UserError(f"{module.file}: no config of nitpicker to add a policy to")
    scenario.explicit[CONFIG] = xml.parse_bytes(
        f'<module name="{CONFIG}">{text[begin:at]}{POLICY}{text[at:]}</module>'.encode(),
        module.file)
    scenario.expects = [Pattern(xml.parse_bytes(f"<expect>{escape(SEEN)}</expect>".encode(),
                                                scenario.file))]
    return scenario
