/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports: who has the focus, who is at the pointer, who was clicked, who was killed. */

#include <osier/format.h>
#include <osier/string.h>

#include "gui.h"

enum { REPORT_SIZE = 1024 };

struct report_text {
	const char *name;
	const struct told *told;
	bool counted;
};

static void write(struct os_xml_writer *writer, void *context)
{
	const struct report_text *const text = context;
	const struct told *const told = text->told;
	char colour[8];

	os_format(colour, sizeof(colour), "#%06x", told->colour & 0xffffff);
	os_xml_writer_begin(writer, text->name);
	if (*told->label) {
		os_xml_writer_attribute(writer, "label", told->label);
		os_xml_writer_attribute(writer, "domain", told->domain);
		os_xml_writer_attribute(writer, "color", colour);
	}
	if (text->counted)
		os_xml_writer_attribute_u64(writer, "count", told->count);
	os_xml_writer_end(writer);
}

static void submit(struct gui *gui, struct told *told, const char *name, bool counted)
{
	struct report_text text = { .name = name, .told = told, .counted = counted };
	enum os_err err;

	told->report.env = gui->env;
	told->report.name = name;
	told->report.limit = REPORT_SIZE;
	if ((err = os_xml_report(&told->report, write, &text)))
		os_warning(gui->env, "cannot report \"%s\": %s", name, os_err_text(err));
}

/* Note whom it is about; true: another than before. */
static bool note(struct told *told, const struct client *client)
{
	const char *const label = client ? client->label : "";
	const struct domain *const domain = client ? client->domain : NULL;
	const char *const name = domain ? domain->name : "";
	const os_pixel colour = domain ? domain->colour : 0;

	if (os_str_equal(told->label, label) && os_str_equal(told->domain, name) &&
	    told->colour == colour)
		return false;
	/* both come from fields of the same size */
	OS_ASSERT(!os_str_copy(told->label, sizeof(told->label), label));
	OS_ASSERT(!os_str_copy(told->domain, sizeof(told->domain), name));
	told->colour = colour;
	return true;
}

/* Whether the report is wanted and its first, or about another than before. */
static bool news(struct told *told, bool wanted, const struct client *client, uint64_t count)
{
	if (!wanted) {
		os_xml_report_close(&told->report);
		*told = (struct told){ 0 };
		return false;
	}
	if (!note(told, client) && told->count == count && told->report.name)
		return false;
	told->count = count;
	return true;
}

void report_killed(struct gui *gui, const struct client *client)
{
	if (news(&gui->killed, gui->policy.report_killed, client, ++gui->kills))
		submit(gui, &gui->killed, "killed", true);
}

void reports_update(struct gui *gui)
{
	const struct router *const router = &gui->router;
	const struct policy *const policy = &gui->policy;

	if (news(&gui->focus, policy->report_focus, router->focus, 0))
		submit(gui, &gui->focus, "focus", false);
	if (news(&gui->hover, policy->report_hover, router->hover, 0))
		submit(gui, &gui->hover, "hover", false);
	/* who was clicked, also if it is gone since */
	if (policy->report_clicked && router->clicks == gui->clicked.count)
		return;
	if (news(&gui->clicked, policy->report_clicked, router->clicked, router->clicks))
		submit(gui, &gui->clicked, "clicked", true);
}
