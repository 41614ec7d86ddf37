# SPDX-License-Identifier: BSD-2-Clause
# Whether it may set the clock stands in its config.
LIBS := config xml
