/* SPDX-License-Identifier: BSD-2-Clause */
/* What is used, by ourselves and by the whole system. */

#include "test.h"
#include <abi/trace.h>
#include <api/trace.h>
#include <osier/memory.h>

static struct account_cap account;
static struct trace_cap trace;
static struct os_view view;
static bool alone;

void books_init(struct os_env *env, bool is_alone)
{
	static struct os_session session;
	struct rom_dataspace_cap ds;

	alone = is_alone;
	OS_ASSERT(!pd_account(env->pd, &account));
	OS_ASSERT(!trace_open(&session, env, NULL, &trace));
	/* the sums stand in the header */
	OS_ASSERT(!trace_buffer(trace, OS_PAGE_SIZE, &ds));
	OS_ASSERT(!os_view_init(&view, rom_dataspace_as_dataspace(ds), 0, 0, 0));
}

struct books books_read(void)
{
	const struct os_trace_snapshot *s = view.start;
	uint32_t count, total;
	uint64_t generation;
	struct books b;

	OS_ASSERT(!trace_snapshot(trace, 0, &count, &total, &generation));
	OS_ASSERT(s->whole && s->ram_limit == s->ram_total && s->caps_limit == s->caps_total);
	b.records = total;
	b.all[0] = s->ram_limit;
	b.all[1] = s->ram_used;
	b.all[2] = s->caps_limit;
	b.all[3] = s->caps_used;
	OS_ASSERT(!account_info(account, &b.own[0], &b.own[1], &b.own[2], &b.own[3]));
	return b;
}

bool books_equal(struct os_env *env, const struct books *was, const struct books *are,
                 uint32_t number)
{
	static const char *const names[] = { "RAM limit", "RAM used", "caps limit", "caps used" };
	bool same = !alone || was->records == are->records;

	if (!same)
		os_error(env, "step %u: %llu records, expected %llu", number,
		         (unsigned long long)are->records, (unsigned long long)was->records);
	for (size_t i = 0; i < OS_ARRAY_SIZE(names); i++) {
		if (was->own[i] != are->own[i]) {
			os_error(env, "step %u: own %s: %llu, expected %llu", number, names[i],
			         (unsigned long long)are->own[i], (unsigned long long)was->own[i]);
			same = false;
		}
		if (alone && was->all[i] != are->all[i]) {
			os_error(env, "step %u: all %s: %llu, expected %llu", number, names[i],
			         (unsigned long long)are->all[i], (unsigned long long)was->all[i]);
			same = false;
		}
	}
	return same;
}
