# SPDX-License-Identifier: BSD-2-Clause
# Libraries that fault_child is linked with.
LIBS := config xml
