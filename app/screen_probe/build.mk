# SPDX-License-Identifier: BSD-2-Clause
# Looks at pixels; draws none.
LIBS := blit config xml
