# SPDX-License-Identifier: BSD-2-Clause
# Libraries that managed is linked with.
LIBS := config managed policy xml
