# SPDX-License-Identifier: BSD-2-Clause
# Any number of timeouts on one Timer session.
LIBS :=
