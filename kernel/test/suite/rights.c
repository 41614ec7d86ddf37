/* SPDX-License-Identifier: BSD-2-Clause */
/* Each capability argument of each system call: empty, of another kind, without the right, dead. */

#include "common.h"
#include <abi/kernel_table.h>

/*
 * The cases come from the kernel's own description: index = call * ARGUMENTS + argument. All other
 * arguments are as they have to be (capabilities) or 0.
 */

enum { ARGUMENTS = 6, CASES = OS_SYS_COUNT * ARGUMENTS };

static const char *const kind_names[OS_KIND_COUNT + 1] = {
	[OS_KIND_GATE] = "gate",
	[OS_KIND_SIGNAL] = "signal",
	[OS_KIND_ENDPOINT] = "endpoint",
	[OS_KIND_THREAD] = "thread",
	[OS_KIND_PD] = "pd",
	[OS_KIND_SEMAPHORE] = "semaphore",
	[OS_KIND_MUTEX] = "mutex",
	[OS_KIND_INTERRUPT] = "interrupt",
	[OS_KIND_MACHINE] = "machine",
	[OS_KIND_REPLY] = "reply",
	[OS_KIND_COUNT] = "object",
};

static uint8_t kind_of(uint64_t index)
{
	return os_kernel_call_table[index / ARGUMENTS].kinds[index % ARGUMENTS];
}

static uint8_t right_of(uint64_t index)
{
	return os_kernel_call_table[index / ARGUMENTS].rights[index % ARGUMENTS];
}

static bool label(uint64_t index, char *name, size_t size, const char *what)
{
	if (kind_of(index) == OS_KIND_NONE)
		return false;
	text_format(name, size, "%s_%s_%s", os_kernel_call_table[index / ARGUMENTS].name,
	            kind_names[kind_of(index)], what);
	return true;
}

/* ------------------------------------------------------------------ one object of each kind */

static uint64_t interrupt_make(void)
{
	uint64_t context = signal_make(endpoint_make(SELF_PD, 0), 0), slot, address, data;

	CHECK_OK(os_kernel_interrupt_create(MACHINE, context, unit_alloc(64), OS_IRQ_MSI, &slot,
	                                    &address, &data));
	return slot;
}

/* A right to answer a client, which is destroyed with `caller`. */
static uint64_t reply_make(uint64_t *caller)
{
	static struct client client;
	uint64_t endpoint = endpoint_make(SELF_PD, 0), slot;
	struct event event;

	client_start(&client, SELF_PD, gate_make(endpoint, 0), header(0, 0), PRIORITY_HIGH, 0);
	CHECK_OK(wait_at(endpoint, &event));
	CHECK_OK(os_kernel_reply_save(&slot));
	*caller = client.thread.slot;
	return slot;
}

/* `owner`: what to destroy for it to be dead. */
static uint64_t object_make(uint8_t kind, uint64_t *owner)
{
	uint64_t slot;

	switch (kind) {
	case OS_KIND_GATE:
		slot = gate_make(endpoint_make(SELF_PD, 0), 0);
		break;
	case OS_KIND_SIGNAL:
		slot = signal_make(endpoint_make(SELF_PD, 0), 0);
		break;
	case OS_KIND_ENDPOINT:
		slot = endpoint_make(SELF_PD, 0);
		break;
	case OS_KIND_THREAD:
		slot = thread_make_new(SELF_PD, sleeper, NULL, PRIORITY_LOW, 0).slot;
		break;
	case OS_KIND_PD:
		slot = pd_make_empty(1, 0);
		break;
	case OS_KIND_MUTEX:
		slot = mutex_make(OS_ORDER_FIFO);
		break;
	case OS_KIND_INTERRUPT:
		slot = interrupt_make();
		break;
	case OS_KIND_MACHINE:
		return *owner = MACHINE;
	case OS_KIND_REPLY:
		return reply_make(owner);
	default:
		slot = semaphore_make(0, OS_ORDER_FIFO);
	}
	return *owner = slot;
}

/* ------------------------------------------------------------------ the cases */

/* The call with valid capabilities but for one, which is `slot`. */
static enum os_err attempt(uint64_t index, uint64_t slot)
{
	const struct os_kernel_call_entry *entry = &os_kernel_call_table[index / ARGUMENTS];
	struct registers registers = { .number = index / ARGUMENTS };
	uint64_t owner;

	for (uint32_t i = 0; i < entry->arguments; i++)
		if (entry->kinds[i] != OS_KIND_NONE && i != index % ARGUMENTS)
			registers.argument[i] = object_make(entry->kinds[i], &owner);
	registers.argument[index % ARGUMENTS] = slot;
	return syscall_raw(&registers);
}

static bool none_label(uint64_t index, char *name, size_t size)
{
	return label(index, name, size, "none");
}

/* An empty slot, the null slot, and what is no slot at all. */
TEST_EACH(capability_none, CASES, none_label)
{
	static const uint64_t slots[] = { FREE_SLOT,           0,    1ul << 20, OS_KERNEL_SLOTS_MAX,
		                          1ul << 32 | MACHINE, -1ul, 1ul << 63 };

	for (size_t i = 0; i < sizeof(slots) / sizeof(*slots); i++)
		CHECK_ERR(attempt(index, slots[i]), OS_ERR_CAP_INVALID);
}

static bool type_label(uint64_t index, char *name, size_t size)
{
	return kind_of(index) != OS_KIND_COUNT && label(index, name, size, "type");
}

/* An object of every other kind. */
TEST_EACH(capability_type, CASES, type_label)
{
	for (uint32_t kind = OS_KIND_NONE + 1; kind < OS_KIND_COUNT; kind++) {
		uint64_t owner;

		if (kind != kind_of(index))
			CHECK_ERR(attempt(index, object_make((uint8_t)kind, &owner)),
			          OS_ERR_CAP_TYPE);
	}
}

/* Saved replies cannot be held with fewer rights. */
static bool denied_label(uint64_t index, char *name, size_t size)
{
	return kind_of(index) != OS_KIND_REPLY && label(index, name, size, "denied");
}

/* All rights but the one that it takes; and none. */
TEST_EACH(capability_denied, CASES, denied_label)
{
	uint64_t owner, slot = object_make(kind_of(index), &owner);

	grant_at(SELF_PD, slot, OS_RIGHT_ALL & ~right_of(index), FREE_SLOT);
	CHECK_ERR(attempt(index, FREE_SLOT), OS_ERR_DENIED);
	grant_at(SELF_PD, slot, 0, FREE_SLOT + 1);
	CHECK_ERR(attempt(index, FREE_SLOT + 1), OS_ERR_DENIED);
}

/* The machine is for ever. */
static bool gone_label(uint64_t index, char *name, size_t size)
{
	return kind_of(index) != OS_KIND_MACHINE && label(index, name, size, "gone");
}

/* The object has been destroyed. */
TEST_EACH(capability_gone, CASES, gone_label)
{
	uint64_t owner, slot = object_make(kind_of(index), &owner);

	CHECK_OK(os_kernel_destroy(owner));
	CHECK_ERR(attempt(index, slot), OS_ERR_GONE);
}
