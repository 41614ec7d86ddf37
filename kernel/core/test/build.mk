# SPDX-License-Identifier: BSD-2-Clause
# All of kernel/core but what records events per CPU, on the machine that mock/ plays.
TEST_SRC := $(filter-out debug.c,$(KERNEL_CORE))
