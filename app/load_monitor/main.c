/* SPDX-License-Identifier: BSD-2-Clause */
/* load_monitor: CPU time and memory over time, and who uses most of them, in a window. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/format.h>
#include <timeout/timeout.h>
#include <trace/tree.h>
#include <widget/controls.h>
#include <widget/window.h>

#include "load.h"

/*
 *               timeout                       the picture is shown
 *   WAITING ----------------> SAMPLED, DRAWN ---------------------> WAITING
 *
 * So without a screen there is no sample, and nothing runs.
 */

enum {
	PERIOD_MS = 1000,
	PERIOD_MIN_MS = 100,
	PERIOD_MAX_MS = 3600 * 1000,
	WIDTH = 420,
	HEIGHT = 400,
	SAMPLES = 120,
	KIB = 1024,
	COLUMN = 60, /* width of a number in the list, in pixels */
	TEXT_SIZE = 48,
};

static struct {
	struct os_env *env;
	struct os_config config;
	struct os_trace_tree tree;
	struct os_timeouts timeouts;
	struct os_timeout timeout;
	uint64_t period_ms;
	struct load load;

	struct os_widget_window window;
	struct os_box root, cpu_head, memory_head;
	struct os_label cpu_title, cpu_value, memory_title, memory_value;
	struct os_plot cpu, memory;
	struct os_bar bar;
	struct os_items items;
	uint32_t cpu_samples[SAMPLES], memory_samples[SAMPLES];
	char cpu_text[TEXT_SIZE], memory_text[TEXT_SIZE];
} monitor;

/* ------------------------------------------------------------------ samples */

static void values_show(void)
{
	const struct load *load = &monitor.load;
	char used[16], limit[16];
	uint32_t most = 1000;

	os_plot_add(&monitor.cpu, &load->permille);
	for (uint32_t i = 0; i < monitor.cpu.count; i++)
		most = OS_MAX(most, monitor.cpu_samples[i]);
	monitor.cpu.most = (most + 999) / 1000 * 1000; /* whole CPUs */
	os_plot_add(&monitor.memory, &(uint32_t){ (uint32_t)(load->ram_used / KIB) });
	monitor.memory.most = (uint32_t)OS_MAX(load->ram_limit / KIB, 1);
	os_format(monitor.cpu_text, TEXT_SIZE, "%u.%u %% of a CPU", load->permille / 10,
	          load->permille % 10);
	load_size_print(load->ram_used, used);
	load_size_print(load->ram_limit, limit);
	os_format(monitor.memory_text, TEXT_SIZE, "%s of %s", used, limit);
	os_label_set(&monitor.cpu_value, monitor.cpu_text);
	os_label_set(&monitor.memory_value, monitor.memory_text);
	os_bar_set(&monitor.bar, load->ram_used, load->ram_limit, NULL);
	os_items_set(&monitor.items, load->count);
}

static OS_NORETURN void give_up(const char *what, enum os_err err)
{
	os_error(monitor.env, "%s: %s", what, os_err_text(err));
	os_exit(monitor.env, 1);
}

static void sample(void)
{
	const struct os_trace_snapshot *header;
	enum os_err err;

	if ((err = os_trace_tree_update(&monitor.tree)))
		give_up("no snapshot", err);
	header = os_trace_tree_header(&monitor.tree);
	if (!header)
		give_up("no snapshot", OS_ERR_PROTOCOL);
	load_update(&monitor.load, header, monitor.tree.view.size);
	values_show();
}

static void tick(struct os_timeout *timeout, uint64_t count)
{
	(void)timeout;
	(void)count;
	sample();
}

/* What was sampled last can be seen: time for the next. */
static void shown(struct os_ui *ui)
{
	static uint64_t scheduled; /* the sample that has been taken into account */
	enum os_err err;

	(void)ui;
	if (scheduled == monitor.load.time_us)
		return; /* the same sample, drawn again: a row was selected, say */
	scheduled = monitor.load.time_us;
	if ((err = os_timeout_after(&monitor.timeouts, &monitor.timeout, monitor.period_ms * 1000)))
		give_up("no time", err);
}

/* ------------------------------------------------------------------ the window */

static void row_draw(struct os_items *items, const struct os_draw *draw, struct os_rect area,
                     uint32_t row, os_pixel text)
{
	const struct load_component *component = load_at(&monitor.load, row);
	struct os_font *font = draw->theme->font;
	struct os_rect name = { area.x + 6, area.y, area.width - 2 * COLUMN - 18, area.height };
	struct os_rect number = { area.x + area.width - 2 * COLUMN - 12, area.y, COLUMN,
		                  area.height };
	char line[16];

	(void)items;
	os_draw_text(draw, font, name, OS_ALIGN_START, text, component->label);
	os_format(line, sizeof(line), "%u.%u %%", component->permille / 10,
	          component->permille % 10);
	os_draw_text(draw, font, number, OS_ALIGN_END, text, line);
	number.x += COLUMN;
	load_size_print(component->ram_used, line);
	os_draw_text(draw, font, number, OS_ALIGN_END, text, line);
}

static const struct os_items_ops items_ops = { .draw = row_draw };

static void head_build(struct os_box *head, struct os_label *title, struct os_label *value,
                       const char *text)
{
	os_box_init(head, OS_BOX_ROW);
	os_label_init(title, text);
	os_label_init(value, "");
	title->bold = true;
	value->text_align = OS_ALIGN_END;
	value->widget.grow = 1;
	os_widget_add(&head->widget, &title->widget);
	os_widget_add(&head->widget, &value->widget);
	os_widget_add(&monitor.root.widget, &head->widget);
}

static void build(void)
{
	struct os_widget *const root = &monitor.root.widget;

	os_box_init(&monitor.root, OS_BOX_COLUMN);
	monitor.root.margin = -1;
	head_build(&monitor.cpu_head, &monitor.cpu_title, &monitor.cpu_value, "CPU");
	os_plot_init(&monitor.cpu, monitor.cpu_samples, SAMPLES, 1);
	os_widget_add(root, &monitor.cpu.widget);
	head_build(&monitor.memory_head, &monitor.memory_title, &monitor.memory_value, "Memory");
	os_plot_init(&monitor.memory, monitor.memory_samples, SAMPLES, 1);
	os_widget_add(root, &monitor.memory.widget);
	os_bar_init(&monitor.bar, NULL);
	os_widget_add(root, &monitor.bar.widget);
	os_items_init(&monitor.items, &items_ops, 4);
	os_widget_add(root, &monitor.items.widget);
	monitor.cpu.widget.grow = monitor.memory.widget.grow = 1;
	monitor.items.widget.grow = 2;
}

/* ------------------------------------------------------------------ config */

static uint32_t number(const char *name, uint32_t value)
{
	return (uint32_t)os_xml_u64(monitor.config.root, name, value);
}

static struct os_theme config_read(void)
{
	struct os_theme theme = os_theme_default;
	const uint64_t period = os_xml_u64(monitor.config.root, "period_ms", PERIOD_MS);

	os_theme_config(&theme, monitor.env, monitor.config.root);
	monitor.period_ms =
	        OS_MIN(OS_MAX(period, (uint64_t)PERIOD_MIN_MS), (uint64_t)PERIOD_MAX_MS);
	return theme;
}

static void config_changed(struct os_config *config)
{
	const struct os_theme theme = config_read();

	(void)config;
	os_widget_window_theme(&monitor.window, &theme);
	sample(); /* and from here on at the new period */
}

enum os_err os_construct(struct os_env *env)
{
	struct os_widget_window_config config = { .window = { .title = "Load" }, .shown = shown };
	struct os_theme theme;
	enum os_err err;

	monitor.env = env;
	monitor.timeout.handle = tick;
	if ((err = os_config_open(&monitor.config, env)) && err != OS_ERR_SYNTAX)
		return err;
	theme = config_read();
	config.theme = &theme;
	config.window.x = (int32_t)os_xml_i64(monitor.config.root, "x", 0);
	config.window.y = (int32_t)os_xml_i64(monitor.config.root, "y", 0);
	config.window.width = number("width", WIDTH);
	config.window.height = number("height", HEIGHT);
	build();
	if ((err = os_timeouts_init(&monitor.timeouts, env, env->ep)) ||
	    (err = os_trace_tree_open(&monitor.tree, env, NULL)))
		return err;
	if ((err = os_widget_window_open(&monitor.window, env, env->ep, &config,
	                                 &monitor.root.widget)))
		return err;
	sample();
	os_log(env, "shows %u components, %u.%u %% CPU", monitor.load.count,
	       monitor.load.permille / 10, monitor.load.permille % 10);
	return os_config_sigh(&monitor.config, env->ep, config_changed);
}
