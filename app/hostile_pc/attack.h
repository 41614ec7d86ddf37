/* SPDX-License-Identifier: BSD-2-Clause */
/* hostile_pc: what its files share: attacks, verdicts, and the raw way to the kernel and to core.
 */

#ifndef HOSTILE_PC_ATTACK_H
#define HOSTILE_PC_ATTACK_H

#include <abi/pc.h>
#include <osier/env.h>
#include <osier/memory.h>
#include <osier/string.h>

/* The platform table, as base has it. */
extern const struct os_platform *os_platform;

enum verdict {
	REFUSED,   /* with an error */
	HARMLESS,  /* let through, to no effect on anyone else */
	SUCCEEDED, /* a hole; also: what should have ended the component has not */
};

/* Returns, or ends the component with a crash report, or never ends. */
struct attack {
	const char *name;
	enum verdict (*run)(struct os_env *env);
};

/* An instruction that ends the component, at the start of a function of its own or in it. */
struct instruction {
	const char *name;
	void (*code)(void);
};

struct attacks {
	const struct attack *list;
	size_t count;
};

extern const struct attacks call_attacks, core_attacks, memory_attacks, thread_attacks,
        flood_attacks;
extern const struct instruction instructions[]; /* the last one has no name */

/* main.c: one line of several that an attack logs. */
void verdict_log(struct os_env *env, const char *name, enum verdict verdict);

static inline enum verdict refused_if(bool condition)
{
	return condition ? REFUSED : SUCCEEDED;
}

static inline enum verdict harmless_if(bool condition)
{
	return condition ? HARMLESS : SUCCEEDED;
}

/* ------------------------------------------------------------------ x86_64/ */

/* Registers of a system call: rdi, rsi, rdx, r10, r8, r9. */
struct arguments {
	uint64_t a, b, c, d, e, f;
};

/* A system call, whatever its number; the error. */
uint64_t kernel_call(uint64_t number, struct arguments args);
/* The same with bits of RFLAGS set: those that were set behind it. `answer`: its first result. */
uint64_t kernel_call_with_flags(uint64_t number, struct arguments args, uint64_t flags,
                                uint64_t *error, uint64_t *answer);
/* yield() with a stack pointer that is none; the error. */
uint64_t yield_with_stack(uint64_t sp);
/* Go on by RET to `ip`, or with `sp` as stack pointer push something. */
void go_to(uint64_t ip);
void push_at(uint64_t sp);
/* Set both bases, call the kernel and compute a while; were they kept? Then all is as it was. */
bool bases_kept(uint64_t base, uint32_t calls);
/* Set GS base and leave it so. */
void gs_base_set(uint64_t base);
/* The thread block, at GS:0. */
struct os_thread_block *thread_self(void);
/* Fill all vector registers and the FPU with `pattern`; `calls` yields on, are they as they were?
 */
bool vectors_kept(uint64_t pattern, uint32_t calls);
/* Clear all vector registers, and yield: does anything show in them, ever? */
bool vectors_clean(uint32_t calls);

/* ------------------------------------------------------------------ core */

/* Ask core, with `size` bytes of payload: its answer's op, or the kernel's error. */
enum os_err core_ask(uint64_t op, const void *payload, size_t size);

/* ------------------------------------------------------------------ random numbers */

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

/* Small numbers, edges of address spaces, and anything. */
static inline uint64_t random_argument(struct random *random)
{
	static const uint64_t edges[] = { 0,
		                          1,
		                          4096,
		                          OS_KERNEL_USER_END - 4096,
		                          OS_KERNEL_USER_END,
		                          0x800000000000,
		                          0xffff800000000000,
		                          0xffffffff80100000,
		                          UINT64_MAX };
	const uint64_t value = random_next(random);

	switch (value >> 62) {
	case 0:
		return value % 64;
	case 1:
		return edges[value % OS_ARRAY_SIZE(edges)];
	case 2:
		return value & 0xffffffff & -4096ul;
	default:
		return value;
	}
}

#endif
