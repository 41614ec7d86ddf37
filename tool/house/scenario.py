# SPDX-License-Identifier: BSD-2-Clause
"""A scenario: one XML file that says what to boot, and what to expect of it."""

import io
import os
import re
import shlex
import tarfile

from house import xml
from house.acts import Acts
from house.error import UserError, meant
from house.quota import bytes_of, count_of
from house.tree import PLATFORMS

ATTRIBUTES = {
    "scenario": {"ram", "caps", "timeout", "on", "because", "as", "tier", "faulty", "smp", "boot",
                 "memory", "parallel", "recorder"},
    "doc": set(),
    "config": {"file"},
    "host": {"name", "profile"},
    "machine": {"rtc", "screen", "terminal"},
    "module": {"name", "file", "folder", "program", "on"},
    "absent": {"name", "on"},
    "accept": {"on"},
    "expect": {"count", "any", "on"},
    "forbid": {"on"},
    "input": {"on"},
    "exit": {"value", "on"},
    "script": {"file", "on"},
}
ROOT = "init"
BOOTS = ("kernel", "bios", "uefi", "usb")
CPUS = ("1", "2", "4", "8")
NESTING_MAX = 64
# Programs whose configs name children, and what they may ask for themselves.
LAUNCH = "launch"  # of any config: a child that may be started (lib/launcher)
NESTED = {ROOT: {"Timer"}, "monitor": {"Timer"}}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
# "drivers.config" is drivers/linux.xml, "drivers_screen.config" drivers/linux_screen.xml.
DRIVERS = re.compile(r"drivers((?:_\w+)?)\.config")
SCREEN = re.compile(r"[1-9]\d{2,4}x[1-9]\d{2,4}")


class Pattern:
    """A regular expression over log lines, and where it stands."""

    def __init__(self, element):
        self.file, self.line = element.file, element.line
        # A line break, with the indentation of the next line, is one space.
        self.text = re.sub(r"\s*\n\s*", " ", element.text.strip())
        if not self.text:
            raise element.error(f"<{element.tag}> is empty; give a regular expression")
        try:
            self.regex = re.compile(self.text)
        except re.error as error:
            raise element.error(f"not a regular expression: {error}") from error
        self.count = element.integer("count", 1)
        self.any = element.get("any") == "yes"
        if self.count < 1:
            raise element.error('count="0": use <forbid> for what must not appear')

    def amounts(self, ram, caps):
        """What {ram} and {caps} in it stand for."""
        self.regex = re.compile(self.text.replace("{ram}", str(ram)).replace("{caps}", str(caps)))

    def where(self):
        """file:line, for messages."""
        return f"{self.file}:{self.line}"


class Module:
    """A boot module: a name, and the path or the content it comes from."""

    def __init__(self, name, path=None, content=None, built=False, line=1):
        self.name = name
        self.line = line  # where content that is text stands
        self.path = path
        self.content = content
        self.built = built


def archive(folder):
    """A tar archive of all that is in a folder; the same bytes wherever it is made."""
    def plain(info):
        info.uid = info.gid = info.mtime = 0
        info.uname = info.gname = ""
        info.mode = 0o755 if info.isdir() else 0o644
        return info

    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(os.listdir(folder)):
            tar.add(os.path.join(folder, name), name, filter=plain)
    return buffer.getvalue()


class Scenario:
    """The content of a scenario's file, checked; of one platform, if `on` tells which."""

    program = None  # core is the first one
    qemu = ()  # more options of QEMU's

    def __init__(self, tree, name, on=None):
        self.tree = tree
        self.name = name
        self.file = tree.scenario(name)
        root = xml.parse(self.file)
        if root.tag != "scenario":
            raise root.error(f"expected <scenario>, got <{root.tag}>")
        self._check(root)
        applies = [self._words(element, "on", on or " ".join(PLATFORMS), PLATFORMS)
                   for element in root.children]
        root.children = [element for element, platforms in zip(root.children, applies)
                         if on is None or on in platforms]
        self.root = root
        self.ram = root.get("ram")
        self.caps = root.get("caps")
        self.timeout = root.integer("timeout", 20)
        self.on = self._platforms(root)
        self.because = root.get("because")
        # Of pc: numbers of CPUs, ways to boot, and the machine's memory.
        self.smp = [int(word) for word in self._words(root, "smp", "1 4", CPUS)]
        self.boot = self._words(root, "boot", "kernel", BOOTS)
        self.memory = root.get("memory")
        self.parallel = root.get("parallel") == "yes"
        # Label of who must have begun before all others do.
        self.recorder = root.get("recorder")
        self.terminal = False
        self.screen = "1024x768"
        self.has_screen = False
        self._machine(root.one("machine"))
        self.users = self._words(root, "as", "root user", ("root", "user", "bare"))
        self.tier = self._words(root, "tier", "quick", ("quick", "full"))[0]
        doc = root.one("doc")
        # Wrong on purpose: its config need not parse, nor pass the checks.
        self.faulty = root.get("faulty") == "yes"
        self.doc = " ".join(doc.text.split()) if doc else ""
        self.hosts = [(host.need("name"), host.need("profile")) for host in root.all("host")]
        self.explicit = self._named(root, "module", "boot module")
        self._named(root, "host", "host component")
        self.absent = set(self._named(root, "absent", "absent module"))
        for name in sorted(self.absent & set(self.explicit)):
            raise self.explicit[name].error(f'boot module "{name}" is also <absent>; keep one')
        self.accepts = [Pattern(element) for element in root.all("accept")]
        # In the order in which they stand.
        self.expects = [Pattern(element) if element.tag == "expect"
                        else Acts(element, self._near) for element in root.children
                        if element.tag in ("expect", "input")]
        self.forbids = [Pattern(element) for element in root.all("forbid")]
        ends = root.one("exit")
        self.exit = int(ends.need("value")) if ends else None
        self.config_path = None
        self.config = self._config()
        script = root.one("script")
        self.script = self._near(script) if script else None
        self._check_screen(root)
        self._amounts()

    def _amounts(self):
        """Patterns may name what the system has, with what has been injected."""
        for pattern in self.expects + self.forbids:
            if self.ram and self.caps and pattern.regex:
                pattern.amounts(bytes_of(self.ram), count_of(self.caps))

    def _check_screen(self, root):
        """An <input> needs a screen, which on Linux a host component has."""
        self.has_screen |= any(profile == "display" for _, profile in self.hosts)
        for element in root.all("input"):
            if self.script:
                raise element.error("a script drives this run; let it do this, too "
                                    "(scenario/script/desk.py)")
            if not self.has_screen:
                raise element.error('there is no screen; add <machine screen="1024x768"/>, and '
                                    'for Linux <host name="display" profile="display"/>')

    @property
    def acts(self):
        """Whether it has an <input>."""
        return any(item.regex is None for item in self.expects)

    @staticmethod
    def _named(root, tag, what):
        """Elements by name; two of the same name are an error."""
        found = {}
        for element in root.all(tag):
            name = element.need("name")
            if name in found:
                raise element.error(f'{what} "{name}" is there since line {found[name].line}; '
                                    "keep one")
            found[name] = element
        return found

    def _platforms(self, root):
        """Where it runs; a platform is left out for a reason."""
        found = self._words(root, "on", " ".join(PLATFORMS), PLATFORMS)
        missing = " ".join(set(PLATFORMS) - set(found))
        if missing and not root.get("because"):
            raise root.error(f'on="{root.get("on")}" leaves out {missing}; tell why: because="…"')
        return found

    def _check(self, root):
        for element in [root] + root.children:
            allowed = ATTRIBUTES.get(element.tag)
            if allowed is None:
                known = ", ".join(sorted(ATTRIBUTES))
                raise element.error(f"<{element.tag}> is unknown in a scenario"
                                    + (meant(element.tag, ATTRIBUTES) or f"; known: {known}"))
            if element.tag == "config" and element.get("file") is None:
                continue  # its schema knows
            for name in element.attributes:
                if name not in allowed:
                    known = ", ".join(sorted(allowed)) or "none"
                    raise element.error(f'{name}="…" is unknown in <{element.tag}>'
                                        + (meant(name, allowed) or f"; known: {known}"))

    def _machine(self, machine):
        """What the machine has: self.terminal, and options of QEMU's."""
        if machine is None:
            return
        self.terminal = machine.get("terminal") == "yes"
        self.qemu = []
        self.screen = machine.get("screen", self.screen)
        self.has_screen = machine.get("screen") is not None
        if not SCREEN.fullmatch(self.screen):
            raise machine.error(f'screen="{self.screen}": expected a mode like 1920x1080')
        time = machine.get("rtc")
        if time is not None:
            if not TIME.fullmatch(time):
                raise machine.error(f'rtc="{time}": expected a time like 2026-01-02T03:04:05')
            # it stands still while the machine does
            self.qemu += ["-rtc", f"base={time},clock=vm"]
        for child in machine.children:
            words = shlex.split(child.text)
            if child.tag not in ("device", "option") or child.attributes or not words:
                raise child.error(f"<{child.tag}> in <machine>: expected <device> or <option>, "
                                  "with QEMU's words")
            self.qemu += ["-device"] * (child.tag == "device") + words

    @staticmethod
    def _words(root, name, default, known):
        words = root.get(name, default).split()
        if not words or set(words) - set(known):
            raise root.error(f'{name}="{root.get(name)}": expected one or more of: '
                             + " ".join(known))
        return words

    def _near(self, element, attribute="file"):
        """Path of a file="…" attribute: beside the scenario, or from the top of a repository."""
        name = element.need(attribute)
        beside = os.path.join(os.path.dirname(self.file), name)
        path = beside if os.path.exists(beside) else self.tree.find(name)
        if path is None:
            raise element.error(f"{beside}: no such file; mend {attribute}=\"{name}\"")
        return path

    def _config(self):
        element = self.root.one("config")
        if element is None:
            if self.root.one("script"):
                return None
            raise self.root.error('no <config>; give init\'s config, inline or by file="…"')
        if element.get("file") is None:
            return element
        self.config_path = self._near(element)
        try:
            config = xml.parse(self.config_path)
        except UserError:
            if self.faulty:
                return None
            raise
        if config.tag != "config":
            raise config.error(f"expected <config>, got <{config.tag}>")
        return config

    def set_mode(self, mode):
        """Have its screen in this mode, like 1920x1080, whatever the file says."""
        if not SCREEN.fullmatch(mode):
            raise UserError(f"MODE={mode}: expected a mode like 1920x1080")
        if not self.has_screen:
            raise UserError(f"{self.file}: MODE={mode}: it has no screen")
        self.screen = mode

    @property
    def has_display(self):
        """Whether a program of the host's shows the screen on Linux."""
        return any(profile == "display" for _, profile in self.hosts)

    @property
    def size(self):
        """The screen's width and height."""
        width, height = self.screen.split("x")
        return int(width), int(height)

    @property
    def judged(self):
        """Whether a run can succeed or fail by itself."""
        return bool(self.expects or self.exit is not None or self.script)

    # -------------------------------------------------------------- more components

    def inject(self, start, services, ram, caps, host=None, first=False):
        """Have the first init start one more child, which nothing of the scenario notices.

        `start` is its <start> as text on one line, `services` what it uses of core beside what the
        config names; `ram` and `caps` are what it costs, on top of what init has, and `host` its
        profile on Linux; `first`: it is the first child. Lines of the config stay where they
        are. A scenario without a config cannot have one.
        """
        config = self.config
        if config is None:
            raise UserError("there is no config to add a component to", self.file)
        source = config.source
        if source.endswith("/>"):
            source = source[:-2] + "></" + config.tag + ">"
        provided = "".join(f'<service name="{name}"/>' for name in services
                           if not any(one.get("name") == name for provides in
                                      config.all("parent-provides")
                                      for one in provides.all("service")))
        source = self._more_services(source, provided)
        at = source.rindex("</")
        if first and "<start " in source:
            at = source.index("<start ")
        content = "\n" * (config.line - 1) + source[:at] + start + source[at:]
        self.config = xml.parse_bytes(content.encode(), config.file)
        self.config_path = None
        if self.ram:
            self.ram = str(bytes_of(self.ram) + bytes_of(ram))
        if self.caps:
            self.caps = str(count_of(self.caps) + caps)
        if self.memory:
            self.memory = str(bytes_of(self.memory) + bytes_of(ram))
        self._amounts()
        if host:
            name = xml.parse_bytes(start.encode(), "injected").need("name")
            self.hosts.append((name, host))

    def _more_services(self, source, provided):
        """The config's text with more services in <parent-provides>, which is made if need be."""
        listed = self.config.one("parent-provides")
        if listed is None:
            children = self.config.children
            at = len(self.config.text_before(children[0])) if children else source.rindex("</")
            return source[:at] + f"<parent-provides>{provided}</parent-provides>" + source[at:]
        begin = len(self.config.text_before(listed))
        end = begin + len(listed.source)
        if listed.source.endswith("/>"):
            return source[:end - 2] + f">{provided}</parent-provides>" + source[end:]
        at = source.rindex("</", begin, end)
        return source[:at] + provided + source[at:]

    # -------------------------------------------------------------- boot modules

    def modules(self, on, problems=None):
        """All boot modules by name, as derived from the config.

        A module that is missing is an error; with a list in `problems` the UserError is added
        there instead.
        """
        self.problems = problems
        found = {}
        for name in (ROOT, f"platform-{on}"):
            self._add(found, name, self.root, on)
        for name, element in self.explicit.items():
            self._add(found, name, element, on)
        if self.config is not None:
            self._walk(found, self.config, on, 0)
        return {name: module for name, module in found.items() if module}

    def _walk(self, found, config, on, depth):
        if depth > NESTING_MAX:
            raise config.error(f"inits nested deeper than {NESTING_MAX}")
        for start in config.all("start") + config.all(LAUNCH):
            binary = next(iter(start.all("binary")), None)
            name = (binary or start).get("name")
            if not name and self.problems is not None:
                continue  # a check tells that in its own words
            name = (binary or start).need("name")
            self._add(found, name, binary or start, on)
            content, by_name = (next(iter(start.all(tag)), None) for tag in ("config",
                                                                              "configfile"))
            if by_name is not None:
                module = self._add(found, by_name.need("name"), by_name, on)
                content = self.content_of(module) if module else None
            if content is not None and (name in NESTED or content.all(LAUNCH)):
                self._walk(found, content, on, depth + 1)

    def content_of(self, module):
        """The root element of a module that holds a config; None where it is broken on purpose."""
        try:
            if isinstance(module.content, bytes):
                return xml.parse_bytes(module.content, module.path)
            if module.content is not None:
                content = "\n" * (module.line - 1) + module.content
                return xml.parse_bytes(content.encode(), module.path)
            return xml.parse(module.path)
        except UserError:
            if self.faulty:
                return None
            raise

    def _add(self, found, name, element, on):
        """Resolve a module by name; None where it is absent on purpose."""
        if name in self.absent:
            return None
        if name not in found:
            try:
                found[name] = self._resolve(name, element, on)
            except UserError as error:
                if self.problems is None:
                    raise
                self.problems.append(error)
                found[name] = None
        return found[name]

    def _resolve(self, name, element, on):
        explicit = self.explicit.get(name)
        if explicit is not None:
            if explicit.get("file"):
                return Module(name, self._near(explicit))
            if explicit.get("folder"):
                return Module(name, explicit.file, archive(self._near(explicit, "folder")))
            if explicit.get("program"):
                return self._program(name, explicit.get("program"), explicit, on)
            if explicit.text.strip() or explicit.children:
                return self._inline(name, explicit)
        drivers = DRIVERS.fullmatch(name)
        if drivers:
            path = self.tree.find(f"scenario/drivers/{on}{drivers[1]}.xml")
            if path:
                return Module(name, path)
        path = self.tree.program(name, on) or self.tree.find(f"scenario/{name}")
        if path is None:
            raise element.error(
                f'boot module "{name}" is missing: no component builds {self.tree.build}/bin/{name}'
                f' and there is no scenario/{name}; add one of them, a <module name="{name}">, or'
                f' <absent name="{name}"/> to {self.file}')
        return Module(name, path, built=path in self.tree.programs)

    def _program(self, name, program, element, on):
        path = self.tree.program(program, on)
        if path is None:
            raise element.error(f'program="{program}": no component builds '
                                f"{self.tree.build}/bin/{program}")
        return Module(name, path, built=True)

    @staticmethod
    def _inline(name, element):
        """XML content is kept as it stands, with its line numbers; text is taken literally."""
        if len(element.children) > 1:
            raise element.error("an inline module holds one element, or text")
        if element.children:
            return Module(name, element.file, element.children[0].padded())
        return Module(name, element.file, element.text, line=element.line)

    def first(self, on):
        """Path of the program that is started first: core."""
        path = self.tree.program("core", on)
        if path is None:
            raise UserError(f"nothing builds core for {on}; is core/{on}/ there?")
        return path

    def targets(self, on, kernel="debug"):
        """Programs that must be built before this can run."""
        paths = {module.path for module in self.modules(on).values() if module.built}
        paths.add(self.first(on))
        if on == "pc":
            paths.add(self.tree.kernel(kernel))
        elif self.has_display:
            paths.add(self.tree.tool("display"))
        return sorted(paths)
