# SPDX-License-Identifier: BSD-2-Clause
# Its parts take turns; the keeper is a parent.
LIBS := sandbox config xml label
