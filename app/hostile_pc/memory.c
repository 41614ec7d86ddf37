/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that is not the own, or not for that: each ends the component with a report. */

#include "attack.h"

enum { PAGE = 4096 };

#define KERNEL_TEXT   0xffffffff80100000u
#define KERNEL_MEMORY 0xffff800000000000u
#define NOWHERE       0x8000000000000000u

/* ------------------------------------------------------------------ touches */

/* Each in a function whose name the report shows. */
#define READ(name, address)                                      \
	static enum verdict read_##name(struct os_env *env)      \
	{                                                        \
		(void)env;                                       \
		(void)*(volatile uint8_t *)(uintptr_t)(address); \
		return SUCCEEDED;                                \
	}
#define WRITE(name, address)                                      \
	static enum verdict write_##name(struct os_env *env)      \
	{                                                         \
		(void)env;                                        \
		*(volatile uint8_t *)(uintptr_t)(address) = 0xc3; \
		return SUCCEEDED;                                 \
	}

static volatile uint64_t zero; /* keeps the compiler from knowing the addresses */

READ(null, zero)
READ(kernel_text, zero + KERNEL_TEXT)
READ(kernel_memory, zero + KERNEL_MEMORY)
READ(nowhere, zero + NOWHERE)
READ(last_byte, zero - 1)
READ(end_of_user_land, zero + OS_KERNEL_USER_END)
WRITE(kernel_text, zero + KERNEL_TEXT)
WRITE(kernel_memory, zero + KERNEL_MEMORY)
WRITE(code, zero + (uint64_t)read_null)
WRITE(platform_image, (uint64_t)os_platform->call)

static enum verdict write_shared(struct os_env *env)
{
	/* the first bytes of the binary, which all components of that name share */
	extern const uint8_t ehdr __asm__("__ehdr_start") __attribute__((visibility("hidden")));

	(void)env;
	*(volatile uint8_t *)(zero + (uintptr_t)&ehdr) = 0;
	return SUCCEEDED;
}

/* ------------------------------------------------------------------ executing */

static enum verdict execute_data(struct os_env *env)
{
	static uint8_t code[16] = { 0xc3 };

	(void)env;
	((void (*)(void))(uintptr_t)(code + zero))();
	return SUCCEEDED;
}

static enum verdict execute_stack(struct os_env *env)
{
	volatile uint8_t code[16] = { 0xc3 };

	(void)env;
	((void (*)(void))(uintptr_t)(code + zero))();
	return SUCCEEDED;
}

/* A UTCB is data, too. */
static enum verdict execute_utcb(struct os_env *env)
{
	struct os_msg *msg = thread_self()->msg;

	(void)env;
	msg->payload[0] = 0xc3;
	((void (*)(void))(uintptr_t)msg->payload)();
	return SUCCEEDED;
}

static enum verdict execute_kernel(struct os_env *env)
{
	(void)env;
	go_to(KERNEL_TEXT);
	return SUCCEEDED;
}

static enum verdict execute_nowhere(struct os_env *env)
{
	(void)env;
	go_to(NOWHERE);
	return SUCCEEDED;
}

static enum verdict execute_end_of_user_land(struct os_env *env)
{
	(void)env;
	go_to(OS_KERNEL_USER_END - 1);
	return SUCCEEDED;
}

/* ------------------------------------------------------------------ stacks */

static enum verdict stack_nowhere(struct os_env *env)
{
	(void)env;
	push_at(NOWHERE);
	return SUCCEEDED;
}

static enum verdict stack_in_the_kernel(struct os_env *env)
{
	(void)env;
	push_at(KERNEL_TEXT);
	return SUCCEEDED;
}

static enum verdict stack_at_null(struct os_env *env)
{
	(void)env;
	push_at(0);
	return SUCCEEDED;
}

static uint64_t descend(uint64_t depth)
{
	volatile uint64_t space[64];

	space[0] = depth;
	return depth == UINT64_MAX ? 0 : descend(depth + 1) + space[0];
}

static enum verdict recursion(struct os_env *env)
{
	(void)env;
	return descend(0) ? SUCCEEDED : HARMLESS;
}

/* ------------------------------------------------------------------ what was given back */

static enum verdict read_freed(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct os_view view;

	if (os_ram_alloc(env, PAGE, NULL, &ds) ||
	    os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, PAGE, OS_ATTACH_WRITE))
		return SUCCEEDED;
	*(volatile uint8_t *)view.start = 1;
	os_ram_free(env, &ds);
	(void)*(volatile uint8_t *)view.start;
	return SUCCEEDED;
}

static enum verdict read_detached(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct os_view view;
	volatile uint8_t *at;

	if (os_ram_alloc(env, PAGE, NULL, &ds) ||
	    os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, PAGE, OS_ATTACH_WRITE))
		return SUCCEEDED;
	at = view.start;
	*at = 1;
	os_view_fini(&view);
	(void)*at;
	return SUCCEEDED;
}

static enum verdict write_read_only(struct os_env *env)
{
	struct ram_dataspace_cap ds;
	struct os_view view;

	if (os_ram_alloc(env, PAGE, NULL, &ds) ||
	    os_view_init(&view, ram_dataspace_as_dataspace(ds), 0, PAGE, OS_ATTACH_READ))
		return SUCCEEDED;
	(void)*(volatile uint8_t *)view.start;
	*(volatile uint8_t *)view.start = 1;
	return SUCCEEDED;
}

/* Memory comes zeroed, whoever had it before: a pattern in, all back, and all of it looked at. */
static enum verdict memory_of_others(struct os_env *env)
{
	enum { SIZE = 512 * 1024 };

	for (uint32_t round = 0; round < 20; round++) {
		struct os_ram ram;
		uint64_t seen = 0;

		if (os_ram_init(&ram, env, SIZE, NULL))
			return SUCCEEDED;
		for (uint32_t i = 0; i < SIZE / sizeof(uint64_t); i++) {
			seen |= ((uint64_t *)ram.view.start)[i];
			((uint64_t *)ram.view.start)[i] = 0x7365637265747321;
		}
		os_ram_fini(&ram, env);
		if (seen)
			return SUCCEEDED;
	}
	return HARMLESS;
}

static const struct attack list[] = {
	{ "read_null", read_null },
	{ "read_kernel_text", read_kernel_text },
	{ "read_kernel_memory", read_kernel_memory },
	{ "read_nowhere", read_nowhere },
	{ "read_last_byte", read_last_byte },
	{ "read_end_of_user_land", read_end_of_user_land },
	{ "write_kernel_text", write_kernel_text },
	{ "write_kernel_memory", write_kernel_memory },
	{ "write_code", write_code },
	{ "write_platform_image", write_platform_image },
	{ "write_shared", write_shared },
	{ "execute_data", execute_data },
	{ "execute_stack", execute_stack },
	{ "execute_utcb", execute_utcb },
	{ "execute_kernel", execute_kernel },
	{ "execute_nowhere", execute_nowhere },
	{ "execute_end_of_user_land", execute_end_of_user_land },
	{ "stack_nowhere", stack_nowhere },
	{ "stack_in_the_kernel", stack_in_the_kernel },
	{ "stack_at_null", stack_at_null },
	{ "recursion", recursion },
	{ "read_freed", read_freed },
	{ "read_detached", read_detached },
	{ "write_read_only", write_read_only },
	{ "memory_of_others", memory_of_others },
};

const struct attacks memory_attacks = { list, OS_ARRAY_SIZE(list) };
