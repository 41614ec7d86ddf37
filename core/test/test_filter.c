/* SPDX-License-Identifier: BSD-2-Clause */
/* Unit test of the seccomp programs: both are run, on every call, by an interpreter of our own. */

#include "../linux/filter.c"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>

enum {
	FAST_OFFSET = 0x2000000,
	X86_64 = (int)0xc000003e,
	I386 = 0x40000003,
	NR_LAST = 470,
};

#define BASE (UINT64_C(0x123400000000) + FAST_OFFSET)

struct data {
	int32_t nr;
	uint32_t arch;
	uint64_t ip;
	uint64_t args[6];
};

/* Classic BPF, as far as the programs use it (linux/filter.h). */
static uint32_t run(const struct os_linux_filter_insn *program, uint32_t count,
                    const struct data *data)
{
	uint32_t a = 0, x = 0;

	for (uint32_t pc = 0; pc < count; pc++) {
		const struct os_linux_filter_insn *i = &program[pc];

		switch (i->code) {
		case 0x20:
			assert_true(i->k % 4 == 0 && i->k < sizeof(*data));
			memcpy(&a, (const char *)data + i->k, 4);
			break;
		case 0x15:
			pc += a == i->k ? i->jt : i->jf;
			break;
		case 0x25:
			pc += a > i->k ? i->jt : i->jf;
			break;
		case 0x35:
			pc += a >= i->k ? i->jt : i->jf;
			break;
		case 0x45:
			pc += a & i->k ? i->jt : i->jf;
			break;
		case 0x0c:
			a += x;
			break;
		case 0x54:
			a &= i->k;
			break;
		case 0x07:
			x = a;
			break;
		case 0x06:
			return i->k;
		default:
			fail_msg("instruction %u: unknown code 0x%x", pc, i->code);
		}
	}
	fail_msg("the program runs off its end");
	return 0;
}

/* Linux takes the verdict that comes first here. */
static uint32_t stricter(uint32_t a, uint32_t b)
{
	static const uint32_t order[] = { 0x80000000, 0x00050000, 0x7fc00000, 0x7fff0000 };

	for (size_t i = 0; i < OS_ARRAY_SIZE(order); i++)
		if ((a & 0xffff0000) == order[i] || (b & 0xffff0000) == order[i])
			return order[i];
	fail_msg("unknown verdict");
	return 0;
}

static uint32_t verdict_of(enum host_profile profile, const struct data *data)
{
	struct os_linux_filter_insn first[OS_LINUX_FILTER_MAX], second[OS_LINUX_FILTER_MAX];
	uint32_t first_count = filter_loading(first, BASE);
	uint32_t second_count = filter_final(second, profile);

	return stricter(run(first, first_count, data), run(second, second_count, data));
}

static uint32_t verdict(long nr, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	const struct data data = { (int32_t)nr, X86_64, 0, { a, b, c, d, 8, 0 } };

	return verdict_of(HOST_NONE, &data);
}

static const uint32_t allowed = 0x7fff0000, notify = 0x7fc00000, refused = 0x00050000,
                      killed = 0x80000000;

static void only_the_listed_calls_pass(void **state)
{
	static const long pass[] = { NR_read, NR_close,      NR_rt_sigreturn, NR_sched_yield,
		                     NR_exit, NR_exit_group, NR_sigaltstack,  NR_preadv2 };

	(void)state;
	for (long nr = 0; nr < NR_LAST; nr++) {
		uint32_t expected = refused;

		for (size_t i = 0; i < OS_ARRAY_SIZE(pass); i++)
			if (pass[i] == nr)
				expected = allowed;
		if (nr == NR_clone || nr == NR_munmap)
			expected = notify;
		if (nr == NR_futex)
			continue;
		/* 5 is no length, no protection and no flag that any call may have */
		assert_int_equal(verdict(nr, 5, 5, 5, 5), expected);
	}
	assert_int_equal(verdict(OS_LINUX_CALL_NR, 0, 0, 0, 0), notify);
}

static void other_tables_of_calls_end_the_process(void **state)
{
	struct data data = { NR_read, I386, 0, { 0 } };

	(void)state;
	assert_int_equal(verdict_of(HOST_NONE, &data), killed);
	data = (struct data){ 0x40000000 | NR_read, X86_64, 0, { 0 } };
	assert_int_equal(verdict_of(HOST_NONE, &data), killed);
}

static void only_segment_bases_are_set(void **state)
{
	(void)state;
	for (uint64_t code = 0x1000; code < 0x1030; code++)
		assert_int_equal(verdict(NR_arch_prctl, code, 0, 0, 0),
		                 code >= 0x1001 && code <= 0x1004 ? allowed : refused);
}

static void files_that_resolve_faults_are_mapped_by_core_alone(void **state)
{
	const uint64_t shared = MAP_SHARED | MAP_FIXED;
	struct data data = { NR_mmap, X86_64, 0, { BASE, 4096, PROT_READ, shared, 0, 0 } };

	(void)state;
	for (uint64_t n = 0; n < 1024; n++) {
		const uint64_t fd = OS_LINUX_FD_FIX + n * OS_LINUX_FD_KINDS;

		data.args[4] = fd;
		assert_int_equal(verdict_of(HOST_NONE, &data), notify);
		assert_int_equal(verdict(NR_read, fd, 0, 8, 0), refused);
		assert_int_equal(verdict(NR_preadv2, fd, 0, 1, 0), refused);
	}
	for (uint64_t n = 0; n < 1024; n++) {
		data.args[4] = OS_LINUX_FD_MAP + n * OS_LINUX_FD_KINDS;
		assert_int_equal(verdict_of(HOST_NONE, &data), allowed);
	}
}

static void doorbells_take_four_bytes(void **state)
{
	(void)state;
	assert_int_equal(verdict(NR_write, 5, 0, (UINT64_C(1) << 32) + 4, 0), refused);
	for (uint64_t length = 0; length < 16; length++)
		assert_int_equal(verdict(NR_write, 5, 0, length, 0),
		                 length == 4 ? allowed : refused);
}

static void futexes_wait_and_wake_only(void **state)
{
	struct data data = { NR_futex, X86_64, 0, { 0 } };

	(void)state;
	for (uint64_t op = 0; op < 512; op++) {
		bool pass = (op & ~UINT64_C(128)) <= FUTEX_WAKE;

		assert_int_equal(verdict(NR_futex, 0, op, 0, 0), pass ? allowed : refused);
		data.args[1] = op;
		pass = pass || (op & ~UINT64_C(128)) == FUTEX_WAIT_BITSET;
		assert_int_equal(verdict_of(HOST_CLOCK, &data), pass ? allowed : refused);
	}
}

static void the_fast_window_has_exact_borders(void **state)
{
	const uint64_t page = OS_LINUX_PAGE, end = BASE + OS_LINUX_FAST_SIZE;
	const uint64_t shared = MAP_SHARED | MAP_FIXED, rw = PROT_READ | PROT_WRITE;

	(void)state;
	assert_int_equal(verdict(NR_mmap, BASE, page, rw, shared), allowed);
	assert_int_equal(verdict(NR_mmap, BASE, OS_LINUX_FAST_SIZE, rw, shared), allowed);
	assert_int_equal(verdict(NR_mmap, end - page, page, PROT_READ, shared), allowed);
	assert_int_equal(verdict(NR_mmap, end - page, 2 * page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, BASE - page, page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, end, page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, BASE, OS_LINUX_FAST_SIZE + page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, BASE + (UINT64_C(1) << 32), page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, BASE, (UINT64_C(1) << 32) + page, rw, shared), notify);
	assert_int_equal(verdict(NR_mmap, BASE, UINT64_MAX, rw, shared), notify);
	assert_int_equal(verdict(NR_munmap, BASE, page, 0, 0), allowed);
	assert_int_equal(verdict(NR_munmap, end - page, 2 * page, 0, 0), notify);
}

static void mappings_have_listed_flags_and_rights(void **state)
{
	const uint64_t page = OS_LINUX_PAGE, shared = MAP_SHARED | MAP_FIXED;

	(void)state;
	for (uint64_t prot = 0; prot < 16; prot++) {
		bool pass = prot == PROT_READ || prot == (PROT_READ | PROT_WRITE);
		uint32_t expected = pass ? allowed : refused;

		if (prot == (PROT_READ | PROT_EXEC))
			expected = notify; /* core is asked, also in the fast window */
		assert_int_equal(verdict(NR_mmap, BASE, page, prot, shared), expected);
	}
	for (uint32_t bit = 0; bit < 64; bit++) {
		uint64_t flags = shared ^ UINT64_C(1) << bit;

		assert_int_equal(verdict(NR_mmap, BASE, page, PROT_READ, flags), refused);
	}
	assert_int_equal(verdict(NR_mmap, BASE, page, (UINT64_C(1) << 32) | PROT_READ, shared),
	                 refused);
	/* what loading may do is over once the component runs */
	assert_int_equal(verdict(NR_mmap, BASE, page, PROT_READ, shared | OS_LINUX_MAP_LOADING),
	                 refused);
}

static void host_components_get_what_their_profile_says(void **state)
{
	struct data data = { NR_clock_gettime, X86_64, 0, { 1 } };

	(void)state;
	assert_int_equal(verdict_of(HOST_NONE, &data), refused);
	assert_int_equal(verdict_of(HOST_CLOCK, &data), allowed);
}

static uint32_t terminal(long nr, uint64_t a, uint64_t b, uint64_t c)
{
	const struct data data = { (int32_t)nr, X86_64, 0, { a, b, c, 0, 0, 0 } };

	return verdict_of(HOST_TERMINAL, &data);
}

static void the_terminal_is_written_to_and_asked_for_its_size(void **state)
{
	enum { TIOCSTI = 0x5412, TIOCSCTTY = 0x540e };

	(void)state;
	assert_int_equal(terminal(NR_write, OS_LINUX_FD_HOST, 0, 1000), allowed);
	assert_int_equal(terminal(NR_write, OS_LINUX_FD_HOST + 1, 0, 1000), refused);
	assert_int_equal(terminal(NR_write, OS_LINUX_FD_CALL, 0, 4), allowed);
	assert_int_equal(terminal(NR_ioctl, OS_LINUX_FD_HOST, TIOCGWINSZ, 0), allowed);
	assert_int_equal(terminal(NR_ioctl, OS_LINUX_FD_HOST, TIOCSTI, 0), refused);
	assert_int_equal(terminal(NR_ioctl, OS_LINUX_FD_HOST, TIOCSCTTY, 0), refused);
	assert_int_equal(terminal(NR_ioctl, OS_LINUX_FD_DOORBELL, TIOCGWINSZ, 0), refused);
	assert_int_equal(terminal(NR_ioctl, OS_LINUX_FD_HOST, TIOCGWINSZ | UINT64_C(1) << 32, 0),
	                 refused);
	assert_int_equal(verdict(NR_ioctl, OS_LINUX_FD_HOST, TIOCGWINSZ, 0, 0), refused);
	assert_int_equal(terminal(NR_clock_gettime, 0, 0, 0), refused);
}

static uint32_t display(long nr, uint64_t a, uint64_t c, uint64_t to)
{
	const struct data data = { (int32_t)nr, X86_64, 0, { a, 0, c, 0, to, 0 } };

	return verdict_of(HOST_DISPLAY, &data);
}

static void the_display_is_sent_to_and_its_pixels_are_written(void **state)
{
	enum { SENDMSG = 46, CONNECT = 42 };

	(void)state;
	assert_int_equal(display(NR_sendto, OS_LINUX_FD_HOST, 1000, 0), allowed);
	assert_int_equal(display(NR_sendto, OS_LINUX_FD_HOST, 1000, 4096), refused);
	assert_int_equal(display(NR_sendto, OS_LINUX_FD_HOST, 1000, UINT64_C(1) << 32), refused);
	assert_int_equal(display(NR_sendto, OS_LINUX_FD_SCREEN, 1000, 0), refused);
	assert_int_equal(display(NR_pwrite64, OS_LINUX_FD_SCREEN, 1000, 0), allowed);
	assert_int_equal(display(NR_pwrite64, OS_LINUX_FD_HOST, 1000, 0), refused);
	assert_int_equal(display(NR_pwrite64, OS_LINUX_FD_MAP, 1000, 0), refused);
	assert_int_equal(display(NR_write, OS_LINUX_FD_HOST, 1000, 0), refused);
	/* no descriptors go along, and there is no other end */
	assert_int_equal(display(SENDMSG, OS_LINUX_FD_HOST, 0, 0), refused);
	assert_int_equal(display(CONNECT, OS_LINUX_FD_HOST, 0, 0), refused);
	assert_int_equal(display(NR_ioctl, OS_LINUX_FD_HOST, 0, 0), refused);
	assert_int_equal(display(NR_ftruncate, OS_LINUX_FD_SCREEN, 0, 0), refused);
	assert_int_equal(terminal(NR_sendto, OS_LINUX_FD_HOST, 1000, 0), refused);
	assert_int_equal(terminal(NR_pwrite64, OS_LINUX_FD_SCREEN, 1000, 0), refused);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_listed_calls_pass),
		cmocka_unit_test(other_tables_of_calls_end_the_process),
		cmocka_unit_test(only_segment_bases_are_set),
		cmocka_unit_test(files_that_resolve_faults_are_mapped_by_core_alone),
		cmocka_unit_test(doorbells_take_four_bytes),
		cmocka_unit_test(futexes_wait_and_wake_only),
		cmocka_unit_test(the_fast_window_has_exact_borders),
		cmocka_unit_test(mappings_have_listed_flags_and_rights),
		cmocka_unit_test(host_components_get_what_their_profile_says),
		cmocka_unit_test(the_terminal_is_written_to_and_asked_for_its_size),
		cmocka_unit_test(the_display_is_sent_to_and_its_pixels_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
