# SPDX-License-Identifier: BSD-2-Clause
"""Ports: Debian source packages, fetched by apt-get, checked against a recipe, and patched.

A recipe, port/NAME/recipe, has lines of words:

    package libstb                  the Debian source package
    version 0.0~git20220908-1       of it
    snapshot 20250101T000000Z       when snapshot.debian.org had it, should the mirror not any more
    file SHA256 NAME                what of the package is unpacked: tar archives, in this order
"""

import contextlib
import fcntl
import glob
import hashlib
import os
import re
import shutil
import subprocess
import tarfile

from house.error import UserError

WORDS = {"package": r"[a-z0-9][a-z0-9+.-]+", "version": r"[0-9A-Za-z.+:~-]+",
         "snapshot": r"\d{8}T\d{6}Z"}
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+~-]*\Z")
KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
MIRROR = "http://deb.debian.org/debian"
SNAPSHOT = "http://snapshot.debian.org/archive/debian"
SECONDS = 600  # for apt-get, on a slow line


class Recipe:
    """The content of port/NAME/recipe, checked."""

    def __init__(self, tree, name):
        self.name = name
        self.path = tree.find(f"port/{name}/recipe")
        if self.path is None:
            raise UserError(f"port/{name}/recipe: no such file")
        self.folder = os.path.dirname(self.path)
        self.words = {}
        self.files = []  # (SHA-256, name)
        with open(self.path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                self._read(line.split("#")[0].split(), number)
        for word in ("package", "version"):
            if word not in self.words:
                raise UserError(f'a line "{word} …" is missing', self.path)
        if not self.files:
            raise UserError('no line "file SHA256 NAME"; tool/port recipe PACKAGE prints them',
                            self.path)

    def _read(self, words, number):
        if not words:
            return
        if words[0] == "file" and len(words) == 3 and NAME.match(words[2]) and \
                re.fullmatch("[0-9a-f]{64}", words[1]):
            self.files.append((words[1], words[2]))
        elif len(words) == 2 and re.fullmatch(WORDS.get(words[0], "(?!)"), words[1]):
            self.words[words[0]] = words[1]
        else:
            raise UserError(f'expected "file SHA256 NAME", or one word behind one of '
                            f'{", ".join(WORDS)}; got "{" ".join(words)}"', self.path, number)

    def patches(self):
        """Paths of the patches, in order."""
        return sorted(glob.glob(f"{glob.escape(self.folder)}/patch/*.patch"))


def sha256_of(path):
    """Of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---------------------------------------------------------------- apt

def codename(path="/etc/os-release"):
    """That of this Debian; bookworm where it is something else."""
    with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
        match = re.search(r"^VERSION_CODENAME=\"?([a-z]+)", file.read(), re.MULTILINE)
        if match:
            return match[1]
    return "bookworm"


def mirrors(suite, folder="/etc/apt"):
    """(options, URI, suite) of the Debian archives that this machine is configured for."""
    found = []
    suites = (suite, f"{suite}-updates", f"{suite}-security")
    for path in sorted(glob.glob(f"{folder}/sources.list.d/*.sources")):
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            for stanza in re.split(r"\n\s*\n", file.read()):
                fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.+)$", stanza, re.MULTILINE))
                signed = fields.get("Signed-By", KEYS).strip()
                if fields.get("Enabled", "yes").strip() != "no" and signed.startswith("/") and \
                        "main" in fields.get("Components", "").split():
                    found += [(f"signed-by={signed}", uri, one)
                              for uri in fields.get("URIs", "").split()
                              for one in fields.get("Suites", "").split() if one in suites]
    for path in [f"{folder}/sources.list", *sorted(glob.glob(f"{folder}/sources.list.d/*.list"))]:
        with contextlib.suppress(OSError), open(path, encoding="utf-8") as file:
            for match in re.finditer(r"^deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s+(.*)$",
                                     file.read(), re.MULTILINE):
                if match[3] in suites and "main" in match[4].split():
                    found.append((match[1] or "", match[2], match[3]))
    return list(dict.fromkeys(found)) or [(f"signed-by={KEYS}", MIRROR, suite)]


class Apt:
    """apt-get with package lists of its own: needs no root, and changes nothing of the machine."""

    def __init__(self, folder, lines):
        self.folder = os.path.abspath(folder)
        for inner in ("lists/partial", "cache/archives/partial"):
            os.makedirs(f"{self.folder}/{inner}", exist_ok=True)
        with open(f"{self.folder}/sources.list", "w", encoding="utf-8") as file:
            file.writelines(f"deb-src [{options}] {uri} {suite} main\n"
                            for options, uri, suite in lines)

    def run(self, *words, cwd=None):
        """(whether it succeeded, what it said)."""
        options = {"Dir::Etc::SourceList": f"{self.folder}/sources.list",
                   "Dir::Etc::SourceParts": "/dev/null",
                   "Dir::State::Lists": f"{self.folder}/lists",
                   "Dir::Cache": f"{self.folder}/cache",
                   "APT::Sandbox::User": "root",
                   "APT::Get::List-Cleanup": "false",
                   "Acquire::Retries": "2", "Acquire::http::Timeout": "20"}
        command = ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]
        try:
            done = subprocess.run([*command, *words], cwd=cwd, stdin=subprocess.DEVNULL, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=SECONDS)
        except FileNotFoundError:
            return False, "there is no apt-get here"
        except subprocess.TimeoutExpired:
            return False, f"apt-get took more than {SECONDS} seconds"
        return done.returncode == 0, done.stdout

    def download(self, package, version, folder):
        """The files of a source package into a folder: (whether it worked, what was said)."""
        wanted = f"{package}={version}" if version else package
        said = ""
        for refresh in (False, True):
            if refresh:
                okay, said = self.run("update")
                if not okay:
                    return False, said
            okay, said = self.run("source", "--download-only", "--only-source", wanted,
                                  cwd=folder)
            if okay:
                return True, said
        return False, said


# ---------------------------------------------------------------- fetching

def _valid(recipe, folder):
    """Whether a folder has all files of the recipe, as they are to be."""
    return all(os.path.exists(f"{folder}/{name}") and sha256_of(f"{folder}/{name}") == digest
               for digest, name in recipe.files)


def _download(recipe, build, cache):
    """The files of the recipe into the cache, by the first archive that has them."""
    archives = [("archive", mirrors(codename()))]
    if "snapshot" in recipe.words:
        at = f"{SNAPSHOT}/{recipe.words['snapshot']}"
        archives.append(("snapshot", [(f"signed-by={KEYS} check-valid-until=no", at,
                                       "bookworm")]))
    complaints = []
    for kind, lines in archives:
        apt = Apt(f"{build}/port/apt-{kind}", lines)
        okay, said = apt.download(recipe.words["package"], recipe.words["version"], cache)
        if okay:
            return
        complaints += [line for line in said.splitlines() if line.startswith(("E:", "W:", "there"))]
    wanted = "".join(f"\n  {name}\n    SHA-256 {digest}" for digest, name in recipe.files)
    raise UserError("\n".join(complaints[-6:]) + f"\nport {recipe.name}: cannot fetch the Debian "
                    f"source package {recipe.words['package']} {recipe.words['version']}.\n"
                    "Without a network, copy these files from a machine that has one (there: "
                    f"make build/port/{recipe.name}/stamp)\ninto {cache}:{wanted}")


def _check(recipe, cache):
    for digest, name in recipe.files:
        path = f"{cache}/{name}"
        if not os.path.exists(path):
            raise UserError(f'the package has no file "{name}"; mend the recipe', recipe.path)
        found = sha256_of(path)
        if found != digest:
            os.rename(path, f"{path}.wrong")
            raise UserError(f"port {recipe.name}: {name} is not what the recipe names, and was "
                            f"renamed to {path}.wrong:\n  expected SHA-256 {digest}\n"
                            f"  found            {found}\nEither the file is damaged (try again), "
                            f"or somebody has changed it.", recipe.path)


def unpack(path, folder):
    """A tar archive's content, without the one folder that all of it is in. Nothing leaves."""
    os.makedirs(folder, exist_ok=True)
    try:
        with tarfile.open(path) as archive:
            members = []
            for member in archive.getmembers():
                _, _, inner = member.name.removeprefix("./").partition("/")
                parts = inner.split("/")
                if not inner or ".." in parts or not (member.isfile() or member.isdir()):
                    continue  # links are of no use here
                member.name = inner
                member.mode = 0o755 if member.isdir() else 0o644
                members.append(member)
            archive.extractall(folder, members)
    except (tarfile.TarError, OSError, EOFError) as error:
        raise UserError(f"{path}: cannot unpack it: {error}") from error


def _patch(recipe, folder):
    for patch in recipe.patches():
        try:
            with open(patch, "rb") as file:
                done = subprocess.run(["patch", "-p1", "--fuzz=0", "--no-backup-if-mismatch",
                                       "--batch", "-d", folder], stdin=file, check=False,
                                      text=True, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT)
        except FileNotFoundError as error:
            raise UserError("there is no program \"patch\" here; run: tool/setup build") from error
        if done.returncode:
            raise UserError(f"{patch}: does not apply:\n{done.stdout}")


def fetch(recipe, build):
    """What the recipe names into build/port/NAME/src, whole or not at all; then its stamp.

    Files that were fetched before, or were put into build/port/download by hand, are not fetched
    again; OSIER_PORTS names another folder for them, which `make clean` leaves alone.
    """
    cache = os.environ.get("OSIER_PORTS") or f"{build}/port/download"
    target = f"{build}/port/{recipe.name}"
    os.makedirs(target, exist_ok=True)
    os.makedirs(cache, exist_ok=True)
    with open(f"{cache}/.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _valid(recipe, cache):
            _download(recipe, build, cache)
            _check(recipe, cache)
    work = f"{target}/unpacked"
    shutil.rmtree(work, ignore_errors=True)
    for _, name in recipe.files:
        unpack(f"{cache}/{name}", work)
    _patch(recipe, work)
    shutil.rmtree(f"{target}/src", ignore_errors=True)
    os.rename(work, f"{target}/src")
    with open(f"{target}/stamp", "w", encoding="utf-8") as file:
        file.write("".join(f"{digest} {name}\n" for digest, name in recipe.files))


def propose(package, build):
    """The text of a recipe for the version of a source package that apt-get has."""
    folder = f"{build}/port/recipe-{package}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    apt = Apt(f"{build}/port/apt-archive", mirrors(codename()))
    okay, said = apt.download(package, None, folder)
    descriptions = glob.glob(f"{glob.escape(folder)}/*.dsc")
    if not okay or len(descriptions) != 1:
        raise UserError(f"{said}\ncannot fetch the Debian source package {package}")
    with open(descriptions[0], encoding="utf-8") as file:
        text = file.read()
    version = re.search(r"^Version: (\S+)$", text, re.MULTILINE)[1]
    source = re.search(r"^Source: (\S+)$", text, re.MULTILINE)[1]
    lines = [f"package {source}\n", f"version {version}\n"]
    for path in sorted(glob.glob(f"{glob.escape(folder)}/*.orig*.tar.*")):
        if not path.endswith(".asc"):
            lines.append(f"file {sha256_of(path)} {os.path.basename(path)}\n")
    shutil.rmtree(folder)
    return "".join(lines)
