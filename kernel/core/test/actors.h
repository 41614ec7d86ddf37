/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads of several PDs on the mock machine, which make system calls in turn. */

#ifndef KERNEL_TEST_ACTORS_H
#define KERNEL_TEST_ACTORS_H

#include <ipc.h>
#include <switch.h>
#include <world.h>

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/** For cmocka: world_setup(), with root being worse than all others. */
int actors_setup(void **state);
/** A started thread of a PD of its own with 63 slots, or of `pd`; on CPU 0. */
struct thread *actor_new(uint32_t priority);
struct thread *actor_in(struct pd *pd, uint32_t priority);
/** Objects for `server`'s PD: in root's table, and in no other. */
struct endpoint *endpoint_for(const struct thread *server, uint32_t flags);
struct gate *gate_for(struct endpoint *endpoint, uint64_t badge);
struct context *context_for(struct endpoint *endpoint, uint64_t badge);
struct semaphore *semaphore_with(uint64_t count, uint32_t order);
struct mutex *mutex_with(uint32_t order);
/** Destroy it, as root. */
void destroy(void *object);
/** Move it to another CPU, as root. */
void move(struct thread *thread, uint32_t cpu);

/** A slot for the object (of any kind) in the thread's PD. */
uint64_t hold(const struct thread *thread, void *object, uint32_t rights);
uint64_t hold_thread(const struct thread *thread, struct thread *held);
uint64_t has(const struct thread *thread, void *object); /* its slot; 0: none */
uint32_t count_of(const struct thread *thread, uint64_t slot);

/** Have it be the current thread of its CPU, and that CPU be this one. It must be able to run. */
void run(struct thread *thread);
struct thread *current(void);
/** It makes a system call, once; the result, if it is not waiting now. */
enum os_err act(struct thread *thread, uint32_t number, const uint64_t arguments[6]);
#define ACT(thread, name, ...) act(thread, OS_SYS_##name, (const uint64_t[6]){ __VA_ARGS__ })
/** Calls by root for a thread. */
#define ROOT(name, thread, ...) root_act(OS_SYS_##name, thread, (const uint64_t[3]){ __VA_ARGS__ })
enum os_err root_act(uint32_t number, struct thread *thread, const uint64_t arguments[3]);

/** Header of a message of `length` bytes. */
#define PLAIN(op, length) os_kernel_header(op, length, 0, 0)
#define WAIT              0ul
/** Results of the last system call in the frame. */
#define RESULT(thread) ((enum os_err)(thread)->frame.rax)

#endif
