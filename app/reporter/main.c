/* SPDX-License-Identifier: BSD-2-Clause */
/* reporter: reports what stands in its config, now and whenever that changes. */

#include <config/config.h>
#include <osier/env.h>
#include <osier/report.h>
#include <osier/session.h>
#include <osier/string.h>

enum { NAME_MAX = 64 };

static struct os_config config;
static struct os_list reports;

struct report {
	struct os_list_node node;
	struct os_report report;
	char name[NAME_MAX];
};

/* The session for reports of this name, which is opened for the first of them. */
static enum os_err report_get(struct os_env *env, const char *name, struct report **out)
{
	struct report *report;
	enum os_err err;

	OS_LIST_FOR_EACH (node, &reports) {
		*out = OS_LIST_ITEM(node, struct report, node);
		if (os_str_equal((*out)->name, name))
			return OS_OK;
	}
	if ((err = os_alloc(env->heap, sizeof(*report), (void **)&report)))
		return err;
	if ((err = os_str_copy(report->name, sizeof(report->name), name)) ||
	    (err = os_report_open(&report->report, env, name, 0))) {
		os_free(env->heap, report, sizeof(*report));
		return err;
	}
	os_list_append(&reports, &report->node);
	*out = report;
	return OS_OK;
}

/* The whole of a ROM module, with the zeroes at its end. */
static enum os_err tell_rom(struct os_env *env, struct report *report, const char *name)
{
	struct os_view view;
	struct os_rom rom;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, name)))
		return err;
	if (!(err = os_rom_view(&rom, &view)))
		err = os_report_submit(&report->report, view.start, view.size);
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

static enum os_err tell(struct os_env *env, struct os_xml xml)
{
	char name[NAME_MAX], rom[NAME_MAX];
	struct report *report;
	const char *text;
	size_t length;
	enum os_err err;

	if ((err = os_xml_string(xml, "name", name, sizeof(name))) ||
	    (err = report_get(env, name, &report)))
		return err;
	if (!os_xml_string(xml, "rom", rom, sizeof(rom)))
		return tell_rom(env, report, rom);
	os_xml_content(xml, &text, &length);
	return os_report_submit(&report->report, text, length);
}

static void tell_all(struct os_config *self)
{
	OS_XML_FOR_EACH (xml, self->root, "report") {
		const enum os_err err = tell(self->env, xml);

		if (err)
			os_error(self->env, "config:%u: <report>: %s", os_xml_line(xml),
			         os_err_text(err));
	}
}

enum os_err os_construct(struct os_env *env)
{
	enum os_err err;

	if ((err = os_config_open(&config, env)))
		return err;
	tell_all(&config);
	return os_config_sigh(&config, env->ep, tell_all);
}
