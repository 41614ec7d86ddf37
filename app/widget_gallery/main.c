/* SPDX-License-Identifier: BSD-2-Clause */
/* widget_gallery: each kind of widget in one window, and what is done with them in the log. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/format.h>
#include <widget/controls.h>
#include <widget/window.h>

enum { SAMPLES = 60, NAME_SIZE = 40, LIMIT = 100, STEP = 15, TEXT_SIZE = 40 };

static struct {
	struct os_env *env;
	struct os_config config;
	struct os_widget_window window;

	struct os_box root, columns, left, right, buttons;
	struct os_label title, text;
	struct os_separator separator;
	struct os_button less, more, kill;
	struct os_check verbose;
	struct os_entry entry;
	struct os_bar bar;
	struct os_plot plot;
	struct os_items items;

	char name[NAME_SIZE], bar_text[TEXT_SIZE];
	uint32_t samples[2 * SAMPLES];
	uint32_t value;
} gallery;

/* ------------------------------------------------------------------ what is done */

static void value_set(uint32_t value)
{
	gallery.value = value;
	os_format(gallery.bar_text, sizeof(gallery.bar_text), "%u of %u MiB", value, LIMIT);
	os_bar_set(&gallery.bar, value, LIMIT, gallery.bar_text);
	os_plot_add(&gallery.plot, (uint32_t[]){ value, LIMIT - value });
	os_widget_disable(&gallery.less.widget, value == 0);
	os_widget_disable(&gallery.more.widget, value == LIMIT);
}

static void less_clicked(struct os_button *button)
{
	(void)button;
	value_set(gallery.value - OS_MIN(gallery.value, (uint32_t)STEP));
	os_log(gallery.env, "less: %u", gallery.value);
}

static void more_clicked(struct os_button *button)
{
	(void)button;
	value_set(OS_MIN(gallery.value + STEP, (uint32_t)LIMIT));
	os_log(gallery.env, "more: %u", gallery.value);
}

static void kill_clicked(struct os_button *button)
{
	(void)button;
	os_log(gallery.env, "kill \"%s\"", gallery.name);
}

static void verbose_changed(struct os_check *check)
{
	os_log(gallery.env, "verbose: %s", check->on ? "yes" : "no");
}

static void name_entered(struct os_entry *entry)
{
	os_log(gallery.env, "name: \"%s\"", entry->text);
}

/* ------------------------------------------------------------------ the list */

static const char *const components[] = { "init",     "nitpicker",   "timer", "input_filter",
	                                  "wm",       "launchpad",   "scout", "clipboard",
	                                  "terminal", "load_monitor" };

static const char *row_text(struct os_items *items, uint32_t row)
{
	(void)items;
	return components[row];
}

static void row_selected(struct os_items *items, uint32_t row)
{
	(void)items;
	os_log(gallery.env, "selected: %s", components[row]);
}

static void row_activated(struct os_items *items, uint32_t row)
{
	(void)items;
	(void)os_entry_set(&gallery.entry, components[row]);
	os_log(gallery.env, "activated: %s", components[row]);
}

static const struct os_items_ops items_ops = {
	.text = row_text,
	.selected = row_selected,
	.activated = row_activated,
};

/* ------------------------------------------------------------------ the window */

static void left_build(void)
{
	struct os_widget *const left = &gallery.left.widget;

	os_box_init(&gallery.left, OS_BOX_COLUMN);
	os_box_init(&gallery.buttons, OS_BOX_ROW);
	os_label_init(&gallery.text, "A label may be longer than a line: then it is broken where "
	                             "there is a space. Fünf Ärzte grüßen — Ω, Ж, → ✓");
	gallery.text.wrap = true;
	os_button_init(&gallery.less, "Less", less_clicked);
	os_button_init(&gallery.more, "More", more_clicked);
	os_button_init(&gallery.kill, "Kill", kill_clicked);
	gallery.less.widget.grow = gallery.more.widget.grow = gallery.kill.widget.grow = 1;
	gallery.kill.danger = true;
	os_check_init(&gallery.verbose, "Tell everything", verbose_changed);
	os_entry_init(&gallery.entry, gallery.name, sizeof(gallery.name));
	gallery.entry.hint = "Name of a component";
	gallery.entry.entered = name_entered;
	os_bar_init(&gallery.bar, NULL);
	os_plot_init(&gallery.plot, gallery.samples, SAMPLES, 2);
	gallery.plot.most = LIMIT;
	gallery.plot.widget.grow = 1;
	gallery.left.widget.grow = 2;
	os_widget_add(left, &gallery.text.widget);
	os_widget_add(left, &gallery.buttons.widget);
	os_widget_add(&gallery.buttons.widget, &gallery.less.widget);
	os_widget_add(&gallery.buttons.widget, &gallery.more.widget);
	os_widget_add(&gallery.buttons.widget, &gallery.kill.widget);
	os_widget_add(left, &gallery.bar.widget);
	os_widget_add(left, &gallery.verbose.widget);
	os_widget_add(left, &gallery.entry.widget);
	os_widget_add(left, &gallery.plot.widget);
}

static void build(void)
{
	os_box_init(&gallery.root, OS_BOX_COLUMN);
	gallery.root.margin = -1;
	os_box_init(&gallery.columns, OS_BOX_ROW);
	gallery.columns.widget.grow = 1;
	os_label_init(&gallery.title, "Widgets");
	gallery.title.bold = true;
	os_separator_init(&gallery.separator);
	os_items_init(&gallery.items, &items_ops, 6);
	os_items_set(&gallery.items, OS_ARRAY_SIZE(components));
	gallery.items.widget.grow = 1;
	os_widget_add(&gallery.root.widget, &gallery.title.widget);
	os_widget_add(&gallery.root.widget, &gallery.separator.widget);
	os_widget_add(&gallery.root.widget, &gallery.columns.widget);
	left_build();
	os_widget_add(&gallery.columns.widget, &gallery.left.widget);
	os_widget_add(&gallery.columns.widget, &gallery.items.widget);
	value_set(0);
	value_set(40);
}

static struct os_theme theme_read(void)
{
	struct os_theme theme = os_theme_default;

	os_theme_config(&theme, gallery.env, gallery.config.root);
	return theme;
}

static void config_changed(struct os_config *config)
{
	const struct os_theme theme = theme_read();

	(void)config;
	os_widget_window_theme(&gallery.window, &theme);
	os_log(gallery.env, "another theme");
}

enum os_err os_construct(struct os_env *env)
{
	struct os_widget_window_config config = {
		.window = { .title = "Gallery", .width = 480, .height = 360 },
	};
	struct os_theme theme;
	enum os_err err;

	gallery.env = env;
	if ((err = os_config_open(&gallery.config, env)) && err != OS_ERR_SYNTAX)
		return err;
	config.window.x = (int32_t)os_xml_i64(gallery.config.root, "x", 0);
	config.window.y = (int32_t)os_xml_i64(gallery.config.root, "y", 0);
	theme = theme_read();
	config.theme = &theme;
	build();
	if ((err = os_widget_window_open(&gallery.window, env, env->ep, &config,
	                                 &gallery.root.widget)))
		return err;
	os_log(env, "open");
	return os_config_sigh(&gallery.config, env->ep, config_changed);
}
