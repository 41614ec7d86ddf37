# SPDX-License-Identifier: BSD-2-Clause
# Libraries that fault_server is linked with.
LIBS := config xml
