# SPDX-License-Identifier: BSD-2-Clause
# Keeps alarms in the order of their deadlines.
LIBS := timeout config xml
