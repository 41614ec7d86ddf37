# SPDX-License-Identifier: BSD-2-Clause
# @name@ needs no libraries; name them here, as in: LIBS := xml policy
LIBS :=
