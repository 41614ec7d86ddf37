# SPDX-License-Identifier: BSD-2-Clause
# All of core/src but runtime.c, on a platform that world.c plays.
CORE_PURE := account.c boot.c call.c cpu.c dataspace.c ep.c execution.c explain.c fault.c \
	fault_page.c log.c log_history.c object.c parent.c pd.c region_map.c rm.c rom.c trace.c \
	trace_buffer.c trace_cpus.c trace_hold.c
$(BUILD)/host/obj/core/%.o: HOST_FLAGS += -Icore/test/mock
