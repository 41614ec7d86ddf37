/* SPDX-License-Identifier: BSD-2-Clause */
/* Core's Linux side: what its files offer to each other. */

#ifndef CORE_LINUX_LINUX_H
#define CORE_LINUX_LINUX_H

#include "../src/core.h"
#include "filter.h"
#include <base/linux/syscall.h>
#include <osier/format.h>

/* include/uapi/linux/seccomp.h */
struct seccomp_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

struct seccomp_notif {
	uint64_t id;
	uint32_t pid, flags;
	struct seccomp_data data;
};

struct host_component {
	const char *name; /* of the PD: the last element of its label */
	enum host_profile profile;
	struct os_list_node node;
};

struct options {
	const char *config;
	uint64_t ram, caps;
	const char *halt;   /* label of a PD that waits for a debugger; NULL: none */
	bool no_namespaces; /* as on a host that forbids them */
	struct os_list hosts;
	bool terminal; /* one of them has the profile HOST_TERMINAL */
	struct display {
		uint64_t socket, memory;
	} display; /* descriptors for HOST_DISPLAY; 0: none */
	struct module *platform_image;
};
extern struct options options;

/* main.c */
extern struct fd terminal_fd; /* core's standard input, for a host component; may be none */
/* What the profile HOST_DISPLAY gets; may be none. */
extern struct fd display_socket, display_memory;
void loop_add(struct fd fd, void *cookie);
void loop_forget(void *cookie);
OS_NORETURN void core_exit(int value);

/* memory.c */
extern struct os_alloc core_heap;
enum os_err memory_create(const char *name, uint64_t size,
                          struct platform_memory *out) OS_MUST_CHECK;
struct fd memory_read_only(struct platform_memory *memory);
/* Other memory with the same content. */
enum os_err memory_copy(const struct platform_memory *memory, uint64_t size,
                        struct platform_memory *out) OS_MUST_CHECK;

/* spawn.c */
enum os_err spawn(struct pd *pd, struct entrypoint *main_ep) OS_MUST_CHECK;
void spawn_init(void);
void process_kill(struct pd *pd);
void process_wait(int pid); /* until it, or the traced thread, has ended */
bool process_gone(struct pd *pd);
uint32_t process_threads(struct pd *pd); /* that Linux has of it */

/* control.c: the control area. */
enum os_err control_page_alloc(struct pd *pd, uint32_t count, uint32_t *page) OS_MUST_CHECK;
struct os_linux_info *control_info(struct pd *pd);
struct os_linux_utcb *thread_utcb(struct thread *thread);
struct os_linux_record *server_record(struct channel *channel);
struct os_linux_record *client_record(struct channel *channel);
enum os_err record_page(struct pd *pd, uint16_t *pages, uint32_t index) OS_MUST_CHECK;
struct thread *thread_by_page(struct pd *pd, uint32_t page);
struct thread *thread_by_tid(struct pd *pd, int tid);
uint32_t ep_key_next(void);

/* The number of the thread's own descriptor OS_LINUX_FD_MAP or OS_LINUX_FD_FIX in its PD. */
static inline int thread_fd(const struct thread *thread, int kind)
{
	return kind + OS_LINUX_FD_KINDS * (int)thread->platform.index;
}

/* notify.c: one notification of a PD. */
enum { NO_ANSWER = INT32_MIN }; /* given already, or serving it has ended the caller */
void notify(struct pd *pd);
int notify_caller(void); /* the tid of who waits for the answer to what is being served, or 0 */
bool notify_add_fd(struct pd *pd, uint64_t id, struct fd fd, int at);
void notify_answer(struct pd *pd, uint64_t id, int64_t value);
void notify_continue(struct pd *pd, uint64_t id);

/* mapping.c */
void map_request(struct thread *thread, const struct seccomp_notif *n);
void unmap_request(struct pd *pd, const struct seccomp_notif *n);
int64_t fault_request(struct thread *thread, const struct seccomp_notif *n);
enum os_err map_offer(struct thread *thread, uint64_t id, struct dataspace *ds,
                      bool writeable) OS_MUST_CHECK;

/* channel.c */
enum os_err channel_open(struct thread *thread, struct object *target, uint32_t client_index,
                         struct channel **out) OS_MUST_CHECK;
struct channel *channel_served(struct pd *pd, uint32_t index);
struct channel *channel_to(struct thread *thread, struct entrypoint *ep);
void channel_client_gone(struct channel *channel);
void channel_take_signals(struct channel *channel, uint32_t only);
void channel_server_gone(struct channel *channel);
void channel_release(struct channel *channel);
enum os_err caps_transfer(struct channel *channel, bool to_server, struct pd *from,
                          uint32_t sequence, const struct os_msg *msg) OS_MUST_CHECK;
void doorbell_ring(struct entrypoint *ep, uint32_t index);

/* execution.c */
/* A thread meets an exception: parked for an answer, or the end of its PD. */
void exception_request(struct thread *thread, const struct seccomp_notif *n);
/* Of a thread in a handler of the platform image: those that it returns to. EMPTY: not known. */
enum os_err frame_registers(struct thread *thread, struct os_registers *out) OS_MUST_CHECK;
enum os_err frame_registers_set(struct thread *thread,
                                const struct os_registers *registers) OS_MUST_CHECK;
bool frame_in_use(struct thread *thread, uint64_t sp);

/* tracer.c: threads that ptrace holds. */
enum os_err tracer_stop(struct thread *thread) OS_MUST_CHECK;
void tracer_go(struct thread *thread);
enum os_err tracer_registers(struct thread *thread, struct os_registers *out) OS_MUST_CHECK;
enum os_err tracer_registers_set(struct thread *thread,
                                 const struct os_registers *registers) OS_MUST_CHECK;
/* Let go who has stopped only now. True: there is still somebody who has not. */
bool tracer_settle(void);
/* The thread is going. */
void tracer_forget(struct thread *thread);
/* The process has been killed: nothing of its traced threads is left. */
void tracer_reap(struct pd *pd);

#endif
