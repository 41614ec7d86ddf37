# SPDX-License-Identifier: BSD-2-Clause
# The client's side of a Terminal session, and bytes between two threads.
LIBS :=
