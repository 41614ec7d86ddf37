# SPDX-License-Identifier: BSD-2-Clause
# Config and policy tell the mode, timeouts give frames their rhythm.
LIBS := config policy timeout xml
