# SPDX-License-Identifier: BSD-2-Clause
# Subsystems that a person starts and stops.
LIBS := label sandbox xml
