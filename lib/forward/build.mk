# SPDX-License-Identifier: BSD-2-Clause
# Stands between the two sides of sessions, of any interface.
LIBS :=
