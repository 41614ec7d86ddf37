# SPDX-License-Identifier: BSD-2-Clause
# Arguments stand in the component's config.
LIBS := config xml
