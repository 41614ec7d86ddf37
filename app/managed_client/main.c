/* SPDX-License-Identifier: BSD-2-Clause */
/* managed_client: uses memory of the service "Managed". */

#include <api/managed.h>
#include <config/config.h>
#include <osier/session.h>

enum { SPARSE_SIZE = 64 << 20, STEP = 5 << 20, PAGED = 3, TOO_MUCH = 1000 };

static const char module[] = "managed_client"; /* its own binary, which has several pages */

struct memory {
	struct os_session session;
	struct managed_cap cap;
	struct managed_dataspace_cap ds;
	struct os_view view;
};

#define CHECK(condition)                                                                  \
	do {                                                                              \
		if (!(condition)) {                                                       \
			os_error(env, "line %d: %s does not hold", __LINE__, #condition); \
			os_exit(env, 1);                                                  \
		}                                                                         \
	} while (0)

static void memory_open(struct os_env *env, struct memory *memory, uint64_t ram, uint64_t caps)
{
	const struct os_session_args args = { .service = MANAGED_SERVICE,
		                              .label = "",
		                              .ram = MANAGED_RAM + ram,
		                              .caps = MANAGED_CAPS + caps,
		                              .type = MANAGED_TYPE };

	CHECK(!os_session_open(&memory->session, env, &args));
	memory->cap = (struct managed_cap){ memory->session.cap };
}

static void memory_view(struct os_env *env, struct memory *memory)
{
	CHECK(!os_view_init(&memory->view, managed_dataspace_as_dataspace(memory->ds), 0, 0,
	                    OS_ATTACH_WRITE));
}

static void memory_close(struct memory *memory)
{
	os_view_fini(&memory->view);
	os_cap_drop(memory->ds.cap);
	os_session_close(&memory->session);
}

static volatile uint64_t *word(const struct memory *memory, uint64_t offset)
{
	return (volatile uint64_t *)(void *)((char *)memory->view.start + offset);
}

static void sparse(struct os_env *env)
{
	uint64_t resident, made, copied, evicted, touched = 0;
	struct memory memory = { 0 };

	memory_open(env, &memory, 256 * 1024, 60);
	CHECK(!managed_sparse(memory.cap, SPARSE_SIZE, &memory.ds));
	CHECK(managed_sparse(memory.cap, SPARSE_SIZE, &memory.ds) == OS_ERR_EXISTS);
	memory_close(&memory);
	memory_open(env, &memory, 256 * 1024, 60);
	CHECK(!managed_sparse(memory.cap, SPARSE_SIZE, &memory.ds));
	memory_view(env, &memory);
	for (uint64_t at = 0; at < SPARSE_SIZE; at += STEP, touched++) {
		CHECK(*word(&memory, at) == 0);
		*word(&memory, at) = at + 1;
	}
	for (uint64_t at = 0; at < SPARSE_SIZE; at += STEP)
		CHECK(*word(&memory, at) == at + 1);
	CHECK(!managed_info(memory.cap, &resident, &made, &copied, &evicted));
	CHECK(resident == touched && made == touched);
	CHECK(!managed_discard(memory.cap, 0, SPARSE_SIZE));
	CHECK(*word(&memory, STEP) == 0);
	memory_close(&memory);
	os_log(env, "sparse: 64 MiB, of which %llu pages were there", (unsigned long long)touched);
}

static void copy(struct os_env *env, const struct os_view *original)
{
	uint64_t resident, made, copied, evicted;
	struct memory memory = { 0 };

	memory_open(env, &memory, 128 * 1024, 40);
	CHECK(managed_copy(memory.cap, "nothing", &memory.ds) == OS_ERR_NOT_FOUND);
	CHECK(!managed_copy(memory.cap, module, &memory.ds));
	memory_view(env, &memory);
	CHECK(!__builtin_memcmp(memory.view.start, original->start, original->size));
	*word(&memory, OS_PAGE_SIZE + 8) = 42;
	CHECK(!__builtin_memcmp(memory.view.start, original->start, OS_PAGE_SIZE + 8));
	CHECK(*word(&memory, OS_PAGE_SIZE + 8) == 42);
	CHECK(!managed_info(memory.cap, &resident, &made, &copied, &evicted));
	CHECK(copied == 1 && resident <= 2);
	memory_close(&memory);
	os_log(env, "copy: one page of it is our own");
}

static void paged(struct os_env *env, const struct os_view *original, bool write)
{
	uint64_t resident, made, copied, evicted;
	struct memory memory = { 0 };

	memory_open(env, &memory, 128 * 1024, 40);
	CHECK(!managed_paged(memory.cap, module, PAGED, &memory.ds));
	memory_view(env, &memory);
	for (int round = 0; round < 2; round++)
		CHECK(!__builtin_memcmp(memory.view.start, original->start, original->size));
	CHECK(!managed_info(memory.cap, &resident, &made, &copied, &evicted));
	CHECK(resident <= PAGED && evicted >= made - PAGED && made > PAGED);
	os_log(env, "paged: never more than %d pages", PAGED);
	if (write)
		*word(&memory, 0) = 1;
	memory_close(&memory);
}

/* More than was donated: the end. */
static void too_much(struct os_env *env)
{
	struct memory memory = { 0 };

	memory_open(env, &memory, 128 * 1024, 40);
	CHECK(!managed_sparse(memory.cap, SPARSE_SIZE, &memory.ds));
	memory_view(env, &memory);
	for (uint64_t page = 0; page < TOO_MUCH; page++)
		*word(&memory, page * OS_PAGE_SIZE) = 1;
	os_error(env, "as much as one likes");
}

enum os_err os_construct(struct os_env *env)
{
	struct os_config config;
	struct os_view original;
	struct os_rom rom;
	enum os_err err;

	if ((err = os_config_open(&config, env)) || (err = os_rom_open(&rom, env, module)) ||
	    (err = os_rom_view(&rom, &original)))
		return err;
	sparse(env);
	copy(env, &original);
	paged(env, &original, os_xml_bool(config.root, "write", false));
	if (os_xml_bool(config.root, "too_much", false))
		too_much(env);
	os_log(env, "managed memory of a server: all tests passed");
	os_exit(env, 0);
}
