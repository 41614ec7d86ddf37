# SPDX-License-Identifier: BSD-2-Clause
# Snapshots at intervals; labels are its tree.
LIBS := config label timeout trace utf8 xml
