# SPDX-License-Identifier: BSD-2-Clause
# Reports are XML.
LIBS := xml
