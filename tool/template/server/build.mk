# SPDX-License-Identifier: BSD-2-Clause
# Libraries that @name@ is linked with.
LIBS := xml
