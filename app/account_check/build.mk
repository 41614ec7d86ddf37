# SPDX-License-Identifier: BSD-2-Clause
# Snapshots, account by account.
LIBS := config trace xml
