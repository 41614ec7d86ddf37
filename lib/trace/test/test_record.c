/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of a snapshot: found by their sizes, never beyond the snapshot's end. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <trace/tree.h>

/* A snapshot of an account, two PDs and a kind that is not known, in memory of its exact size. */
struct snapshot {
	struct os_trace_snapshot header;
	struct os_trace_account account;
	struct os_trace_pd pd;
	struct os_trace_record strange;
	struct os_trace_pd other;
};

static struct snapshot *make(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	assert_non_null(s);
	s->header.version = OS_TRACE_VERSION;
	s->header.header_size = sizeof(s->header);
	s->account.record = (struct os_trace_record){ OS_TRACE_ACCOUNT, sizeof(s->account), 0, 1 };
	s->pd.record = (struct os_trace_record){ OS_TRACE_PD, sizeof(s->pd), 0, 2 };
	s->strange = (struct os_trace_record){ 99, sizeof(s->strange), 0, 3 };
	s->other.record = (struct os_trace_record){ OS_TRACE_PD, sizeof(s->other), 0, 4 };
	return s;
}

static const void *next(const struct snapshot *s, const void *record, enum os_trace_kind kind)
{
	return os_trace_record_next(&s->header, sizeof(*s), record, kind);
}

static void records_follow_each_other(void **state)
{
	struct snapshot *s = make();

	(void)state;
	assert_ptr_equal(next(s, NULL, 0), &s->account);
	assert_ptr_equal(next(s, &s->account, 0), &s->pd);
	assert_ptr_equal(next(s, &s->pd, 0), &s->strange);
	assert_ptr_equal(next(s, &s->strange, 0), &s->other);
	assert_null(next(s, &s->other, 0));
	free(s);
}

static void other_kinds_are_passed_over(void **state)
{
	struct snapshot *s = make();

	(void)state;
	assert_ptr_equal(next(s, NULL, OS_TRACE_PD), &s->pd);
	assert_ptr_equal(next(s, &s->pd, OS_TRACE_PD), &s->other);
	assert_null(next(s, &s->other, OS_TRACE_PD));
	assert_null(next(s, NULL, OS_TRACE_THREAD));
	free(s);
}

static void members_that_were_appended_are_passed_over(void **state)
{
	struct snapshot *s = make();

	(void)state;
	s->account.record.size += s->pd.record.size;
	assert_ptr_equal(next(s, &s->account, 0), &s->strange);
	s->header.header_size += sizeof(s->account);
	assert_ptr_equal(next(s, NULL, 0), &s->pd);
	free(s);
}

static void what_is_damaged_ends_it(void **state)
{
	static const uint16_t sizes[] = { 0, 4, 7, sizeof(struct os_trace_pd) - 8, 0xfff8, 0xffff };
	struct snapshot *s = make();

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		s->other.record.size = sizes[i];
		assert_null(next(s, &s->strange, 0));
	}
	s->strange.kind = 0;
	assert_null(next(s, &s->pd, 0));
	for (uint32_t i = 0; i < 3; i++) {
		static const uint32_t headers[] = { 0, sizeof(s->header) + 4, 0xfffffff8 };

		s->header.header_size = headers[i];
		assert_null(next(s, NULL, 0));
	}
	s->header.header_size = sizeof(s->header);
	s->header.version = 2;
	assert_null(next(s, NULL, 0));
	free(s);
}

static void the_end_may_be_anywhere(void **state)
{
	struct snapshot *s = make();

	(void)state;
	for (size_t size = 0; size <= sizeof(*s); size++) {
		uint8_t *copy = malloc(size + 1);
		const void *record = NULL;
		size_t count = 0;

		assert_non_null(copy);
		copy = realloc(copy, size ? size : 1);
		assert_non_null(copy);
		memcpy(copy, s, size);
		while ((record = os_trace_record_next((const void *)copy, size, record, 0)))
			count++;
		assert_true(count <= 4);
		assert_int_equal(count == 4, size == sizeof(*s));
		free(copy);
	}
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_follow_each_other),
		cmocka_unit_test(other_kinds_are_passed_over),
		cmocka_unit_test(members_that_were_appended_are_passed_over),
		cmocka_unit_test(what_is_damaged_ends_it),
		cmocka_unit_test(the_end_may_be_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
