# SPDX-License-Identifier: BSD-2-Clause
# Managed dataspaces need nothing but base.
LIBS :=
