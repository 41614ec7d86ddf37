/* SPDX-License-Identifier: BSD-2-Clause */
/* tar_rom_test: files of archives as ROM modules, while one archive changes, breaks and goes away.
 */

#include <osier/env.h>
#include <osier/report.h>
#include <osier/session.h>
#include <osier/string.h>

enum { BLOCK = 512, ARCHIVE_MAX = 8 * 1024 };

static struct os_env *env;
static struct os_report reporter;
static uint64_t changes;

/* ------------------------------------------------------------------ an archive of one's own */

static char archive[ARCHIVE_MAX];
static size_t archive_size;

static void octal(char *field, size_t digits, uint32_t value)
{
	field[digits] = 0;
	while (digits--) {
		field[digits] = (char)('0' + value % 8);
		value /= 8;
	}
}

static void put(const char *name, char type, const char *content)
{
	char *const header = archive + archive_size;
	const size_t size = strlen(content);
	uint32_t sum = 0;

	memset(header, 0, 2 * BLOCK);
	OS_ASSERT(!os_str_copy(header, 100, name));
	octal(header + 124, 11, (uint32_t)size);
	header[156] = type;
	memcpy(header + 257, "ustar\00000", 8);
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)header[i];
	octal(header + 148, 6, sum);
	memcpy(header + BLOCK, content, size);
	archive_size += size ? 2 * BLOCK : BLOCK;
}

static void report(void)
{
	memset(archive + archive_size, 0, 2 * BLOCK);
	OS_ASSERT(!os_report_submit(&reporter, archive, archive_size + 2 * BLOCK));
	archive_size = 0;
}

/* ------------------------------------------------------------------ reading */

static void changed(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	changes += count;
}

static void changes_wait(uint64_t total)
{
	while (changes < total)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(changes == total);
}

static bool shows(struct os_rom *rom, const char *text)
{
	const size_t size = strlen(text);
	struct os_view view;
	bool same;

	OS_ASSERT(!os_rom_view(rom, &view));
	same = !memcmp(view.start, text, size) && !((const char *)view.start)[size];
	os_view_fini(&view);
	return same;
}

static void file_is(const char *name, const char *text)
{
	struct os_rom rom;

	OS_ASSERT(!os_rom_open(&rom, env, name));
	OS_ASSERT(shows(&rom, text));
	os_rom_close(&rom);
}

static void boot_archive(void)
{
	struct os_rom rom;

	file_is("greeting", "hello from an archive\n");
	file_is("etc/motd", "a file in a folder\n");
	OS_ASSERT(os_rom_open(&rom, env, "etc") == OS_ERR_NOT_FOUND);
	OS_ASSERT(os_rom_open(&rom, env, "none") == OS_ERR_NOT_FOUND);
	os_log(env, "files of a boot module");
}

/* What is in the archive in front hides what has the same name behind. */
static void changing_archive(struct os_rom *rom)
{
	struct os_rom second;

	put("greeting", '0', "one");
	put("link", '2', "");
	put("only/here", '0', "here");
	report();
	changes_wait(1);
	OS_ASSERT(shows(rom, "one"));
	file_is("only/here", "here");
	OS_ASSERT(os_rom_open(&second, env, "link") == OS_ERR_NOT_FOUND);
	OS_ASSERT(!os_rom_open(&second, env, "only/here"));
	put("greeting", '0', "two");
	report();
	changes_wait(2);
	OS_ASSERT(shows(rom, "two"));
	OS_ASSERT(shows(&second, ""));
	os_rom_close(&second);
	os_log(env, "an archive that changes");
}

static void damaged_archive(struct os_rom *rom)
{
	put("in/front", '0', "of the damage");
	put("greeting", '0', "three");
	archive[2 * BLOCK] ^= 1;
	report();
	changes_wait(3);
	OS_ASSERT(shows(rom, "hello from an archive\n"));
	file_is("in/front", "of the damage");
	memset(archive, 0xa5, sizeof(archive));
	OS_ASSERT(!os_report_submit(&reporter, archive, sizeof(archive)));
	changes_wait(4);
	OS_ASSERT(shows(rom, "hello from an archive\n"));
	os_log(env, "an archive that is damaged");
}

enum os_err os_construct(struct os_env *own)
{
	struct os_signal_handler handler;
	struct os_rom rom;

	env = own;
	boot_archive();
	OS_ASSERT(!os_report_open(&reporter, env, "archive", 0));
	OS_ASSERT(!os_signal_handler_init(&handler, env->ep, changed));
	OS_ASSERT(!os_rom_open(&rom, env, "greeting"));
	OS_ASSERT(!os_rom_sigh(&rom, &handler));
	changing_archive(&rom);
	damaged_archive(&rom);
	os_report_close(&reporter);
	changes_wait(5);
	OS_ASSERT(shows(&rom, "hello from an archive\n"));
	os_log(env, "an archive that is gone");
	os_exit(env, 0);
}
