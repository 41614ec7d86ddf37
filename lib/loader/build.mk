# SPDX-License-Identifier: BSD-2-Clause
# Runs subsystems by a Loader session.
