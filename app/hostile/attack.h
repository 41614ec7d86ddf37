/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile: what its files share: attacks, verdicts, and the raw way to core. */

#ifndef HOSTILE_ATTACK_H
#define HOSTILE_ATTACK_H

#include <abi/linux.h>
#include <base/linux/syscall.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/string.h>

/* The platform table, as base has it. */
extern const struct os_platform *os_platform;

enum verdict {
	REFUSED,   /* with an error */
	HARMLESS,  /* let through, to no effect on anyone else */
	SUCCEEDED, /* a hole */
};

struct attack {
	const char *name;
	enum verdict (*run)(struct os_env *env);
};

/* Attacks that are made together; `run_all` in place of a list, where there are many alike. */
struct group {
	const char *name;
	const struct attack *attacks;
	size_t count;
	void (*run_all)(struct os_env *env);
};

extern const struct group system_group, futex_group, descriptor_group, memory_group, content_group,
        thread_group, fault_group, capability_group, channel_group, control_group, core_call_group,
        flood_group, lethal_group;

/* main.c: the line that a scenario judges. */
void verdict_log(struct os_env *env, const char *name, enum verdict verdict);

/* No interface, but known to an attacker: what %gs:0 points to (base/linux/image.h). */
struct own_thread {
	struct os_thread_block block;
	struct os_linux_utcb *utcb;
	uint32_t page; /* of the UTCB; this one is the next */
	uint32_t token;
	uint32_t fd;
	uint32_t first_channel; /* + 1 */
};

static inline struct own_thread *thread_self(void)
{
	struct own_thread *self;

	__asm__("mov %%gs:0, %0" : "=r"(self));
	return self;
}

static inline long core_call(uint32_t op, uint64_t a, uint64_t b)
{
	return syscall6(OS_LINUX_CALL_NR, op, thread_self()->page, (long)a, (long)b, 0, 0);
}

static inline enum verdict refused_if(bool condition)
{
	return condition ? REFUSED : SUCCEEDED;
}

static inline enum verdict harmless_if(bool condition)
{
	return condition ? HARMLESS : SUCCEEDED;
}

/* The info page, found the way the platform image does. */
static inline struct os_linux_info *info_page(void)
{
	struct own_thread *self = thread_self();

	return (struct os_linux_info *)(void *)((char *)self - (self->page + 1) * OS_PAGE_SIZE);
}

/* An mmap returned an address, not an error of Linux or an answer of core. */
static inline bool is_mapped(long result)
{
	return result >= 0x1000000;
}

/* xorshift64*, seeded by a constant: a failing run can be repeated. */
struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

static inline void random_fill(struct random *random, volatile void *out, size_t size)
{
	for (size_t i = 0; i < size; i++)
		((volatile uint8_t *)out)[i] = (uint8_t)(random_next(random) >> 32);
}

#endif
