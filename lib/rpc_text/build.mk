# SPDX-License-Identifier: BSD-2-Clause
# Messages of any interface as text, by the tables that rpcgen writes.
LIBS :=
