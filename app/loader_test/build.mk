# SPDX-License-Identifier: BSD-2-Clause
# Runs subsystems.
LIBS := config loader xml
