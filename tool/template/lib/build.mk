# SPDX-License-Identifier: BSD-2-Clause
# Libraries that @name@ needs; who links it gets them, too.
LIBS :=
