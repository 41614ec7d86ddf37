# SPDX-License-Identifier: BSD-2-Clause
# Libraries that fuzz is linked with.
LIBS := config xml
