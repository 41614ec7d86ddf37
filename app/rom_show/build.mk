# SPDX-License-Identifier: BSD-2-Clause
# Which modules to show stands in its config.
LIBS := config xml
