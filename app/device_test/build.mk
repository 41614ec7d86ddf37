# SPDX-License-Identifier: BSD-2-Clause
# Its config is XML.
LIBS := config xml
