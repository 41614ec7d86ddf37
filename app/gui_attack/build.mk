# SPDX-License-Identifier: BSD-2-Clause
# The worst of Gui clients.
LIBS := config input xml
