# SPDX-License-Identifier: BSD-2-Clause
# A component's config is XML.
LIBS := xml
