/* SPDX-License-Identifier: BSD-2-Clause */
/* What the generated dispatch of exclusive system calls rests on. */

#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <kernel.h>

enum { SYSCALL_CAPABILITIES_MAX = 3 };

/* How to do one system call. Its capability arguments come first. */
struct syscall {
	enum os_err (*run)(struct thread *self, struct object **objects, struct results *out);
	uint8_t number;
	uint8_t count; /* of capabilities */
	struct syscall_capability {
		uint8_t kind;   /* NONE: any */
		uint8_t rights; /* all are needed */
	} capabilities[SYSCALL_CAPABILITIES_MAX];
};

/** Do the call for the current thread, exclusively, and let the best thread run afterwards. */
void syscall_enter(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f,
                   const struct syscall *call);

/** Give the current thread's PD a capability to a new object; there is a free slot for it. */
enum os_err object_publish(struct thread *self, struct object *object,
                           struct results *out) MUST_CHECK;

#endif
