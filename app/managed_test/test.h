/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of managed memory share. */

#ifndef MANAGED_TEST_TEST_H
#define MANAGED_TEST_TEST_H

#include <managed/managed.h>
#include <osier/session.h>
#include <osier/thread.h>

/* Pieces are made by the main entrypoint; tests run in a thread of their own. */
extern struct os_env *env;
extern struct rm_cap rm;

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			os_error(env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(env, 1);                                                  \
		}                                                                         \
	} while (0)

/* A number of `struct os_managed`, which the entrypoint's thread changes. */
#define NUMBER(member) __atomic_load_n(&(member), __ATOMIC_RELAXED)

/* Word `index` of page `page`. */
static inline volatile uint64_t *word(const struct os_view *view, uint64_t page, uint64_t index)
{
	return (volatile uint64_t *)(void *)view->start + page * OS_PAGE_SIZE / 8 + index;
}

void test_sparse(void);
void test_stack(void);
void test_heap(void);
void test_copy(void);
void test_paged(void);
void test_messages(void);

#endif
