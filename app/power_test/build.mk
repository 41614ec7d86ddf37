# SPDX-License-Identifier: BSD-2-Clause
# Libraries that power_test is linked with.
LIBS := config xml
