# SPDX-License-Identifier: BSD-2-Clause
"""Errors that are a person's to mend: where, what, and what to do next."""

import difflib
import sys


class UserError(Exception):
    """A message for a person, with file and line where there are any."""

    def __init__(self, message, file=None, line=None):
        self.message, self.file, self.line = message, file, line
        where = "" if file is None else f"{file}: " if line is None else f"{file}:{line}: "
        super().__init__(where + message)


def meant(word, known):
    """A question that names what was meant, as far as one can tell, or nothing."""
    lower = {name.lower(): name for name in known}
    close = difflib.get_close_matches(word.lower(), sorted(lower), n=1, cutoff=0.6)
    return f'; did you mean "{lower[close[0]]}"?' if close else ""


def guarded(main):
    """Run main() and turn errors that are a person's to mend into one line and exit code 1."""
    try:
        sys.exit(main())
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
