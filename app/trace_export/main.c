/* SPDX-License-Identifier: BSD-2-Clause */
/* trace_export: records all components below its parent, and writes what they do into the log. */

#include <api/account.h>
#include <api/log.h>
#include <config/config.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/session.h>
#include <osier/string.h>
#include <osier/thread.h>
#include <timeout/timeout.h>
#include <trace/ring.h>
#include <trace/tree.h>

#include "encode.h"

/*
 * Every line begins with "@" and its number, so that who reads them notices if some are missing:
 *
 *     @n c CYCLES US             time-stamp counter and time, at the same moment
 *     @n p PD BINARY LABEL       a component ("-": no boot module)
 *     @n t PD THREAD NAME        a thread
 *     @n y NUMBER TYPE           an interface
 *     @n e THREAD TIME BASE64    events: encode.h
 *     @n l THREAD COUNT          events that were overwritten before they could be read
 *     @n u PD COUNT              threads that found no ring
 *     @n s CPU TIME BASE64       which thread a CPU runs: events as above
 *     @n m CPU COUNT             so many of these are missing before the next ones
 *     @n z                       the end
 *
 * Core bounds the rate of LOG lines (core/src/log.c): 2,000 at once, and one per millisecond. So no
 * ring is read while there may be no lines left for it, and events that come faster than about
 * 45,000 a second for long are overwritten there. Names and the end have lines set aside.
 */
enum {
	READ_MAX = 256,
	RESERVE_RAM = 192 * 1024, /* for what else there is to be paid */
	RESERVE_CAPS = 40,
	PERIOD_US = 20 * 1000,
	BATCH = 64,           /* events that are worth a line */
	LOOK_INTERVAL = 4096, /* polls after which everything is looked at */
	LINES_MAX = 1900,     /* at once: a bit less than core permits */
	LINES_APART = 400,    /* for one ring at worst, and for names and the end */
	LINE_US = 1000,
	REFILL_INTERVAL = 64, /* times that lines are lacking, after which we look at the clock */
};

/* A component that is recorded. */
struct source {
	struct os_list_node node;
	uint64_t pd;
	bool ended;
	struct os_view view;
	const struct os_trace_buffer *buffer;
	uint64_t threads[OS_TRACE_THREADS_MAX]; /* that have been told */
	uint64_t lost[OS_TRACE_THREADS_MAX];
	uint32_t unnoticed;
	struct os_trace_cursor cursors[OS_TRACE_THREADS_MAX];
};

static struct {
	struct os_env *env;
	struct os_trace_tree tree;
	struct os_session session;
	struct log_cap log;
	uint64_t lines;
	uint64_t lines_left, refilled_us; /* how many may be written; up to when they are counted */
	bool ends;                        /* nobody else goes on: wait for lines */
	struct os_mutex lock;             /* who reads: the poller, or who sees the end */
	struct os_list sources;
	struct types types;
	uint32_t threads, events, switches;
	bool timer;
	struct source *cpus; /* NULL: which threads they run is not known here */
	struct os_signal_handler start, end;
	struct os_thread poller;
	struct os_timeouts timeouts;
	struct os_timeout timeout;
} export;

/* ------------------------------------------------------------------ lines */

static void write_line(const char *format, ...) OS_PRINTF(1, 2);
static void write_line(const char *format, ...)
{
	char text[ENCODE_LINE_MAX + 24];
	size_t length;
	va_list args;
	enum os_err err;

	length = os_format(text, sizeof(text), "@%llx ", (unsigned long long)export.lines);
	va_start(args, format);
	os_vformat(text + length, sizeof(text) - length, format, args);
	va_end(args);
	export.lines++;
	export.lines_left -= export.lines_left > 0;
	err = log_write(export.log, text);
	(void)err; /* its number is missing then */
}

/* What time it is: the header of a snapshot, in the buffer that is there; NULL: it cannot be had.
 */
static const struct os_trace_snapshot *clock_read(void)
{
	const struct os_trace_snapshot *header = os_trace_tree_header(&export.tree);
	uint64_t generation;
	uint32_t count, total;

	if (header && trace_snapshot(export.tree.trace, 0, &count, &total, &generation))
		return NULL;
	return header;
}

static void write_clock(void)
{
	const struct os_trace_snapshot *header = clock_read();

	if (header)
		write_line("c %llx %llx", (unsigned long long)header->cycles,
		           (unsigned long long)header->time_us);
}

/* Count the lines of the time that has passed; false: nobody knows how long that was. */
static bool lines_refill(void)
{
	const struct os_trace_snapshot *header = clock_read();
	uint64_t passed;

	if (!header)
		return false;
	passed = (header->time_us - export.refilled_us) / LINE_US;
	export.refilled_us += passed * LINE_US;
	export.lines_left += OS_MIN(passed, LINES_MAX - export.lines_left);
	return true;
}

/* Whether a ring may be read now. At the end this waits until it may. */
static bool lines_enough(void)
{
	static uint32_t lacking;

	if (export.lines_left > LINES_APART)
		return true;
	if (!export.ends && ++lacking % REFILL_INTERVAL)
		return false;
	do {
		if (!lines_refill())
			return true;
	} while (export.ends && export.lines_left <= LINES_APART);
	return export.lines_left > LINES_APART;
}

/* ------------------------------------------------------------------ components */

static void source_fini(struct source *source)
{
	const enum os_err err = trace_forget(export.tree.trace, source->pd);

	(void)err;
	os_view_fini(&source->view);
	os_list_remove(&export.sources, &source->node);
	os_free(export.env->heap, source, sizeof(*source));
}

static enum os_err source_init(uint64_t pd, struct rom_dataspace_cap ds)
{
	struct source *source;
	enum os_err err;

	if ((err = os_alloc(export.env->heap, sizeof(*source), (void **)&source)))
		return err;
	source->pd = pd;
	os_list_append(&export.sources, &source->node);
	if ((err = os_view_init(&source->view, (struct dataspace_cap){ ds.cap }, 0, 0,
	                        OS_ATTACH_READ))) {
		source_fini(source);
		return err;
	}
	source->buffer = source->view.start;
	OS_ASSERT(os_trace_buffer_valid(source->buffer, source->view.size));
	write_line("p %llx %s %s", (unsigned long long)pd,
	           source->buffer->binary[0] ? source->buffer->binary : "-", source->buffer->label);
	return OS_OK;
}

/* Those that have come since the last time. */
static void sources_look(void)
{
	const struct source *last =
	        OS_LIST_ITEM(os_list_last(&export.sources), struct source, node);
	static uint64_t seen;
	struct rom_dataspace_cap ds;
	uint64_t pd;
	bool ended;

	seen = OS_MAX(seen, last ? last->pd : 0);
	while (trace_recorded(export.tree.trace, seen, &pd, &ended, &ds) == OS_OK) {
		if (source_init(pd, ds))
			os_warning(export.env, "PD %llu is not shown: no memory",
			           (unsigned long long)pd);
		os_cap_drop(ds.cap);
		seen = pd;
	}
}

/* What runs already; later ones are recorded by themselves. */
static void sources_begin(void)
{
	const struct os_trace_pd *pd = NULL;
	enum os_err err;

	while ((pd = os_trace_tree_next(&export.tree, pd, OS_TRACE_PD))) {
		err = trace_record(export.tree.trace, pd->record.id, export.threads, export.events,
		                   TRACE_POLICY_OVERWRITE);
		if (err && err != OS_ERR_EXISTS && err != OS_ERR_GONE)
			os_warning(export.env, "\"%s\" is not recorded: %s", pd->label,
			           os_err_text(err));
	}
}

/* ------------------------------------------------------------------ events */

static uint32_t number_of(const struct os_trace_event *event)
{
	const uint8_t kind = os_trace_event_kind(event);
	const uint32_t type = (uint32_t)(event->data >> 32);
	uint32_t number;
	bool is_new;

	if (kind != OS_TRACE_CALL && kind != OS_TRACE_RECEIVE)
		return 0;
	number = type_number(&export.types, type, &is_new);
	if (is_new)
		write_line("y %x %x", number, type);
	return number;
}

/* In lines of one thread each: a ring changes hands with the event THREAD_BEGIN. */
static void write_events(uint64_t *thread, const struct os_trace_event *events, size_t count)
{
	struct line line;
	const char *text;

	line_begin(&line, 'e', *thread, count ? os_trace_event_time(&events[0]) : 0);
	for (size_t i = 0; i < count; i++) {
		const uint32_t number = number_of(&events[i]);
		const bool begins = os_trace_event_kind(&events[i]) == OS_TRACE_THREAD_BEGIN;

		if (!begins && line_add(&line, &events[i], number))
			continue;
		if ((text = line_end(&line)))
			write_line("%s", text);
		if (begins)
			*thread = events[i].data;
		line_begin(&line, 'e', *thread, os_trace_event_time(&events[i]));
		OS_ASSERT(line_add(&line, &events[i], number));
	}
	if ((text = line_end(&line)))
		write_line("%s", text);
}

static void write_switches(uint32_t cpu, const struct os_trace_event *events, size_t count)
{
	struct line line;
	const char *text;

	for (size_t i = 0; i < count;) {
		const size_t first = i;

		line_begin(&line, 's', cpu, os_trace_event_time(&events[i]));
		while (i < count && line_add(&line, &events[i], 0))
			i++;
		OS_ASSERT(i > first);
		if ((text = line_end(&line)))
			write_line("%s", text);
	}
}

/* True: there was something; fewer than `least` events wait for more. */
static bool ring_read(struct source *source, uint32_t i, size_t least)
{
	const struct os_trace_thread_info *info = &source->buffer->threads[i];
	struct os_trace_event events[READ_MAX];
	const uint64_t thread = info->thread;
	size_t count;

	if (!thread || os_trace_ring_new(source->buffer, i, &source->cursors[i]) < least ||
	    !lines_enough())
		return false;
	if (thread != source->threads[i]) {
		write_line("t %llx %llx %s", (unsigned long long)source->pd,
		           (unsigned long long)thread, info->name);
		if (!source->threads[i])
			source->threads[i] = thread;
	}
	count = os_trace_ring_read(source->buffer, i, &source->cursors[i], events, READ_MAX);
	write_events(&source->threads[i], events, count);
	if (source->cursors[i].lost > source->lost[i])
		write_line("l %llx %llx", (unsigned long long)thread,
		           (unsigned long long)(source->cursors[i].lost - source->lost[i]));
	source->lost[i] = source->cursors[i].lost;
	return count > 0;
}

static bool source_read(struct source *source, size_t least)
{
	const bool ended = __atomic_load_n(&source->buffer->ended, __ATOMIC_ACQUIRE);
	bool found = false;

	for (uint32_t i = 0; i < source->buffer->ring_count; i++)
		found |= ring_read(source, i, ended ? 1 : least);
	if (source->buffer->unnoticed > source->unnoticed) {
		source->unnoticed = source->buffer->unnoticed;
		write_line("u %llx %x", (unsigned long long)source->pd, source->unnoticed);
	}
	if (ended && !found)
		source_fini(source);
	return found;
}

static bool sources_read(size_t least)
{
	bool found = false;

	OS_LIST_FOR_EACH (node, &export.sources)
		found |= source_read(OS_LIST_ITEM(node, struct source, node), least);
	return found;
}

/* ------------------------------------------------------------------ CPUs */

static enum os_err cpus_open(void)
{
	struct rom_dataspace_cap ds;
	struct source *cpus;
	enum os_err err;

	if ((err = os_alloc(export.env->heap, sizeof(*cpus), (void **)&cpus)))
		return err;
	if (!(err = trace_switches(export.tree.trace, export.switches, &ds))) {
		err = os_view_init(&cpus->view, (struct dataspace_cap){ ds.cap }, 0, 0,
		                   OS_ATTACH_READ);
		os_cap_drop(ds.cap);
	}
	if (err) {
		os_free(export.env->heap, cpus, sizeof(*cpus));
		return err;
	}
	cpus->buffer = cpus->view.start;
	OS_ASSERT(os_trace_buffer_valid(cpus->buffer, cpus->view.size));
	export.cpus = cpus;
	return OS_OK;
}

/* The timeline is worth it without them, too. */
static void cpus_begin(void)
{
	const enum os_err err = export.switches ? cpus_open() : OS_OK;

	/* the host's to know; not for us to see */
	if (err && err != OS_ERR_UNSUPPORTED && err != OS_ERR_DENIED)
		os_warning(export.env, "switches=\"%u\" of CPUs are not recorded: %s",
		           export.switches, os_err_text(err));
}

static bool cpu_read(uint32_t i, size_t least)
{
	struct os_trace_cursor *cursor = &export.cpus->cursors[i];
	struct os_trace_event events[READ_MAX];
	size_t count;

	if (os_trace_ring_new(export.cpus->buffer, i, cursor) < least || !lines_enough())
		return false;
	count = os_trace_ring_read(export.cpus->buffer, i, cursor, events, READ_MAX);
	if (cursor->lost > export.cpus->lost[i])
		write_line("m %x %llx", i,
		           (unsigned long long)(cursor->lost - export.cpus->lost[i]));
	export.cpus->lost[i] = cursor->lost;
	write_switches(i, events, count);
	return count > 0;
}

static bool cpus_read(size_t least)
{
	bool found = false;

	for (uint32_t i = 0; export.cpus && i < export.cpus->buffer->ring_count; i++)
		found |= cpu_read(i, least);
	return found;
}

/* What was recorded last; whoever writes that down is not to be told of any more. */
static void cpus_end(void)
{
	enum os_err err;

	if (!export.cpus)
		return;
	err = trace_switches_end(export.tree.trace);
	(void)err;
	while (cpus_read(1))
		continue;
}

/* ------------------------------------------------------------------ when */

/* No timer: look whenever nobody else has anything to do. */
static void poll(struct os_thread *thread, void *argument)
{
	(void)thread;
	(void)argument;
	for (uint32_t i = 0;; i++) {
		os_mutex_lock(&export.lock);
		if (i % LOOK_INTERVAL == 0)
			sources_look();
		sources_read(i % LOOK_INTERVAL ? BATCH : 1);
		cpus_read(BATCH);
		os_mutex_unlock(&export.lock);
	}
}

static void tick(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	os_mutex_lock(&export.lock);
	sources_look();
	sources_read(1);
	cpus_read(BATCH);
	os_mutex_unlock(&export.lock);
}

/* What is still there is written: not more than all rings hold, though others go on. */
static void end_handle(struct os_signal_handler *handler, uint64_t count)
{
	enum os_err err;

	(void)handler;
	(void)count;
	os_mutex_lock(&export.lock);
	export.ends = true;
	cpus_end();
	sources_look();
	for (uint32_t i = 0; i <= export.events / READ_MAX && sources_read(1); i++)
		continue;
	write_clock();
	write_line("z");
	os_mutex_unlock(&export.lock);
	err = trace_end_seen(export.tree.trace);
	(void)err;
}

static enum os_err config_read(void)
{
	struct os_config config;
	enum os_err err;

	if ((err = os_config_open(&config, export.env)))
		return err;
	export.threads = (uint32_t)os_xml_u64(config.root, "threads", 8);
	export.events = (uint32_t)os_xml_u64(config.root, "events", 1024);
	export.switches = (uint32_t)os_xml_u64(config.root, "switches", 2048);
	export.timer = os_xml_bool(config.root, "timer", false);
	os_config_close(&config);
	return OS_OK;
}

/* All that the account has goes to the TRACE session, for buffers. */
static enum os_err donate(void)
{
	uint64_t ram, ram_used, caps, caps_used;
	struct account_cap account;
	enum os_err err;

	if ((err = pd_account(export.env->pd, &account)))
		return err;
	err = account_info(account, &ram, &ram_used, &caps, &caps_used);
	os_cap_drop(account.cap);
	if (err)
		return err;
	ram = ram - ram_used > RESERVE_RAM ? ram - ram_used - RESERVE_RAM : 0;
	caps = caps - caps_used > RESERVE_CAPS ? caps - caps_used - RESERVE_CAPS : 0;
	return os_session_upgrade(&export.tree.session, ram / 2, caps / 2);
}

static enum os_err begin(void)
{
	enum os_err err;

	if ((err = trace_record_new(export.tree.trace, export.threads, export.events,
	                            TRACE_POLICY_OVERWRITE)) ||
	    (err = os_trace_tree_update(&export.tree)) ||
	    (err = os_signal_handler_init(&export.end, export.env->ep, end_handle)))
		return err;
	export.lines_left = LINES_MAX;
	export.refilled_us = os_trace_tree_header(&export.tree)->time_us;
	sources_begin();
	write_clock();
	cpus_begin();
	/* who does not see everything goes on until it is ended itself */
	err = trace_end_sigh(export.tree.trace, export.end.cap);
	if (err && err != OS_ERR_DENIED)
		return err;
	if (!export.timer &&
	    (err = os_thread_init(&export.poller, export.env, "poller", 0, 127, poll, NULL)))
		return err;
	return trace_begun(export.tree.trace);
}

static void start_handle(struct os_signal_handler *handler, uint64_t count)
{
	enum os_err err;

	(void)handler;
	(void)count;
	os_mutex_lock(&export.lock);
	err = begin();
	os_mutex_unlock(&export.lock);
	if (!err)
		return;
	os_error(export.env, "nothing is recorded: %s", os_err_text(err));
	os_exit(export.env, (int)err);
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	export.env = env;
	/*
	 * What others do meanwhile is not recorded: first things first. Once the end waits for us,
	 * nothing must be asked of the parent any more, which may have ended: base does so until
	 * the entrypoint serves, and so it is there that recording begins.
	 */
	env->shortage = OS_SHORTAGE_FAIL;
	if ((err = os_trace_tree_open(&export.tree, env, NULL)) ||
	    (err = log_open(&export.session, env, NULL, &export.log)) || (err = config_read()) ||
	    (err = donate()))
		return err;
	export.timeout.handle = tick;
	if (export.timer &&
	    ((err = os_timeouts_init(&export.timeouts, env, env->ep)) ||
	     (err = os_timeout_every(&export.timeouts, &export.timeout, PERIOD_US))))
		return err;
	if ((err = os_signal_handler_init(&export.start, env->ep, start_handle)))
		return err;
	return os_signal_submit(export.start.cap, 1);
}
