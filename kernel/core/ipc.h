/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of IPC, faults and the scheduler share with each other, and with nobody else. */

#ifndef KERNEL_IPC_H
#define KERNEL_IPC_H

#define OS_KERNEL_NUMBERS_ONLY
#include <abi/kernel_calls.h>
#include <kernel.h>

/* ------------------------------------------------------------------ header words */

static inline uint32_t header_length(uint64_t header)
{
	return header >> 16 & 0xffff;
}

static inline uint32_t header_caps(uint64_t header)
{
	return header >> 32 & 0xff;
}

static inline uint32_t header_moves(uint64_t header)
{
	return header >> 40 & 0xff;
}

/* In order, and without capabilities: one comparison for length, capabilities and what is 0. */
static inline bool header_plain(uint64_t header)
{
	return (uint32_t)(header >> 16) <= OS_MSG_PAYLOAD_MAX;
}

static inline bool header_valid(uint64_t header)
{
	return header_length(header) <= OS_MSG_PAYLOAD_MAX &&
	       header_caps(header) <= OS_MSG_CAPS_MAX;
}

/* ------------------------------------------------------------------ sched.c */

/* Who has to act before `thread`, which is in a call, goes on; NULL: nobody in particular. */
struct thread *thread_awaits(const struct thread *thread);
/* Somebody who waits for `thread` has come, gone, or changed: tell it, and whom it waits for. */
void sched_lend(struct thread *thread);
/* `client` waits from now on: who works for it, if on the same CPU, uses the rest of its slice. */
void sched_lend_slice(struct thread *client);

/* ------------------------------------------------------------------ ipc.c */

/* OS_KERNEL_SLOTS_LOW, or 0. */
static inline uint64_t slots_low(const struct pd *pd)
{
	return unlikely(pd->slots_free < OS_KERNEL_SLOTS_SPARE) ? OS_KERNEL_SLOTS_LOW : 0;
}

/* Have `client` call through `gate`, whose endpoint is busy. */
void call_queue(struct thread *client, struct gate *gate, uint64_t header);
/* `server`, which is not in any queue, takes the call of `client`, which is not either. */
void call_take(struct thread *server, struct thread *client, const struct gate *gate,
               const struct endpoint *endpoint, uint64_t header);
/* In either section: hand the call to `server`, which waits on this CPU, and run it in place of
 * `client`. The payload, too, is the caller's business. */
void call_switch(struct cpu *cpu, struct thread *client, struct thread *server,
                 const struct gate *gate, uint64_t header);
/* Exclusive: hand the call to the receiver, which waits. Its capabilities have been passed on. */
void call_hand_over(struct thread *client, struct gate *gate, uint64_t header);
/* CONFLICT: `client` would wait for itself; LIMIT: too long a chain. */
/* The thread waits for the answer of a raw endpoint. */
bool call_is_raw(const struct thread *thread);
enum os_err call_check(const struct thread *client, const struct endpoint *endpoint) MUST_CHECK;
/* May this local section queue a caller there? */
bool call_queues_here(const struct cpu *cpu, const struct thread *client,
                      const struct endpoint *endpoint);
/* A call that fails consumes the capabilities marked so all the same. */
void caps_consume(struct thread *from, uint64_t header);
/* Take the thread out of the call or the endpoint that it waits for. */
void ipc_unwait(struct thread *thread);
/* The thread ends: its callers learn GONE; a batch at a time, true: done. */
bool ipc_fini(struct thread *thread) MUST_CHECK;

/* ------------------------------------------------------------------ signal.c */

/* Submit where there is an endpoint: who receives it is to run; NULL: nobody waits. */
struct thread *context_give(struct context *context, uint64_t count);
/* `server` takes what waits first at `endpoint`. */
void signal_take(struct thread *server, struct endpoint *endpoint);

/* ------------------------------------------------------------------ block.c */

/* The thread, which owns the mutex, ends. */
void mutex_abandon(struct mutex *mutex);
/* Take the thread out of the queue of what it waits for. */
void block_unwait(struct thread *thread);

/* ------------------------------------------------------------------ fault.c */

/* Payload of the message to the pager. */
void fault_payload(const struct thread *thread, struct os_msg *to);
/* The answer, of `length` bytes in `from`, which lets the thread go on. */
void fault_answer(struct thread *thread, const struct os_msg *from, uint32_t length);
/* Does an answer of `length` bytes leave the registers as they are? */
static inline bool fault_answer_plain(uint32_t length)
{
	return length != sizeof(struct os_kernel_registers);
}
void registers_get(const struct thread *thread, struct os_kernel_registers *registers);
/* False: not for user land; nothing has changed. */
bool registers_set(struct thread *thread, const struct os_kernel_registers *registers) MUST_CHECK;

#endif
