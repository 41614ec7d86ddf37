# SPDX-License-Identifier: BSD-2-Clause
# Whether tests give back all that they take.
LIBS :=
