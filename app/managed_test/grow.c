/* SPDX-License-Identifier: BSD-2-Clause */
/* Stacks and heaps that grow; and what the system does with memory that is not there yet. */

#include <api/log.h>
#include <osier/format.h>
#include <osier/string.h>

#include "test.h"

/* ------------------------------------------------------------------ stacks */

enum { STACK = 1 << 20, FRAME = 3000, DEPTH = 200 };

static struct os_managed_stack stack;
static uint64_t grown;

/* Each level takes most of a page; at each tenth one, messages are built on what is new. */
static uint64_t recurse(uint32_t depth)
{
	volatile uint8_t frame[FRAME];

	frame[0] = (uint8_t)depth;
	frame[FRAME - 1] = (uint8_t)depth;
	if (depth % 10 == 0) {
		struct account_cap account;

		CHECK(!pd_account(env->pd, &account));
		os_cap_drop(account.cap);
	}
	if (depth == 0)
		return 0;
	return recurse(depth - 1) + frame[0] + frame[FRAME - 1];
}

static void climb(struct os_thread *thread, void *argument)
{
	uint64_t sum = 0;

	(void)thread;
	(void)argument;
	for (uint32_t depth = 1; depth <= DEPTH; depth++)
		sum += 2 * (depth & 0xff);
	CHECK(recurse(DEPTH) == sum);
	grown = NUMBER(stack.managed.resident);
}

void test_stack(void)
{
	struct os_thread thread;

	CHECK(!os_managed_stack_init(&stack, env, env->ep, rm, STACK));
	CHECK(NUMBER(stack.managed.resident) == 1);
	CHECK(!os_thread_init_on(&thread, env, "climber", stack.top, 0, climb, NULL));
	os_thread_fini(&thread);
	CHECK(grown >= DEPTH * FRAME / OS_PAGE_SIZE && grown < STACK / OS_PAGE_SIZE);
	os_managed_stack_fini(&stack);
}

/* ------------------------------------------------------------------ heaps */

void test_heap(void)
{
	enum { BLOCKS = 40, SMALL = 100, LARGE = 300000 };
	static struct os_managed_heap heap;
	uint8_t *blocks[BLOCKS];
	uint64_t full;

	CHECK(!os_managed_heap_init(&heap, env, env->ep, rm, UINT64_C(1) << 28));
	CHECK(NUMBER(heap.managed.resident) == 0);
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < BLOCKS; i++) {
			const size_t size = i % 2 ? SMALL : LARGE;

			CHECK(!os_alloc(&heap.heap.alloc, size, (void **)&blocks[i]));
			for (size_t at = 0; at < size; at += 97)
				CHECK(blocks[i][at] == 0);
			memset(blocks[i], (int)i + 1, size);
		}
		full = NUMBER(heap.managed.resident);
		CHECK(full * heap.managed.args.piece >= BLOCKS / 2 * LARGE);
		for (size_t i = 0; i < BLOCKS; i++) {
			const size_t size = i % 2 ? SMALL : LARGE;

			CHECK(blocks[i][0] == i + 1 && blocks[i][size - 1] == i + 1);
			os_free(&heap.heap.alloc, blocks[i], size);
		}
		/* what is free is not there any more, but for what the heap keeps in reserve */
		CHECK(NUMBER(heap.managed.resident) < full / 2);
	}
	os_managed_heap_fini(&heap);
}

/* ------------------------------------------------------------------ messages, locks */

/* Things of the system in a page that nobody has touched. */
struct things {
	char label[64];
	struct os_session_args args;
	struct os_rom rom;
	struct os_view view;
	struct os_ram ram;
	struct os_mutex mutex;
	struct os_semaphore semaphore;
	struct os_signal_receiver receiver;
	struct os_signal_context context, *from;
	uint64_t count;
	uint8_t bytes[64];
};

static void up(struct os_thread *thread, void *argument)
{
	(void)thread;
	os_semaphore_up(argument);
}

void test_messages(void)
{
	enum { PAGES = 64 };
	struct os_managed_args args = { .ep = env->ep, .rm = rm, .size = PAGES * OS_PAGE_SIZE };
	struct os_managed managed;
	struct os_view view;
	struct os_thread thread;
	struct things *t;

	CHECK(!os_managed_init(&managed, env, &args));
	CHECK(!os_view_init(&view, managed_dataspace_as_dataspace(managed.ds), 0, 0,
	                    OS_ATTACH_WRITE));
	/* each on a page that is not there */
	t = (void *)word(&view, 1, 0);
	CHECK(!os_rom_open(&t->rom, env, "config"));
	CHECK(!os_rom_view(&t->rom, &t->view) && t->view.size);
	os_view_fini(&t->view);
	os_rom_close(&t->rom);
	t = (void *)word(&view, 3, 0);
	os_random(env, t->bytes, sizeof(t->bytes));
	t = (void *)word(&view, 5, 0);
	CHECK(!os_ram_init(&t->ram, env, OS_PAGE_SIZE, NULL));
	os_ram_fini(&t->ram, env);
	t = (void *)word(&view, 7, 0);
	os_mutex_lock(&t->mutex);
	os_mutex_unlock(&t->mutex);
	t = (void *)word(&view, 9, 0);
	CHECK(!os_thread_init(&thread, env, "upper", 0, 0, up, &t->semaphore));
	os_semaphore_down(&t->semaphore);
	os_thread_fini(&thread);
	t = (void *)word(&view, 11, 0);
	CHECK(!os_signal_receiver_init(&t->receiver, env));
	CHECK(!os_signal_context_init(&t->context, &t->receiver));
	CHECK(!os_signal_submit(t->context.cap, 3));
	CHECK(!os_signal_wait(&t->receiver, &t->from, &t->count));
	CHECK(t->from == &t->context && t->count == 3);
	os_signal_context_fini(&t->context);
	os_signal_receiver_fini(&t->receiver);
	t = (void *)word(&view, 13, 0);
	os_log(env, "from memory that is not there: \"%s\"", t->label);
	/* a string that ends on the next page */
	memset((void *)word(&view, 15, 0), 'x', 2 * OS_PAGE_SIZE);
	os_managed_discard(&managed, 15 * OS_PAGE_SIZE, OS_PAGE_SIZE);
	memset((char *)word(&view, 16, 0) - 8, 'y', 8);
	((char *)word(&view, 16, 0))[4] = 0;
	os_log(env, "%s", (char *)word(&view, 16, 0) - 8);
	CHECK(NUMBER(managed.resident) >= 9);
	os_view_fini(&view);
	os_managed_fini(&managed);
}
