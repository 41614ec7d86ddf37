# SPDX-License-Identifier: BSD-2-Clause
# Libraries that hostile is linked with.
LIBS := config xml
