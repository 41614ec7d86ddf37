# SPDX-License-Identifier: BSD-2-Clause
# Snapshots at intervals, in a window.
LIBS := config timeout trace widget xml
