# SPDX-License-Identifier: BSD-2-Clause
# Keeps alarms in the order of their deadlines.
LIBS := timeout config xml
# On Linux it waits with time-outs, and reads the host's clock.
HOST_PROFILE := clock
