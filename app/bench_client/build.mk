# SPDX-License-Identifier: BSD-2-Clause
# Libraries that bench_client is linked with.
LIBS := blit trace xml
