/* SPDX-License-Identifier: BSD-2-Clause */
/* Every answer of the kernel is noted, so that the suite knows which errors it has not seen. */

#ifndef KERNEL_TEST_OBSERVE_H
#define KERNEL_TEST_OBSERVE_H

#include <abi/kernel_calls.h>

/** Notes the answer of a system call, and passes it on. */
enum os_err observe(uint32_t number, enum os_err err);

/* What is measured must be the stubs alone. */
#ifndef OBSERVE_NOTHING
#define os_kernel_call(...)       observe(OS_SYS_CALL, os_kernel_call(__VA_ARGS__))
#define os_kernel_reply_wait(...) observe(OS_SYS_REPLY_WAIT, os_kernel_reply_wait(__VA_ARGS__))
#define os_kernel_reply_save(...) observe(OS_SYS_REPLY_SAVE, os_kernel_reply_save(__VA_ARGS__))
#define os_kernel_reply(...)      observe(OS_SYS_REPLY, os_kernel_reply(__VA_ARGS__))
#define os_kernel_signal(...)     observe(OS_SYS_SIGNAL, os_kernel_signal(__VA_ARGS__))
#define os_kernel_block(...)      observe(OS_SYS_BLOCK, os_kernel_block(__VA_ARGS__))
#define os_kernel_unblock(...)    observe(OS_SYS_UNBLOCK, os_kernel_unblock(__VA_ARGS__))
#define os_kernel_yield(...)      observe(OS_SYS_YIELD, os_kernel_yield(__VA_ARGS__))
#define os_kernel_semaphore_down(...) \
	observe(OS_SYS_SEMAPHORE_DOWN, os_kernel_semaphore_down(__VA_ARGS__))
#define os_kernel_semaphore_up(...) \
	observe(OS_SYS_SEMAPHORE_UP, os_kernel_semaphore_up(__VA_ARGS__))
#define os_kernel_mutex_lock(...) observe(OS_SYS_MUTEX_LOCK, os_kernel_mutex_lock(__VA_ARGS__))
#define os_kernel_mutex_unlock(...) \
	observe(OS_SYS_MUTEX_UNLOCK, os_kernel_mutex_unlock(__VA_ARGS__))
#define os_kernel_interrupt_acknowledge(...) \
	observe(OS_SYS_INTERRUPT_ACKNOWLEDGE, os_kernel_interrupt_acknowledge(__VA_ARGS__))
#define os_kernel_cap_drop(...)    observe(OS_SYS_CAP_DROP, os_kernel_cap_drop(__VA_ARGS__))
#define os_kernel_cap_dup(...)     observe(OS_SYS_CAP_DUP, os_kernel_cap_dup(__VA_ARGS__))
#define os_kernel_cap_badge(...)   observe(OS_SYS_CAP_BADGE, os_kernel_cap_badge(__VA_ARGS__))
#define os_kernel_memory_give(...) observe(OS_SYS_MEMORY_GIVE, os_kernel_memory_give(__VA_ARGS__))
#define os_kernel_memory_take(...) observe(OS_SYS_MEMORY_TAKE, os_kernel_memory_take(__VA_ARGS__))
#define os_kernel_map(...)         observe(OS_SYS_MAP, os_kernel_map(__VA_ARGS__))
#define os_kernel_unmap(...)       observe(OS_SYS_UNMAP, os_kernel_unmap(__VA_ARGS__))
#define os_kernel_pd_create(...)   observe(OS_SYS_PD_CREATE, os_kernel_pd_create(__VA_ARGS__))
#define os_kernel_pd_give(...)     observe(OS_SYS_PD_GIVE, os_kernel_pd_give(__VA_ARGS__))
#define os_kernel_pd_limit(...)    observe(OS_SYS_PD_LIMIT, os_kernel_pd_limit(__VA_ARGS__))
#define os_kernel_pd_state(...)    observe(OS_SYS_PD_STATE, os_kernel_pd_state(__VA_ARGS__))
#define os_kernel_pd_ports(...)    observe(OS_SYS_PD_PORTS, os_kernel_pd_ports(__VA_ARGS__))
#define os_kernel_pd_syscalls(...) observe(OS_SYS_PD_SYSCALLS, os_kernel_pd_syscalls(__VA_ARGS__))
#define os_kernel_cap_grant(...)   observe(OS_SYS_CAP_GRANT, os_kernel_cap_grant(__VA_ARGS__))
#define os_kernel_cap_lookup(...)  observe(OS_SYS_CAP_LOOKUP, os_kernel_cap_lookup(__VA_ARGS__))
#define os_kernel_cap_remove(...)  observe(OS_SYS_CAP_REMOVE, os_kernel_cap_remove(__VA_ARGS__))
#define os_kernel_endpoint_create(...) \
	observe(OS_SYS_ENDPOINT_CREATE, os_kernel_endpoint_create(__VA_ARGS__))
#define os_kernel_gate_create(...) observe(OS_SYS_GATE_CREATE, os_kernel_gate_create(__VA_ARGS__))
#define os_kernel_signal_create(...) \
	observe(OS_SYS_SIGNAL_CREATE, os_kernel_signal_create(__VA_ARGS__))
#define os_kernel_semaphore_create(...) \
	observe(OS_SYS_SEMAPHORE_CREATE, os_kernel_semaphore_create(__VA_ARGS__))
#define os_kernel_mutex_create(...) \
	observe(OS_SYS_MUTEX_CREATE, os_kernel_mutex_create(__VA_ARGS__))
#define os_kernel_interrupt_create(...) \
	observe(OS_SYS_INTERRUPT_CREATE, os_kernel_interrupt_create(__VA_ARGS__))
#define os_kernel_destroy(...) observe(OS_SYS_DESTROY, os_kernel_destroy(__VA_ARGS__))
#define os_kernel_thread_create(...) \
	observe(OS_SYS_THREAD_CREATE, os_kernel_thread_create(__VA_ARGS__))
#define os_kernel_thread_setup(...) \
	observe(OS_SYS_THREAD_SETUP, os_kernel_thread_setup(__VA_ARGS__))
#define os_kernel_thread_start(...) \
	observe(OS_SYS_THREAD_START, os_kernel_thread_start(__VA_ARGS__))
#define os_kernel_thread_pause(...) \
	observe(OS_SYS_THREAD_PAUSE, os_kernel_thread_pause(__VA_ARGS__))
#define os_kernel_thread_resume(...) \
	observe(OS_SYS_THREAD_RESUME, os_kernel_thread_resume(__VA_ARGS__))
#define os_kernel_thread_cancel(...) \
	observe(OS_SYS_THREAD_CANCEL, os_kernel_thread_cancel(__VA_ARGS__))
#define os_kernel_thread_step(...) observe(OS_SYS_THREAD_STEP, os_kernel_thread_step(__VA_ARGS__))
#define os_kernel_thread_registers(...) \
	observe(OS_SYS_THREAD_REGISTERS, os_kernel_thread_registers(__VA_ARGS__))
#define os_kernel_thread_time(...) observe(OS_SYS_THREAD_TIME, os_kernel_thread_time(__VA_ARGS__))
#define os_kernel_thread_resolve(...) \
	observe(OS_SYS_THREAD_RESOLVE, os_kernel_thread_resolve(__VA_ARGS__))
#define os_kernel_debug_write(...) observe(OS_SYS_DEBUG_WRITE, os_kernel_debug_write(__VA_ARGS__))
#define os_kernel_counter(...)     observe(OS_SYS_COUNTER, os_kernel_counter(__VA_ARGS__))
#define os_kernel_cpu_record(...)  observe(OS_SYS_CPU_RECORD, os_kernel_cpu_record(__VA_ARGS__))
#define os_kernel_debug_enter(...) observe(OS_SYS_DEBUG_ENTER, os_kernel_debug_enter(__VA_ARGS__))
#endif

#endif
