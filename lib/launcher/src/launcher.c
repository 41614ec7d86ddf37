/* SPDX-License-Identifier: BSD-2-Clause */
/* Launchers: a sandbox whose config is written anew for each start and each end. */

#include <launcher/launcher.h>
#include <osier/format.h>
#include <osier/string.h>
#include <xml/writer.h>

enum { STATE_SIZE = 512 }; /* of one child in a state report */

static struct os_launcher *launcher_of(struct os_sandbox *sandbox)
{
	return container_of(sandbox, struct os_launcher, sandbox);
}

/* ------------------------------------------------------------------ what the sandbox tells */

static void message(struct os_sandbox *sandbox, bool error, const char *text)
{
	struct os_launcher *const launcher = launcher_of(sandbox);
	const char *said;
	struct os_launch *const launch = os_launcher_subject(launcher, text, &said);

	if (launch)
		os_format(launch->said, sizeof(launch->said), "%s", said);
	if (launcher->ops->message)
		launcher->ops->message(launcher, error, text);
	else if (error)
		os_error(sandbox->env, "%s", text);
}

static void changed(struct os_sandbox *sandbox)
{
	struct os_launcher *const launcher = launcher_of(sandbox);
	bool any = false;

	OS_LIST_FOR_EACH (node, &launcher->launches) {
		struct os_launch *launch = OS_LIST_ITEM(node, struct os_launch, node);
		const enum os_sandbox_fate fate = os_sandbox_fate(sandbox, launch->name);

		any |= fate != launch->fate;
		launch->fate = fate;
	}
	if (any && launcher->ops->changed)
		launcher->ops->changed(launcher);
}

static const struct os_sandbox_ops sandbox_ops = { .message = message, .changed = changed };

/* ------------------------------------------------------------------ life */

enum os_err os_launcher_init(struct os_launcher *launcher, struct os_upstream *upstream,
                             struct os_ep *ep, const struct os_launcher_ops *ops, void *context)
{
	*launcher = (struct os_launcher){ .ops = ops, .context = context };
	return os_sandbox_init(&launcher->sandbox, upstream, ep, &sandbox_ops, launcher);
}

static void launch_free(struct os_launcher *launcher, struct os_launch *launch)
{
	struct os_alloc *const alloc = launcher->sandbox.alloc;

	if (launch->start)
		os_free(alloc, launch->start, launch->start_size);
	os_free(alloc, launch, sizeof(*launch));
}

void os_launcher_fini(struct os_launcher *launcher)
{
	struct os_list_node *node;

	if (!launcher->sandbox.env)
		return;
	while ((node = os_list_first(&launcher->launches))) {
		os_list_remove(&launcher->launches, node);
		launch_free(launcher, OS_LIST_ITEM(node, struct os_launch, node));
	}
	if (launcher->text)
		os_free(launcher->sandbox.alloc, launcher->text, launcher->text_size);
	os_sandbox_fini(&launcher->sandbox);
	*launcher = (struct os_launcher){ 0 };
}

enum os_err os_launcher_config(struct os_launcher *launcher, struct os_xml config)
{
	struct os_alloc *const alloc = launcher->sandbox.alloc;
	struct os_xml root;
	const char *text;
	enum os_err err;
	size_t size;
	void *copy;

	os_xml_text(config, &text, &size);
	if (!size)
		return OS_OK;
	if ((err = os_alloc(alloc, size, &copy)))
		return err;
	memcpy(copy, text, size);
	if ((err = os_xml_parse(copy, size, &root, NULL))) {
		os_free(alloc, copy, size);
		return err;
	}
	if (launcher->text)
		os_free(alloc, launcher->text, launcher->text_size);
	launcher->text = copy;
	launcher->text_size = size;
	launcher->config = root;
	return OS_OK;
}

struct os_xml os_launcher_entry(const struct os_launcher *launcher, const char *name)
{
	OS_XML_FOR_EACH (entry, launcher->config, "launch")
		if (os_xml_equal(entry, "name", name))
			return entry;
	return (struct os_xml){ 0 };
}

/* ------------------------------------------------------------------ starting and killing */

static enum os_err apply(struct os_launcher *launcher)
{
	struct os_alloc *const alloc = launcher->sandbox.alloc;
	size_t size, length;
	enum os_err err;
	char *text;

	if ((err = os_launcher_text(launcher, alloc, &text, &size, &length)))
		return err;
	err = os_sandbox_apply(&launcher->sandbox, text, length);
	os_free(alloc, text, size);
	return err;
}

static enum os_err quota_check(const struct os_launcher *launcher, struct os_quota quota)
{
	struct os_quota free;
	enum os_err err;

	if ((err = os_upstream_free(launcher->sandbox.upstream, &free)))
		return err;
	if (quota.ram > free.ram)
		return OS_ERR_OUT_OF_RAM;
	return quota.caps > free.caps ? OS_ERR_OUT_OF_CAPS : OS_OK;
}

/* As init reads it: ram="2M" caps="100", or <resource name="RAM" quantum="2M"/>. */
static struct os_quota quota_of(struct os_xml entry)
{
	struct os_quota quota = { os_xml_size(entry, "ram", 0), os_xml_u64(entry, "caps", 0) };

	OS_XML_FOR_EACH (resource, entry, "resource") {
		if (os_xml_equal(resource, "name", "RAM"))
			quota.ram = os_xml_size(resource, "quantum", 0);
		if (os_xml_equal(resource, "name", "CAP"))
			quota.caps = os_xml_u64(resource, "quantum", 0);
	}
	return quota;
}

static enum os_err launch_make(struct os_launcher *launcher, struct os_xml entry,
                               struct os_launch **out)
{
	struct os_alloc *const alloc = launcher->sandbox.alloc;
	struct os_launch *launch;
	enum os_err err;
	void *memory;

	if ((err = os_alloc(alloc, sizeof(*launch), &memory)))
		return err;
	launch = memory;
	*launch = (struct os_launch){
		.quota = quota_of(entry),
		.fate = OS_SANDBOX_STARTING,
	};
	if ((err = os_xml_string(entry, "name", launch->entry, sizeof(launch->entry))) ||
	    (err = os_launcher_name(launcher, launch->entry, launch->name)) ||
	    (err = os_launcher_start_text(entry, launch->name, alloc, &launch->start,
	                                  &launch->start_size)) ||
	    (err = quota_check(launcher, launch->quota))) {
		launch_free(launcher, launch);
		return err;
	}
	*out = launch;
	return OS_OK;
}

enum os_err os_launcher_start(struct os_launcher *launcher, const char *entry_name,
                              struct os_launch **out)
{
	const struct os_xml entry = os_launcher_entry(launcher, entry_name);
	struct os_launch *launch;
	enum os_err err;

	if (!os_xml_valid(entry))
		return OS_ERR_NOT_FOUND;
	if ((err = launch_make(launcher, entry, &launch)))
		return err;
	os_list_append(&launcher->launches, &launch->node);
	launcher->launch_count++;
	if ((err = apply(launcher))) {
		os_list_remove(&launcher->launches, &launch->node);
		launcher->launch_count--;
		launch_free(launcher, launch);
		return err;
	}
	if (out)
		*out = launch;
	return OS_OK;
}

enum os_err os_launcher_kill(struct os_launcher *launcher, struct os_launch *launch)
{
	enum os_err err;

	os_list_remove(&launcher->launches, &launch->node);
	if ((err = apply(launcher))) {
		os_list_append(&launcher->launches, &launch->node);
		return err;
	}
	launcher->launch_count--;
	launch_free(launcher, launch);
	return OS_OK;
}

enum os_err os_launcher_usage(struct os_launcher *launcher)
{
	struct os_alloc *const alloc = launcher->sandbox.alloc;
	const size_t size = (launcher->launch_count + 2) * STATE_SIZE;
	struct os_xml_writer writer;
	struct os_xml state;
	enum os_err err;
	void *memory;
	size_t length;

	if ((err = os_alloc(alloc, size, &memory)))
		return err;
	os_xml_writer_init(&writer, memory, size);
	os_sandbox_report(&launcher->sandbox, &writer);
	if (!(err = os_xml_writer_finish(&writer, &length)) &&
	    !(err = os_xml_parse(memory, length, &state, NULL)))
		os_launcher_state(launcher, state);
	os_free(alloc, memory, size);
	return err;
}
