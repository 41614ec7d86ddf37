# SPDX-License-Identifier: BSD-2-Clause
# Input sessions, either side of them, and the events that pass.
LIBS :=
