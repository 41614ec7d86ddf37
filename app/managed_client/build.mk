# SPDX-License-Identifier: BSD-2-Clause
# Libraries that managed_client is linked with.
LIBS := config xml
