# SPDX-License-Identifier: BSD-2-Clause
# Reads its config.
LIBS := config xml
