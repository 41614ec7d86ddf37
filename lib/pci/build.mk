# SPDX-License-Identifier: BSD-2-Clause
# PCI devices for drivers.
LIBS :=
