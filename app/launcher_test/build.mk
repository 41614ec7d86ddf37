# SPDX-License-Identifier: BSD-2-Clause
# Starts what its config lists.
LIBS := config label launcher sandbox xml
