# SPDX-License-Identifier: BSD-2-Clause
# Devices by a Platform session.
LIBS := pci
