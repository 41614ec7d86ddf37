/* SPDX-License-Identifier: BSD-2-Clause */
/* The state of a sandbox as XML: children always, and what the config's <report> asks for. */

#include "internal.h"

static const char *const child_states[] = {
	[CHILD_IDLE] = "waiting",     [CHILD_PAUSED] = "delayed", [CHILD_OPENING] = "starting",
	[CHILD_RUNNING] = "starting", [CHILD_UP] = "up",          [CHILD_ENDED] = "ended",
	[CHILD_FAILED] = "failed",
};

static const char *const session_states[SESSION_STATES] = {
	[SESSION_WAITING] = "requested", [SESSION_OFFERED] = "requested",
	[SESSION_OPEN] = "open",         [SESSION_ABANDONED] = "closing",
	[SESSION_CLOSING] = "closing",   [SESSION_FAILED] = "failed",
	[SESSION_GONE] = "gone",         [SESSION_DONE] = "closing",
};

/* ------------------------------------------------------------------ quotas */

/* An account that is gone has nothing to tell. */
static void report_account(struct os_xml_writer *writer, struct account_cap account, bool ram,
                           bool caps)
{
	struct os_quota limit, used;

	if (!(ram || caps) || !os_cap_valid(account.cap) ||
	    account_info(account, &limit.ram, &used.ram, &limit.caps, &used.caps))
		return;
	for (int i = 0; i < 2; i++) {
		const uint64_t quota = i ? limit.caps : limit.ram, use = i ? used.caps : used.ram;

		if (!(i ? caps : ram))
			continue;
		os_xml_writer_begin(writer, i ? "caps" : "ram");
		os_xml_writer_attribute_u64(writer, "quota", quota);
		os_xml_writer_attribute_u64(writer, "used", use);
		os_xml_writer_attribute_u64(writer, "avail", quota - OS_MIN(quota, use));
		os_xml_writer_end(writer);
	}
}

static void report_quota(struct os_xml_writer *writer, struct os_quota quota)
{
	os_xml_writer_attribute_u64(writer, "ram", quota.ram);
	os_xml_writer_attribute_u64(writer, "caps", quota.caps);
}

/* ------------------------------------------------------------------ sessions */

/* `peer`: the child at the other end, if it is one. */
static void report_session(struct os_xml_writer *writer, const struct sandbox_session *session,
                           const char *role, const struct child *peer)
{
	const struct sandbox_config *config = session->sandbox->config;

	os_xml_writer_begin(writer, "session");
	os_xml_writer_attribute(writer, "service", session->service);
	os_xml_writer_attribute(writer, "label", session->label);
	os_xml_writer_attribute(writer, "state", session_states[session->state]);
	report_quota(writer, session->quota);
	if (config->report.ids)
		os_xml_writer_attribute_u64(writer, "id", session->id);
	if (config->report.session_args)
		os_xml_writer_attribute_u64(writer, "args_size", session->args_size);
	if (peer)
		os_xml_writer_attribute(writer, role, peer->start->name);
	os_xml_writer_end(writer);
}

static void report_requested(struct os_xml_writer *writer, const struct child *child)
{
	os_xml_writer_begin(writer, "requested");
	for (size_t i = 0; i < ENVIRONMENT_COUNT; i++)
		if (child->environment[i])
			report_session(writer, child->environment[i], "server",
			               child->environment[i]->server);
	for (struct os_avl_node *node = os_avl_first(&child->sessions); node;
	     node = os_avl_next(node)) {
		const struct sandbox_session *session =
		        OS_AVL_ITEM(node, const struct sandbox_session, by_id);

		report_session(writer, session, "server", session->server);
	}
	os_xml_writer_end(writer);
}

static void report_provided(struct os_xml_writer *writer, const struct child *child)
{
	os_xml_writer_begin(writer, "provided");
	OS_LIST_FOR_EACH (node, &child->announcements) {
		os_xml_writer_begin(writer, "service");
		os_xml_writer_attribute(writer, "name",
		                        OS_LIST_ITEM(node, struct announcement, node)->service);
		os_xml_writer_end(writer);
	}
	for (struct os_avl_node *node = os_avl_first(&child->served); node;
	     node = os_avl_next(node)) {
		const struct sandbox_session *session =
		        OS_AVL_ITEM(node, const struct sandbox_session, by_server_id);

		report_session(writer, session, "client", session->client);
	}
	os_xml_writer_end(writer);
}

/* ------------------------------------------------------------------ children */

/* True if it was on its way, and the answer owed is not the first one. */
static uint32_t skipped_heartbeats(const struct child *child)
{
	return child->beats ? child->beats - 1 : 0;
}

static void report_attributes(struct os_xml_writer *writer, const struct child *child)
{
	os_xml_writer_attribute(writer, "name", child->start->name);
	os_xml_writer_attribute(writer, "binary", child->start->binary);
	if (child->start->version[0])
		os_xml_writer_attribute(writer, "version", child->start->version);
	os_xml_writer_attribute(writer, "state", child_states[child->state]);
	report_quota(writer, child->assigned);
	if (child->sandbox->config->report.ids)
		os_xml_writer_attribute_u64(writer, "id", child->id);
	os_xml_writer_attribute_u64(writer, "starts", child->starts);
	if (child->exited)
		os_xml_writer_attribute_i64(writer, "exit", child->exit_value);
	if (child->start->heartbeat.wanted)
		os_xml_writer_attribute_u64(writer, "skipped_heartbeats",
		                            skipped_heartbeats(child));
}

static void report_child(struct os_xml_writer *writer, const struct child *child)
{
	const struct sandbox_report *options = &child->sandbox->config->report;

	os_xml_writer_begin(writer, "child");
	report_attributes(writer, child);
	report_account(writer, child->account, options->child_ram, options->child_caps);
	if (child->resource_state == PARENT_RESOURCE_STATE_PENDING) {
		os_xml_writer_begin(writer, "asks");
		report_quota(writer, child->resource);
		os_xml_writer_end(writer);
	}
	if (options->requested)
		report_requested(writer, child);
	if (options->provided)
		report_provided(writer, child);
	os_xml_writer_end(writer);
}

bool os_sandbox_report_wanted(const struct os_sandbox *sandbox)
{
	return sandbox->config && sandbox->config->report.wanted;
}

void os_sandbox_report(struct os_sandbox *sandbox, struct os_xml_writer *writer)
{
	os_xml_writer_begin(writer, "state");
	os_xml_writer_attribute_u64(writer, "applied", sandbox->applied);
	os_xml_writer_attribute_u64(writer, "refused", sandbox->refused);
	if (sandbox->config) {
		const struct sandbox_report *options = &sandbox->config->report;

		report_account(writer, sandbox->upstream->account, options->init_ram,
		               options->init_caps);
		OS_LIST_FOR_EACH (node, &sandbox->children)
			report_child(writer, OS_LIST_ITEM(node, const struct child, node));
	}
	os_xml_writer_end(writer);
}
