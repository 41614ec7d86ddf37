/* SPDX-License-Identifier: BSD-2-Clause */
/* launchpad: starts and kills subsystems by click, and shows what each of them uses. */

#include <config/config.h>
#include <launcher/launcher.h>
#include <osier/env.h>
#include <osier/format.h>
#include <osier/string.h>
#include <timeout/timeout.h>
#include <widget/controls.h>
#include <widget/window.h>

enum { TEXT_SIZE = 64, STATUS_SIZE = 160, LOOK_US = 1000000, BAR_WIDTH = 110, NAME_WIDTH = 130 };

/** What there is to be started. */
struct entry {
	struct os_list_node node;
	struct os_box box;
	struct os_label title, quota;
	struct os_button start;
	char name[OS_SANDBOX_NAME_MAX], title_text[TEXT_SIZE], quota_text[TEXT_SIZE];
};

/** What runs. */
struct run {
	struct os_list_node node;
	struct os_box box;
	struct os_label title, end; /* `end`: in place of the bars when it has failed */
	struct os_bar ram, caps;
	struct os_button kill;
	bool ended;
	char said[OS_LAUNCH_SAID_MAX]; /* why */
	char name[OS_SANDBOX_NAME_MAX], ram_text[TEXT_SIZE], caps_text[TEXT_SIZE];
};

static struct os_env *env;
static struct os_config config;
static struct os_upstream upstream;
static struct os_launcher launcher;
static struct os_timeouts timeouts;
static struct os_timeout look;
static struct os_signal_handler sweep; /* what the launcher's callbacks must not do themselves */
static struct os_list entries, runs;

static struct os_widget_window window;
static struct os_box root, header, entry_box, run_box, content;
static struct os_scroll scroll;
static struct os_label entries_title, runs_title, status;
static struct os_bar ram_bar, caps_bar;
static struct os_separator separators[2];
static char status_text[STATUS_SIZE], ram_text[TEXT_SIZE], caps_text[TEXT_SIZE];
static struct os_quota all;  /* of the component itself, at first */
static struct os_quota free; /* of that, when it was looked at last */

static void say(const char *format, ...) OS_PRINTF(1, 2);
static void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	os_vformat(status_text, sizeof(status_text), format, args);
	va_end(args);
	os_label_set(&status, status_text);
}

/* ------------------------------------------------------------------ numbers */

static void bytes_format(char *text, size_t size, uint64_t bytes)
{
	if (bytes >= 10 << 20 || (bytes && bytes % (1 << 20) == 0))
		os_format(text, size, "%lluM", (unsigned long long)(bytes >> 20));
	else
		os_format(text, size, "%lluK", (unsigned long long)(bytes >> 10));
}

static void ram_show(struct os_bar *bar, char *text, uint64_t used, uint64_t limit)
{
	char first[24], second[24];

	bytes_format(first, sizeof(first), used);
	bytes_format(second, sizeof(second), limit);
	os_format(text, TEXT_SIZE, "%s of %s", first, second);
	os_bar_set(bar, used, limit, text);
}

static void caps_show(struct os_bar *bar, char *text, uint64_t used, uint64_t limit)
{
	os_format(text, TEXT_SIZE, "%llu of %llu", (unsigned long long)used,
	          (unsigned long long)limit);
	os_bar_set(bar, used, limit, text);
}

/* What is seen of quotas, brought up to date. */
static void numbers_update(void)
{
	const enum os_err err = os_launcher_usage(&launcher);

	if (err)
		say("out of memory for a look at the quotas");
	if (!os_upstream_free(&upstream, &free)) {
		ram_show(&ram_bar, ram_text, all.ram - OS_MIN(free.ram, all.ram), all.ram);
		caps_show(&caps_bar, caps_text, all.caps - OS_MIN(free.caps, all.caps), all.caps);
	}
	OS_LIST_FOR_EACH (node, &runs) {
		struct run *run = OS_LIST_ITEM(node, struct run, node);
		const struct os_launch *launch =
		        run->ended ? NULL : os_launcher_find(&launcher, run->name);

		if (!launch)
			continue;
		ram_show(&run->ram, run->ram_text, launch->used.ram, launch->quota.ram);
		caps_show(&run->caps, run->caps_text, launch->used.caps, launch->quota.caps);
	}
}

/* What was killed gives its quota back in its own time: look until nothing runs, or changes. */
static void look_expired(struct os_timeout *timeout, uint64_t count)
{
	const struct os_quota before = free;

	(void)count;
	numbers_update();
	if (!os_list_empty(&launcher.launches) || free.ram != before.ram ||
	    free.caps != before.caps)
		return;
	os_timeout_cancel(&timeouts, timeout);
	os_log(env, "nothing runs: %lluK of RAM, %llu capabilities in use",
	       (unsigned long long)((all.ram - free.ram) >> 10),
	       (unsigned long long)(all.caps - free.caps));
}

/* The clock runs only while there is something to be looked at. */
static void look_start(void)
{
	enum os_err err = OS_OK;

	if (!timeouts.session.env)
		err = os_timeouts_init(&timeouts, env, env->ep);
	if (err || (err = os_timeout_every(&timeouts, &look, LOOK_US)))
		os_warning(env, "no timer: %s", os_err_text(err));
}

/* ------------------------------------------------------------------ rows of what runs */

static void run_remove(struct run *run)
{
	os_list_remove(&runs, &run->node);
	os_widget_remove(&run->box.widget);
	os_free(env->heap, run, sizeof(*run));
}

static void kill_clicked(struct os_button *button)
{
	struct run *const run = button->widget.context;
	struct os_launch *const launch = os_launcher_find(&launcher, run->name);
	enum os_err err;

	if (run->ended) {
		run_remove(run);
		return;
	}
	if (launch && (err = os_launcher_kill(&launcher, launch))) {
		say("%s cannot be killed now: %s", run->name, os_err_text(err));
		return;
	}
	say("%s was killed", run->name);
	run_remove(run);
	look_start();
	numbers_update();
}

static enum os_err run_add(const struct os_launch *launch)
{
	struct run *run;
	enum os_err err;
	void *memory;

	if ((err = os_alloc(env->heap, sizeof(*run), &memory)))
		return err;
	run = memory;
	*run = (struct run){ 0 };
	memcpy(run->name, launch->name, sizeof(run->name));
	os_box_init(&run->box, OS_BOX_ROW);
	os_label_init(&run->title, run->name);
	run->title.widget.min_width = NAME_WIDTH;
	run->title.widget.grow = 1;
	os_bar_init(&run->ram, NULL);
	os_bar_init(&run->caps, NULL);
	run->ram.widget.min_width = run->caps.widget.min_width = BAR_WIDTH;
	os_button_init(&run->kill, "Kill", kill_clicked);
	run->kill.danger = true;
	run->kill.widget.context = run;
	os_widget_add(&run->box.widget, &run->title.widget);
	os_widget_add(&run->box.widget, &run->ram.widget);
	os_widget_add(&run->box.widget, &run->caps.widget);
	os_widget_add(&run->box.widget, &run->kill.widget);
	os_widget_add(&run_box.widget, &run->box.widget);
	os_list_append(&runs, &run->node);
	return OS_OK;
}

static struct run *run_find(const char *name)
{
	OS_LIST_FOR_EACH (node, &runs) {
		struct run *run = OS_LIST_ITEM(node, struct run, node);

		if (!run->ended && os_str_equal(run->name, name))
			return run;
	}
	return NULL;
}

/* Its row tells why, until a person removes it. */
static void run_end(struct run *run, const char *said)
{
	run->ended = true;
	os_format(run->said, sizeof(run->said), "%s", said);
	os_widget_remove(&run->ram.widget);
	os_widget_remove(&run->caps.widget);
	os_widget_remove(&run->kill.widget);
	/* the reason is cut where there is no room, and the name is not */
	run->title.widget.grow = 0;
	os_label_init(&run->end, run->said);
	run->end.faint = true;
	run->end.widget.grow = 1;
	os_widget_add(&run->box.widget, &run->end.widget);
	os_button_set(&run->kill, "Remove", false);
	run->kill.danger = false;
	os_widget_add(&run->box.widget, &run->kill.widget);
}

/* What has ended makes room for others; what has failed to, or could not start, is still seen. */
static void sweep_one(struct os_launch *launch)
{
	struct run *const run = run_find(launch->name);
	const bool well = os_str_equal(launch->said, "exited with value 0");

	if (well)
		say("%s has ended", launch->name);
	if (run && !well)
		run_end(run, launch->said);
	if (!os_launcher_kill(&launcher, launch) && run && well)
		run_remove(run);
}

static void swept(struct os_signal_handler *handler, uint64_t count)
{
	struct os_list_node *node = os_list_first(&launcher.launches);

	(void)handler;
	(void)count;
	while (node) {
		struct os_launch *launch = OS_LIST_ITEM(node, struct os_launch, node);

		node = os_list_next(node);
		if (launch->fate == OS_SANDBOX_ENDED || launch->fate == OS_SANDBOX_FAILED)
			sweep_one(launch);
	}
	look_start();
	numbers_update();
}

static void launcher_changed(struct os_launcher *self)
{
	(void)self;
	if (os_signal_submit(sweep.cap, 1))
		os_warning(env, "what has ended stays in the list");
}

static void launcher_message(struct os_launcher *self, bool error, const char *text)
{
	(void)self;
	if (!error)
		return;
	os_error(env, "%s", text);
	say("%s", text);
}

static const struct os_launcher_ops launcher_ops = { .changed = launcher_changed,
	                                             .message = launcher_message };

/* ------------------------------------------------------------------ rows of what there is */

static void start_clicked(struct os_button *button)
{
	const struct entry *const entry = button->widget.context;
	struct os_launch *launch;
	enum os_err err;

	if ((err = os_launcher_start(&launcher, entry->name, &launch))) {
		say("%s cannot be started: %s", entry->title_text, os_err_text(err));
		return;
	}
	if ((err = run_add(launch))) {
		say("%s: %s", entry->title_text, os_err_text(err));
		if (os_launcher_kill(&launcher, launch))
			os_warning(env, "%s runs, and is not in the list", launch->name);
		return;
	}
	if (!*launch->said) /* else that it has failed is told already */
		say("%s was started", launch->name);
	look_start();
	numbers_update();
}

static void entry_texts(struct entry *entry, struct os_xml node)
{
	char ram[24];

	bytes_format(ram, sizeof(ram), os_xml_size(node, "ram", 0));
	os_format(entry->quota_text, sizeof(entry->quota_text), "%s, %llu caps", ram,
	          (unsigned long long)os_xml_u64(node, "caps", 0));
	if (os_xml_string(node, "title", entry->title_text, sizeof(entry->title_text)))
		os_format(entry->title_text, sizeof(entry->title_text), "%s", entry->name);
}

static enum os_err entry_add(struct os_xml node)
{
	struct entry *entry;
	enum os_err err;
	void *memory;

	if ((err = os_alloc(env->heap, sizeof(*entry), &memory)))
		return err;
	entry = memory;
	*entry = (struct entry){ 0 };
	if ((err = os_xml_string(node, "name", entry->name, sizeof(entry->name)))) {
		os_free(env->heap, entry, sizeof(*entry));
		return err;
	}
	entry_texts(entry, node);
	os_box_init(&entry->box, OS_BOX_ROW);
	os_label_init(&entry->title, entry->title_text);
	entry->title.widget.grow = 1;
	os_label_init(&entry->quota, entry->quota_text);
	entry->quota.faint = true;
	os_button_init(&entry->start, "Start", start_clicked);
	entry->start.widget.context = entry;
	os_widget_add(&entry->box.widget, &entry->title.widget);
	os_widget_add(&entry->box.widget, &entry->quota.widget);
	os_widget_add(&entry->box.widget, &entry->start.widget);
	os_widget_add(&entry_box.widget, &entry->box.widget);
	os_list_append(&entries, &entry->node);
	return OS_OK;
}

static void entries_clear(void)
{
	struct os_list_node *node;

	while ((node = os_list_first(&entries))) {
		struct entry *entry = OS_LIST_ITEM(node, struct entry, node);

		os_list_remove(&entries, node);
		os_widget_remove(&entry->box.widget);
		os_free(env->heap, entry, sizeof(*entry));
	}
}

static struct os_theme theme_read(void)
{
	struct os_theme theme = os_theme_default;

	os_theme_config(&theme, env, config.root);
	return theme;
}

/* What runs goes on as it was started; what there is to be started is as the config says now. */
static void config_changed(struct os_config *changed)
{
	const struct os_theme theme = theme_read();
	enum os_err err;

	/* not before the window is open */
	if (window.window.env)
		os_widget_window_theme(&window, &theme);
	entries_clear();
	if ((err = os_launcher_config(&launcher, changed->root)))
		os_error(env, "config: %s", os_err_text(err));
	OS_XML_FOR_EACH (node, launcher.config, "launch")
		if ((err = entry_add(node)))
			os_error(env, "config:%u: %s; give it a name of at most %d bytes",
			         (unsigned int)os_xml_line(node), os_err_text(err),
			         OS_SANDBOX_NAME_MAX - 1);
}

/* ------------------------------------------------------------------ the beginning */

static void title_add(struct os_label *label, const char *text)
{
	os_label_init(label, text);
	label->bold = true;
	os_widget_add(&content.widget, &label->widget);
}

/* Own quota above, then what there is, then what runs, and what happened last below. */
static void widgets_init(void)
{
	os_box_init(&root, OS_BOX_COLUMN);
	root.margin = -1;
	os_box_init(&header, OS_BOX_ROW);
	os_bar_init(&ram_bar, NULL);
	os_bar_init(&caps_bar, NULL);
	/* wider than their texts, so that they stay where they are */
	ram_bar.widget.min_width = caps_bar.widget.min_width = 2 * BAR_WIDTH - 20;
	ram_bar.widget.grow = caps_bar.widget.grow = 1;
	os_widget_add(&header.widget, &ram_bar.widget);
	os_widget_add(&header.widget, &caps_bar.widget);
	os_box_init(&content, OS_BOX_COLUMN);
	os_box_init(&entry_box, OS_BOX_COLUMN);
	os_box_init(&run_box, OS_BOX_COLUMN);
	title_add(&entries_title, "Programs");
	os_widget_add(&content.widget, &entry_box.widget);
	os_separator_init(&separators[0]);
	os_widget_add(&content.widget, &separators[0].widget);
	title_add(&runs_title, "Running");
	os_widget_add(&content.widget, &run_box.widget);
	os_scroll_init(&scroll);
	scroll.widget.grow = 1;
	os_widget_add(&scroll.widget, &content.widget);
	os_separator_init(&separators[1]);
	os_label_init(&status, "");
	status.faint = true;
	os_widget_add(&root.widget, &header.widget);
	os_widget_add(&root.widget, &scroll.widget);
	os_widget_add(&root.widget, &separators[1].widget);
	os_widget_add(&root.widget, &status.widget);
}

static enum os_err window_open(void)
{
	const struct os_theme theme = theme_read();
	const struct os_widget_window_config it = {
		.theme = &theme,
		.window = {
			.title = "Launchpad",
			.width = (uint32_t)os_xml_u64(config.root, "width", 460),
			.height = (uint32_t)os_xml_u64(config.root, "height", 400),
			.x = (int32_t)os_xml_i64(config.root, "x", 0),
			.y = (int32_t)os_xml_i64(config.root, "y", 0),
		},
	};

	return os_widget_window_open(&window, env, env->ep, &it, &root.widget);
}

enum os_err os_construct(struct os_env *own)
{
	enum os_err err;

	env = own;
	look.handle = look_expired;
	widgets_init();
	if ((err = os_config_open(&config, env)) || (err = os_upstream_init(&upstream, env)) ||
	    (err = os_signal_handler_init(&sweep, env->ep, swept)) ||
	    (err = os_launcher_init(&launcher, &upstream, env->ep, &launcher_ops, NULL)))
		return err;
	config_changed(&config);
	if ((err = window_open()) || (err = os_upstream_free(&upstream, &all)))
		return err;
	numbers_update();
	return os_config_sigh(&config, env->ep, config_changed);
}
