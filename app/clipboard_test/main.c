/* SPDX-License-Identifier: BSD-2-Clause */
/* clipboard_test: three clients of the clipboard, and the person who gives them the focus. */

#include <api/clipboard.h>
#include <api/dynamic_rom.h>
#include <osier/env.h>
#include <osier/session.h>
#include <osier/string.h>

enum { SIZE = 5000 };

static struct os_env *env;
static struct dynamic_rom_cap rom;
static struct os_session a_session, b_session, c_session;
static struct clipboard_cap a, b, c; /* a and b may exchange, c only get from a */
static struct os_signal_handler told;
static uint64_t signals;
static uint8_t text[SIZE], copy_of[SIZE];

static void handle_told(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	signals += count;
}

/* The next one has the focus; seen once `who`, if anybody, is not denied any more. */
static void focus_next(struct clipboard_cap who, struct clipboard_cap before)
{
	uint64_t number, length;

	OS_ASSERT(!dynamic_rom_next(rom, "focus"));
	while (os_cap_valid(who.cap) && clipboard_paste(who, &number, &length) == OS_ERR_DENIED)
		continue;
	while (os_cap_valid(before.cap) &&
	       clipboard_paste(before, &number, &length) != OS_ERR_DENIED)
		continue;
}

static void write_text(struct clipboard_cap who, size_t size)
{
	for (size_t at = 0; at < size; at += CLIPBOARD_WRITE_DATA_SIZE)
		OS_ASSERT(!clipboard_write(who, at, text + at,
		                           OS_MIN(size - at, (size_t)CLIPBOARD_WRITE_DATA_SIZE)));
}

static void copy_text(struct clipboard_cap who, size_t size)
{
	os_random(env, text, size);
	write_text(who, size);
	OS_ASSERT(!clipboard_copy(who, size));
}

/* What it gets is what was copied last. */
static void paste_text(struct clipboard_cap who, size_t expected)
{
	uint64_t number, length, at = 0;
	size_t got;

	OS_ASSERT(!clipboard_paste(who, &number, &length));
	OS_ASSERT(length == expected);
	while (at < length) {
		uint8_t piece[CLIPBOARD_READ_DATA_SIZE];

		OS_ASSERT(!clipboard_read(who, number, at, piece, &got) && got);
		OS_ASSERT(at + got <= sizeof(copy_of));
		memcpy(copy_of + at, piece, got);
		at += got;
	}
	OS_ASSERT(at == length && !memcmp(text, copy_of, length));
}

static void nobody(void)
{
	uint64_t number, length;

	write_text(a, 10);
	OS_ASSERT(clipboard_copy(a, 10) == OS_ERR_DENIED);
	OS_ASSERT(clipboard_paste(a, &number, &length) == OS_ERR_DENIED);
	os_log(env, "without the focus nobody copies or pastes");
}

static void passes(void)
{
	uint64_t number, length;

	focus_next(a, (struct clipboard_cap){ 0 });
	OS_ASSERT(clipboard_paste(a, &number, &length) == OS_ERR_NOT_FOUND);
	copy_text(a, SIZE);
	paste_text(a, SIZE);
	OS_ASSERT(clipboard_paste(b, &number, &length) == OS_ERR_DENIED);
	OS_ASSERT(!signals);
	focus_next(b, a);
	paste_text(b, SIZE);
	while (!signals)
		OS_ASSERT(!os_ep_dispatch(env->ep, true));
	OS_ASSERT(signals == 1);
	OS_ASSERT(clipboard_copy(a, 0) == OS_ERR_DENIED);
	os_log(env, "a text goes from one who has the focus to the next");
}

static void lengths(void)
{
	uint64_t number, length;
	uint8_t piece[CLIPBOARD_READ_DATA_SIZE];
	size_t got;

	OS_ASSERT(!clipboard_write(b, 0, text, 100));
	OS_ASSERT(clipboard_write(b, 99, text, 1) == OS_ERR_RANGE);
	OS_ASSERT(clipboard_write(b, 101, text, 1) == OS_ERR_RANGE);
	OS_ASSERT(clipboard_write(b, UINT64_MAX, text, 1) == OS_ERR_RANGE);
	OS_ASSERT(clipboard_copy(b, 99) == OS_ERR_RANGE);
	OS_ASSERT(clipboard_copy(b, 101) == OS_ERR_RANGE);
	write_text(b, 4800);
	OS_ASSERT(clipboard_write(b, 4800, text, 201) == OS_ERR_RANGE);
	paste_text(b, SIZE); /* what is being written is not seen */
	OS_ASSERT(!clipboard_paste(b, &number, &length));
	OS_ASSERT(!clipboard_read(b, number, length, piece, &got) && !got);
	OS_ASSERT(clipboard_read(b, number, length + 1, piece, &got) == OS_ERR_RANGE);
	OS_ASSERT(clipboard_read(b, number - 1, 0, piece, &got) == OS_ERR_NOT_FOUND);
	copy_text(b, 1);
	OS_ASSERT(clipboard_read(b, number, 0, piece, &got) == OS_ERR_NOT_FOUND);
	paste_text(b, 1);
	copy_text(b, 0);
	paste_text(b, 0);
	for (int i = 0; i < 20; i++)
		copy_text(b, SIZE);
	paste_text(b, SIZE);
	os_log(env, "lengths are checked, and texts are whole");
}

static void flows(void)
{
	uint64_t number, length;

	/* b's text is not for c */
	focus_next(c, b);
	OS_ASSERT(clipboard_paste(c, &number, &length) == OS_ERR_NOT_FOUND);
	focus_next(a, c);
	copy_text(a, 77);
	focus_next(c, a);
	paste_text(c, 77);
	/* and c's for nobody else */
	copy_text(c, 5);
	focus_next(b, c);
	OS_ASSERT(clipboard_paste(b, &number, &length) == OS_ERR_NOT_FOUND);
	os_log(env, "texts pass between domains as the config says");
}

static void ends(void)
{
	uint64_t number, length;

	focus_next(a, b);
	copy_text(a, SIZE);
	focus_next(b, a);
	paste_text(b, SIZE);
	os_session_close(&a_session);
	while (clipboard_paste(b, &number, &length) != OS_ERR_NOT_FOUND)
		continue;
	copy_text(b, 3);
	paste_text(b, 3);
	OS_ASSERT(clipboard_open(&a_session, env, "a", 1 << 20, &a) == OS_ERR_RANGE);
	os_log(env, "what a session has copied goes with it");
}

enum os_err os_construct(struct os_env *own)
{
	struct os_session session;
	enum os_err err;

	env = own;
	if ((err = dynamic_rom_open(&session, env, NULL, &rom)) ||
	    (err = os_signal_handler_init(&told, env->ep, handle_told)) ||
	    (err = clipboard_open(&a_session, env, "a", SIZE, &a)) ||
	    (err = clipboard_open(&b_session, env, "b", SIZE, &b)) ||
	    (err = clipboard_open(&c_session, env, "c", SIZE, &c)) ||
	    (err = os_session_upgrade(&a_session, 32 * 1024, 8)) ||
	    (err = os_session_upgrade(&b_session, 32 * 1024, 8)) ||
	    (err = os_session_upgrade(&c_session, 32 * 1024, 8)) ||
	    (err = clipboard_sigh(b, told.cap)))
		return err;
	nobody();
	passes();
	lengths();
	flows();
	ends();
	os_exit(env, 0);
}
