/* SPDX-License-Identifier: BSD-2-Clause */
/* Links: requests that wait at the parent, polled when the parent signals. */

#include <link/link.h>

enum {
	RAM_DEFAULT = 8 * 1024, /* donation where the caller names none */
	CAPS_DEFAULT = 4,
	FARE_RAM = 8 * 1024, /* about what parents charge for a session beside the donation */
	FARE_CAPS = 12,
	GROWTH = 16,      /* as of sessions opened otherwise */
	LOSSES_MAX = 100, /* in a row, of servers that end before they have answered */
};

/* What the parent has said to requests for quota, since the handler has looked. */
enum { DECISION_NONE, DECISION_DENIED, DECISION_GRANTED };

static uint64_t id_next(struct os_env *env)
{
	uint64_t id;

	os_mutex_lock(&env->lock);
	id = env->next_session_id++;
	os_mutex_unlock(&env->lock);
	return id;
}

/* Have the handler run, of which the context is our own. */
static void wake(struct os_links *links)
{
	OS_ASSERT(!os_signal_submit(links->handler.cap, 1));
}

/* ------------------------------------------------------------------ quota */

static void decided(struct os_resource_watcher *watcher, bool granted)
{
	struct os_links *const links = container_of(watcher, struct os_links, watcher);

	/* it may be another thread's entrypoint than the links' */
	atomic_store(&links->decision, granted ? DECISION_GRANTED : DECISION_DENIED);
	wake(links);
}

/* The own account lacks this much. OK: try again; BUSY: when the parent has decided. */
static enum os_err ask_for(struct os_links *links, uint64_t ram, uint64_t caps)
{
	enum os_err err = os_resource_ask(links->env, ram, caps);

	if (err != OS_ERR_BUSY || links->watcher.env)
		return err;
	if ((err = os_resource_watch(&links->watcher, links->env, decided)))
		return err;
	return os_resource_ask(links->env, ram, caps); /* it may have decided since */
}

/* How the request has failed for want of quota: OK: try again at once; BUSY: later. */
static enum os_err ask_for_donation(struct os_link *link, enum os_err err)
{
	const struct os_session *const wanted = &link->session;
	uint64_t ram, caps;

	if ((err != OS_ERR_OUT_OF_RAM && err != OS_ERR_OUT_OF_CAPS) || link->asked ||
	    os_resource_free(link->links->env, &ram, &caps))
		return err;
	ram = wanted->ram - OS_MIN(wanted->ram, ram);
	caps = wanted->caps - OS_MIN(wanted->caps, caps);
	link->asked = true;
	switch (ask_for(link->links, ram + FARE_RAM, caps + FARE_CAPS)) {
	case OS_OK:
		return OS_OK;
	case OS_ERR_BUSY:
		return OS_ERR_BUSY;
	default:
		return err;
	}
}

/* ------------------------------------------------------------------ requests */

/* Ask for the session that link->session describes. BUSY: it waits for quota. */
static enum os_err request(struct os_link *link)
{
	struct os_env *const env = link->links->env;
	const struct os_session_args *const args = &link->args;
	enum os_err err;

	link->state = OS_LINK_WAITING;
	link->error = OS_OK;
	link->short_of_quota = false;
	do {
		const uint64_t id = id_next(env);

		err = parent_session_request(
		        env->parent, id, args->service, args->label ? args->label : "", args->args,
		        args->args_size, &args->affinity, link->session.ram, link->session.caps);
		if (!err) {
			link->session.env = env;
			link->session.id = id;
			/* what is answered at once is not signalled */
			wake(link->links);
		}
	} while (err && !(err = ask_for_donation(link, err)));
	link->short_of_quota = err == OS_ERR_BUSY;
	return err;
}

/* What is asked for at first, and again once it has gone. */
static void forget(struct os_link *link)
{
	link->session = (struct os_session){
		.ram = link->args.ram ? link->args.ram : RAM_DEFAULT,
		.caps = link->args.caps ? link->args.caps : CAPS_DEFAULT,
	};
	link->asked = false;
	link->raises = (struct os_raises){ 0 };
}

static void close_session(struct os_link *link)
{
	const uint64_t ram = link->session.ram, caps = link->session.caps;

	os_session_close(&link->session);
	link->session = (struct os_session){ .ram = ram, .caps = caps };
}

static void fail(struct os_link *link, enum os_err err)
{
	link->state = OS_LINK_FAILED;
	link->error = err;
	link->short_of_quota = false;
	link->changed(link);
}

static void request_again(struct os_link *link)
{
	const enum os_err err = request(link);

	if (err && err != OS_ERR_BUSY)
		fail(link, err);
}

/* ------------------------------------------------------------------ answers */

/* The reply that brought `cap` still stands in the thread's message, and tells its type. */
static bool type_is(struct os_cap cap, uint32_t type)
{
	const struct os_msg *const msg = os_msg_own();

	return type == OS_TYPE_ANY ||
	       (msg->cap_count == 1 && msg->caps[0].slot == cap.slot && msg->caps[0].type == type);
}

static void opened(struct os_link *link, struct os_cap cap)
{
	struct os_session *const session = &link->session;
	const bool wanted = type_is(cap, link->args.type);

	session->cap = cap;
	if (!wanted) {
		close_session(link);
		fail(link, OS_ERR_CAP_TYPE);
		return;
	}
	session->first_ram = session->ram;
	session->first_caps = session->caps;
	session->growth = GROWTH;
	link->losses = 0;
	link->state = OS_LINK_OPEN;
	link->changed(link);
}

static void refused(struct os_link *link, enum os_err err)
{
	close_session(link);
	/* a server that has ended, and may come back, has not refused */
	if (os_donation_raise(&link->session.ram, &link->session.caps, &link->raises, err) ||
	    (err == OS_ERR_GONE && link->losses++ < LOSSES_MAX))
		request_again(link);
	else
		fail(link, err);
}

static void lost(struct os_link *link)
{
	const uint64_t id = link->session.id;

	link->state = OS_LINK_WAITING;
	link->changed(link);
	if (!link->links || link->session.id != id)
		return; /* it has been ended, maybe begun anew */
	os_session_close(&link->session);
	forget(link);
	request_again(link);
}

/* The answer has come, but there is no place for its capability: once there is, ask again. */
static void place_lacks(struct os_link *link, enum os_err err)
{
	if (link->state != OS_LINK_WAITING)
		return;
	close_session(link);
	err = ask_for_donation(link, err);
	link->short_of_quota = err == OS_ERR_BUSY;
	if (!err)
		request_again(link);
	else if (err != OS_ERR_BUSY)
		fail(link, err);
}

static void poll_open(struct os_link *link, enum parent_session_state state, struct os_cap cap)
{
	os_cap_drop(cap); /* one count more of what is held already */
	if (state != PARENT_SESSION_STATE_OPEN)
		lost(link);
}

static void poll(struct os_link *link)
{
	enum parent_session_state state = PARENT_SESSION_STATE_REQUESTED;
	struct os_cap cap = { 0 };
	uint32_t error = 0;
	enum os_err err = parent_session_poll(link->links->env->parent, link->session.id, &state,
	                                      &error, &cap);

	if (err == OS_ERR_NOT_FOUND)
		state = PARENT_SESSION_STATE_GONE;
	else if (err) {
		place_lacks(link, err);
		return;
	}
	if (link->state == OS_LINK_OPEN)
		poll_open(link, state, cap);
	else if (state == PARENT_SESSION_STATE_OPEN)
		opened(link, cap);
	else if (state == PARENT_SESSION_STATE_FAILED)
		refused(link, error ? (enum os_err)error : OS_ERR_DENIED);
	else if (state == PARENT_SESSION_STATE_GONE)
		refused(link, OS_ERR_GONE);
}

/* Each one that is there now, once; what they do may end others. */
static void handle(struct os_signal_handler *handler, uint64_t signals)
{
	struct os_links *const links = container_of(handler, struct os_links, handler);
	const uint32_t decision = atomic_exchange(&links->decision, DECISION_NONE);
	size_t count = 0;

	(void)signals;
	OS_LIST_FOR_EACH (node, &links->links)
		count++;
	for (; count && !os_list_empty(&links->links); count--) {
		struct os_link *const link =
		        OS_LIST_ITEM(os_list_first(&links->links), struct os_link, node);

		os_list_remove(&links->links, &link->node);
		os_list_append(&links->links, &link->node);
		if (link->short_of_quota) {
			link->asked = decision != DECISION_GRANTED;
			if (decision != DECISION_NONE)
				request_again(link);
		} else if (link->state != OS_LINK_FAILED) {
			poll(link);
		}
	}
}

/* ------------------------------------------------------------------ life */

enum os_err os_links_init(struct os_links *links, struct os_env *env, struct os_ep *ep)
{
	enum os_err err;

	*links = (struct os_links){ .env = env };
	if ((err = os_signal_handler_init(&links->handler, ep, handle)))
		return err;
	if ((err = os_session_watch(&links->sessions, env, links->handler.cap)))
		os_signal_handler_fini(&links->handler);
	return err;
}

enum os_err os_link_init(struct os_link *link, struct os_links *links,
                         const struct os_session_args *args, void (*changed)(struct os_link *))
{
	enum os_err err;

	*link = (struct os_link){ .links = links, .args = *args, .changed = changed };
	forget(link);
	err = request(link);
	if (err && err != OS_ERR_BUSY) {
		*link = (struct os_link){ 0 };
		return err;
	}
	os_list_append(&links->links, &link->node);
	return OS_OK;
}

void os_link_lost(struct os_link *link)
{
	if (link->links && link->state == OS_LINK_OPEN)
		lost(link);
}

void os_link_fini(struct os_link *link)
{
	if (!link->links)
		return;
	os_list_remove(&link->links->links, &link->node);
	os_session_close(&link->session);
	*link = (struct os_link){ 0 };
}
