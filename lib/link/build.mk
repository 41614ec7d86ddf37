# SPDX-License-Identifier: BSD-2-Clause
# Sessions that come back need nothing but base.
LIBS :=
