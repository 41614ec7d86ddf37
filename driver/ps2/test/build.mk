# SPDX-License-Identifier: BSD-2-Clause
# All but the ports themselves.
TEST_SRC := keyboard.c mouse.c controller.c
