# SPDX-License-Identifier: BSD-2-Clause
# clipboard_test needs nothing but base.
LIBS :=
