# SPDX-License-Identifier: BSD-2-Clause
# Runs one child as init would, stands between it and others, and tells what passes.
LIBS := sandbox forward rpc_text config xml label
