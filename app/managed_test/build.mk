# SPDX-License-Identifier: BSD-2-Clause
# Libraries that managed_test is linked with.
LIBS := leak_test managed
