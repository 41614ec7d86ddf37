# SPDX-License-Identifier: BSD-2-Clause
# Many timeouts on one session.
LIBS := timeout config xml
