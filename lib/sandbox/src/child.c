/* SPDX-License-Identifier: BSD-2-Clause */
/* A child's life: from the sessions that make it to the day when all of it is given back. */

#include "internal.h"

static int compare_names(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

static int compare_children(const struct os_avl_node *a, const struct os_avl_node *b)
{
	return compare_names(OS_AVL_ITEM(a, const struct child, by_name)->start->name,
	                     OS_AVL_ITEM(b, const struct child, by_name)->start->name);
}

static int compare_name(const void *key, const struct os_avl_node *node)
{
	return compare_names(key, OS_AVL_ITEM(node, const struct child, by_name)->start->name);
}

struct child *child_find(const struct os_sandbox *sandbox, const char *name)
{
	return OS_AVL_ITEM(os_avl_find(&sandbox->by_name, name, compare_name), struct child,
	                   by_name);
}

bool child_has_announced(const struct child *child, const char *service)
{
	OS_LIST_FOR_EACH (node, &child->announcements) {
		if (os_str_equal(OS_LIST_ITEM(node, struct announcement, node)->service, service))
			return true;
	}
	return false;
}

static bool is_starting(enum child_state state)
{
	return state == CHILD_IDLE || state == CHILD_OPENING || state == CHILD_RUNNING;
}

/* Count it, or take it out, where its state is counted. */
static void count_state(struct child *child, bool in)
{
	struct os_sandbox *sandbox = child->sandbox;
	const size_t by = in ? 1 : (size_t)-1;

	if (is_starting(child->state))
		sandbox->starting += by;
	if (child->state == CHILD_IDLE)
		sandbox->idle += by;
	if (child->state == CHILD_PAUSED)
		sandbox->paused += by;
}

void child_set_state(struct child *child, enum child_state state)
{
	count_state(child, false);
	child->state = state;
	count_state(child, true);
	child->was_up |= state == CHILD_UP;
	if (!child->sandbox->starting || child->sandbox->idle)
		sandbox_work(child->sandbox);
	sandbox_changed(child->sandbox);
}

enum os_err child_create(struct os_sandbox *sandbox, const struct sandbox_start *start,
                         struct child **out)
{
	struct child *child;
	enum os_err err;

	*out = NULL;
	if ((err = os_alloc(sandbox->alloc, sizeof(*child), (void **)&child)))
		return err;
	child->sandbox = sandbox;
	child->start = start;
	*out = child;
	return OS_OK;
}

void child_insert(struct child *child)
{
	struct os_sandbox *sandbox = child->sandbox;

	os_avl_insert(&sandbox->by_name, &child->by_name, compare_children);
	os_list_append(&sandbox->children, &child->node);
	count_state(child, true);
}

void child_discard(struct child *child)
{
	os_free(child->sandbox->alloc, child, sizeof(*child));
}

static void unlist(struct child *child)
{
	if (child->listed)
		os_list_remove(&child->sandbox->ended, &child->end_node);
	child->listed = false;
}

void child_destroy(struct child *child)
{
	struct os_sandbox *sandbox = child->sandbox;

	child->ending = true; /* no more messages */
	child->again = child->watches = false;
	child_teardown(child);
	unlist(child);
	count_state(child, false);
	os_avl_remove(&sandbox->by_name, &child->by_name);
	os_list_remove(&sandbox->children, &child->node);
	child_discard(child);
}

/* ------------------------------------------------------------------ what it has */

/* Until there is something to load, what the child is to have for itself lies on our account. */
enum os_err child_pay(struct child *child, struct os_quota cost)
{
	const struct account_cap own = child->sandbox->upstream->account;

	if (os_cap_valid(child->account.cap))
		return account_transfer(child->account, own, cost.ram, cost.caps);
	if (os_quota_sub(&child->own, cost)) {
		quota_promise(child, child->own);
		return OS_OK;
	}
	return child->own.ram < cost.ram ? OS_ERR_OUT_OF_RAM : OS_ERR_OUT_OF_CAPS;
}

void child_refund(struct child *child, struct os_quota cost)
{
	const struct account_cap own = child->sandbox->upstream->account;
	enum os_err err = OS_OK;

	if (os_cap_valid(child->account.cap))
		err = account_transfer(own, child->account, cost.ram, cost.caps);
	else if (child->state == CHILD_OPENING && os_quota_add(&child->own, cost))
		quota_promise(child, child->own);
	(void)err; /* it is ours, and free; a child that is gone needs nothing */
}

/* ------------------------------------------------------------------ beginning */

static const char *remedy(enum os_err err)
{
	switch (err) {
	case OS_ERR_OUT_OF_RAM:
		return "; give it more RAM";
	case OS_ERR_OUT_OF_CAPS:
		return "; give it more caps";
	default:
		return "";
	}
}

static void fail(struct child *child, const char *what, enum os_err err)
{
	const struct sandbox_start *start = child->start;

	if (child->ending)
		return; /* told already */
	if (err == OS_ERR_NOT_FOUND && os_str_equal(what, "ROM session"))
		sandbox_message(
		        child->sandbox, true,
		        "config:%u: child \"%s\": not started: ROM module \"%s\" is missing; "
		        "add it to the system or correct <binary name=\"...\">",
		        start->line, start->name, start->binary);
	else if (err == OS_ERR_BINARY)
		sandbox_message(child->sandbox, true,
		                "config:%u: child \"%s\": not started: ROM module \"%s\" is not a "
		                "valid component; correct <binary name=\"...\">",
		                start->line, start->name, start->binary);
	else
		sandbox_message(child->sandbox, true,
		                "config:%u: child \"%s\": not started: %s: %s%s", start->line,
		                start->name, what, os_err_text(err), remedy(err));
	child->watches = err == OS_ERR_BINARY;
	child_end(child, CHILD_FAILED);
}

static const char *const environment_names[ENVIRONMENT_COUNT] = {
	[PARENT_ENVIRONMENT_PD] = "PD session",
	[PARENT_ENVIRONMENT_CPU] = "CPU session",
	[PARENT_ENVIRONMENT_BINARY] = "ROM session",
};

static const struct os_quota environment_donations[ENVIRONMENT_COUNT] = {
	[PARENT_ENVIRONMENT_PD] = { PD_RAM, PD_CAPS },
	[PARENT_ENVIRONMENT_CPU] = { CPU_RAM, CPU_CAPS },
	[PARENT_ENVIRONMENT_BINARY] = { ROM_RAM, ROM_CAPS },
};

static enum os_err open_environment(struct child *child, enum parent_environment what)
{
	const struct sandbox_start *start = child->start;
	struct session_request request = { .origin = ORIGIN_SANDBOX,
		                           .id = what,
		                           .label = "",
		                           .affinity = start->affinity,
		                           .quota = child->donations[what] };
	struct sandbox_session *session;
	struct cpu_args_wire wire;
	enum os_err err;

	switch (what) {
	case PARENT_ENVIRONMENT_PD:
		request.service = PD_SERVICE;
		break;
	case PARENT_ENVIRONMENT_CPU:
		if ((err = cpu_args_encode(&wire, start->priority)))
			return err;
		request.service = CPU_SERVICE;
		request.args = &wire;
		request.args_size = sizeof(wire);
		break;
	case PARENT_ENVIRONMENT_BINARY:
		request.service = ROM_SERVICE;
		request.label = start->binary;
		break;
	}
	return session_create(child, &request, &session);
}

/*
 * A server, or an init on the way to it, finds the donation too small: out of what the child is to
 * have, more, once the steps of the session that has failed are over.
 */
static bool raise_donation(struct child *child, const struct sandbox_session *session)
{
	struct os_quota *const donation = &child->donations[session->id];
	struct os_quota raised = *donation, more;

	if (!os_donation_raise(&raised.ram, &raised.caps, &child->raises[session->id],
	                       session->error))
		return false;
	more = raised;
	OS_ASSERT(os_quota_sub(&more, *donation));
	if (child_pay(child, more))
		return false;
	*donation = raised;
	child->asks_anew = child->sandbox->asking = true;
	sandbox_work(child->sandbox);
	return true;
}

void child_ask_anew(struct child *child)
{
	const bool asks = child->asks_anew;
	enum os_err err;

	child->asks_anew = false;
	for (size_t i = 0; i < ENVIRONMENT_COUNT && asks && !child->ending; i++) {
		struct sandbox_session *const session = child->environment[i];

		if (!session || session->state != SESSION_FAILED)
			continue;
		session_orphan(session);
		if ((err = open_environment(child, (enum parent_environment)i)))
			fail(child, environment_names[i], err);
	}
}

/*
 * The server finds the donation too small for the binary: out of what the child is to have, as much
 * again as there was. OK: it is worth another try.
 */
static enum os_err donate_for_binary(struct child *child, struct sandbox_session *session,
                                     enum os_err err)
{
	struct os_quota more = { 0 };

	if (err == OS_ERR_OUT_OF_RAM)
		more.ram = session->quota.ram;
	else if (err == OS_ERR_OUT_OF_CAPS)
		more.caps = session->quota.caps;
	else
		return err;
	if (child_pay(child, more))
		return err;
	if (session_upgrade(session, more)) {
		child_refund(child, more);
		return err;
	}
	if (!os_cap_valid(child->account.cap))
		quota_promise(child, child->own);
	return OS_OK;
}

/* The thread that asks a sibling: out of what the child is to have, for as long as it may ask. */
static enum os_err pay_thread(struct child *child, bool *pays)
{
	const struct os_quota cost = { SANDBOX_ERRAND_RAM, SANDBOX_ERRAND_CAPS };
	enum os_err err;

	if (*pays)
		return OS_OK;
	if ((err = child_pay(child, cost)))
		return err;
	quota_claim(child->sandbox->upstream, cost);
	*pays = true;
	return OS_OK;
}

static void unpay_thread(struct child *child, bool *pays)
{
	if (*pays)
		quota_unclaim(child->sandbox->upstream,
		              (struct os_quota){ SANDBOX_ERRAND_RAM, SANDBOX_ERRAND_CAPS });
	*pays = false;
}

/* Have it told when there is another binary. Our own entrypoint cannot be called from here. */
static enum os_err watch_binary(struct child *child, struct sandbox_session *session)
{
	const struct rom_cap rom = { session->cap };
	struct rom_dataspace_cap own;
	enum os_err err;

	if (session->local) {
		if (!session->local->content)
			return OS_ERR_UNSUPPORTED;
		err = session->local->content(session->local, session->local_session, &own);
		return err ? err : os_cap_dup(own.cap, &child->binary.cap);
	}
	if (session->target == SANDBOX_TARGET_CHILD) {
		if (!(err = pay_thread(child, &child->pays_fetches)))
			err = fetch_begin(child, rom);
		return err ? err : OS_ERR_LATER;
	}
	while ((err = rom_dataspace(rom, &child->binary)))
		if ((err = donate_for_binary(child, session, err)))
			return err;
	return rom_sigh(rom, child->binary_changed.cap);
}

static bool waits_for_siblings(const struct child *child)
{
	return errand_waits(child->environment[PARENT_ENVIRONMENT_PD]) ||
	       errand_waits(child->environment[PARENT_ENVIRONMENT_CPU]);
}

static enum os_err pay_errands(struct child *child)
{
	return waits_for_siblings(child) ? pay_thread(child, &child->pays_errands) : OS_OK;
}

/* From here on, what it has is its own. */
static enum os_err create_account(struct child *child)
{
	enum os_err err = account_create(child->sandbox->upstream->account, child->own.ram,
	                                 child->own.caps, &child->account);

	if (!err)
		quota_promise(child, (struct os_quota){ 0 });
	return err;
}

/* Its binary is there: load, run. */
static void run_child(struct child *child)
{
	enum os_err err;

	if ((err = pay_errands(child)) || (err = create_account(child)) ||
	    (err = errand_begin(child, ERRAND_LOAD)))
		fail(child, "setting up", err);
}

/* All sessions are there. */
static void start_child(struct child *child)
{
	const enum os_err err = watch_binary(child, child->environment[PARENT_ENVIRONMENT_BINARY]);

	if (!err)
		run_child(child);
	else if (err != OS_ERR_LATER)
		fail(child, "ROM session", err);
}

/*
 * A server of the child's environment has ended: without PD and CPU session it is no more, but the
 * server may come back. What a binary was loaded from is not needed any more.
 */
static void lose_environment(struct child *child, const struct sandbox_session *session)
{
	if (session->id == PARENT_ENVIRONMENT_BINARY &&
	    (child->state == CHILD_RUNNING || child->state == CHILD_UP))
		return;
	if (session->target != SANDBOX_TARGET_CHILD) {
		fail(child, environment_names[session->id], OS_ERR_GONE);
		return;
	}
	sandbox_message(child->sandbox, false,
	                "child \"%s\" is restarted: the server of its %s has ended",
	                child->start->name, environment_names[session->id]);
	child_end_again(child);
}

void child_progress(struct child *child, struct sandbox_session *session)
{
	if (child->ending)
		return;
	if (session->state == SESSION_GONE ||
	    (session->state == SESSION_FAILED && session->error == OS_ERR_GONE)) {
		lose_environment(child, session);
		return;
	}
	if (session->state == SESSION_FAILED) {
		if (!raise_donation(child, session))
			fail(child, environment_names[session->id], session->error);
		return;
	}
	for (size_t i = 0; i < ENVIRONMENT_COUNT; i++)
		if (!child->environment[i] || child->environment[i]->state != SESSION_OPEN)
			return;
	if (child->state == CHILD_OPENING)
		start_child(child);
}

/* ------------------------------------------------------------------ errands */

static void loaded(struct child *child, const struct errand *errand)
{
	enum os_err err = errand->err;

	if (err) {
		fail(child, errand->what, err);
		return;
	}
	child_set_state(child, CHILD_RUNNING);
	if ((err = errand_begin(child, ERRAND_RUN)))
		fail(child, "starting the main thread", err);
}

static void state_known(struct child *child, const struct errand *errand)
{
	const char *how;

	switch (errand->err ? PD_STATE_RUNNING : errand->state) {
	case PD_STATE_EXITED:
		how = "ended by itself";
		break;
	case PD_STATE_CRASHED:
		how = "crashed";
		break;
	case PD_STATE_KILLED:
		how = "was killed";
		break;
	default:
		return;
	}
	sandbox_message(child->sandbox, true, "child \"%s\" %s%s%s", child->start->name, how,
	                errand->text[0] ? ": " : "", errand->text);
	child->again = watch_restarts(child, true);
	child_end(child, CHILD_ENDED);
}

/* Ask how the PD is; what fails leaves it running. */
static void ask_state(struct child *child)
{
	const struct sandbox_session *const pd = child->environment[PARENT_ENVIRONMENT_PD],
	                                    *const cpu = child->environment[PARENT_ENVIRONMENT_CPU];
	enum os_err err;

	child->state_signalled = child->errand;
	if (child->errand || child->ending || !pd || !cpu || pd->state != SESSION_OPEN)
		return;
	err = errand_begin(child, ERRAND_STATE);
	(void)err;
}

void child_errand_done(struct child *child, const struct errand *errand)
{
	struct sandbox_session *const server =
	        child->environment[errand->kind == ERRAND_RUN ? PARENT_ENVIRONMENT_CPU
	                                                      : PARENT_ENVIRONMENT_PD];

	const bool gone = errand->err == OS_ERR_GONE && server && errand_waits(server);

	if (child->ending)
		return;
	if (errand->kind == ERRAND_STATE)
		state_known(child, errand);
	else if (gone)
		lose_environment(child, server); /* that it has ended is not known yet */
	else if (errand->kind == ERRAND_LOAD)
		loaded(child, errand);
	else if (errand->err)
		fail(child, errand->what, errand->err);
	if (child->state_signalled)
		ask_state(child);
}

static void handle_pd_state(struct os_signal_handler *handler, uint64_t count)
{
	(void)count;
	ask_state(container_of(handler, struct child, pd_state));
}

static void compare_binary(struct child *child, struct rom_dataspace_cap binary)
{
	const bool same = binary.cap.slot == child->binary.cap.slot;

	os_cap_drop(binary.cap);
	if (same)
		return;
	sandbox_message(child->sandbox, false,
	                "child \"%s\" is restarted: its binary \"%s\" has changed",
	                child->start->name, child->start->binary);
	if (child->ending)
		child_restart(child); /* as it waited for that only, nothing of it runs */
	else
		child_end_again(child);
	sandbox_work(child->sandbox);
}

/* A signal more than there are changes does no harm: the dataspace tells. */
static void handle_binary(struct os_signal_handler *handler, uint64_t count)
{
	struct child *child = container_of(handler, struct child, binary_changed);
	struct sandbox_session *session = child->environment[PARENT_ENVIRONMENT_BINARY];
	struct rom_dataspace_cap binary;
	enum os_err err;

	(void)count;
	if ((child->ending && !child->watches) || !session || session->state != SESSION_OPEN)
		return;
	if (session->target == SANDBOX_TARGET_CHILD) {
		/* where that fails, it goes on with what it has */
		err = fetch_begin(child, (struct rom_cap){ session->cap });
		(void)err;
	} else if (!rom_dataspace((struct rom_cap){ session->cap }, &binary)) {
		compare_binary(child, binary);
	}
}

void child_fetched(struct child *child, struct rom_dataspace_cap binary, enum os_err err)
{
	struct sandbox_session *session = child->environment[PARENT_ENVIRONMENT_BINARY];

	if (err && session && session->state == SESSION_OPEN &&
	    !donate_for_binary(child, session, err) &&
	    !(err = fetch_begin(child, (struct rom_cap){ session->cap })))
		return;
	if (child->state == CHILD_OPENING && !child->ending && !child->errand) {
		child->binary = binary;
		if (err)
			fail(child, "ROM session", err);
		else
			run_child(child);
	} else if (child->ending && !child->watches) {
		os_cap_drop(binary.cap);
	} else if (!err) {
		compare_binary(child, binary);
	}
}

void child_launch(struct child *child)
{
	struct os_sandbox *sandbox = child->sandbox;
	struct os_upstream *upstream = sandbox->upstream;
	enum os_err err;

	child->id = ++sandbox->next_id;
	child->starts++;
	child->claims = true;
	quota_claim(upstream, (struct os_quota){ SANDBOX_CHILD_RAM, SANDBOX_CHILD_CAPS });
	child_set_state(child, CHILD_OPENING);
	if (sandbox->verbose)
		sandbox_message(sandbox, false, "child \"%s\": %lluK RAM, %llu capabilities",
		                child->start->name, (unsigned long long)(child->own.ram >> 10),
		                (unsigned long long)child->own.caps);
	if ((err = parent_server_init(&child->parent, sandbox->ep, NULL, &child_parent_ops)) ||
	    (err = os_signal_handler_init(&child->pd_state, sandbox->ep, handle_pd_state)) ||
	    (err = os_signal_handler_init(&child->binary_changed, sandbox->ep, handle_binary))) {
		fail(child, "setting up", err);
		return;
	}
	memcpy(child->donations, environment_donations, sizeof(child->donations));
	memset(child->raises, 0, sizeof(child->raises));
	for (uint32_t i = 0; i < ENVIRONMENT_COUNT && !child->ending; i++) {
		err = open_environment(child, (enum parent_environment)i);
		if (err)
			fail(child, environment_names[i], err);
	}
	/* what these cost is paid now; what is to become its own still lies on our account */
	if (!child->ending && !os_cap_valid(child->account.cap))
		quota_promise(child, child->own);
}

void child_alive(struct child *child)
{
	if (child->ending)
		return;
	watch_alive(child);
	if (child->state == CHILD_RUNNING)
		child_set_state(child, CHILD_UP);
}

/* ------------------------------------------------------------------ following its config */

void child_withdraw(struct child *child)
{
	OS_LIST_FOR_EACH (node, &child->announcements) {
		struct announcement *each = OS_LIST_ITEM(node, struct announcement, node);

		if (sandbox_start_provides(child->start, each->service))
			continue;
		os_list_remove(&child->announcements, node);
		os_free(child->sandbox->alloc, each, sizeof(*each));
	}
}

void child_update_config(struct child *child)
{
	enum os_err err;

	child->config_stale = false;
	for (struct os_avl_node *node = os_avl_first(&child->sessions); node;
	     node = os_avl_next(node)) {
		struct sandbox_session *session = OS_AVL_ITEM(node, struct sandbox_session, by_id);

		if (!session->config_rom || !(err = config_rom_update(session)))
			continue;
		child->config_stale = true;
		sandbox_message(
		        child->sandbox, true, "config:%u: child \"%s\": keeps its old config: %s%s",
		        child->start->line, child->start->name, os_err_text(err), remedy(err));
	}
}

/* ------------------------------------------------------------------ end */

void child_end(struct child *child, enum child_state state)
{
	struct os_sandbox *sandbox = child->sandbox;

	if (child->ending)
		return;
	child->ending = child->listed = true;
	child_set_state(child, state);
	os_list_append(&sandbox->ended, &child->end_node);
	sandbox_work(sandbox);
}

void child_end_again(struct child *child)
{
	if (child->ending)
		return;
	child->again = true;
	child->resume_us = 0;
	child_end(child, CHILD_ENDED);
}

static struct sandbox_session *first_session(const struct child *child)
{
	return OS_AVL_ITEM(os_avl_first(&child->sessions), struct sandbox_session, by_id);
}

/* Its clients learn that it is gone; what they had with it is theirs again. */
static void leave_clients(struct child *child)
{
	struct os_avl_node *next;

	for (struct os_avl_node *node = os_avl_first(&child->served); node; node = next) {
		struct sandbox_session *s = OS_AVL_ITEM(node, struct sandbox_session, by_server_id);

		next = os_avl_next(node); /* an event is about one session only */
		if (child->again && s->state == SESSION_WAITING) {
			session_keep_early(s);
			continue;
		}
		draw_restore(s);
		s->error = OS_ERR_GONE;
		OS_ASSERT(session_event(s, SESSION_LOST));
	}
	OS_LIST_FOR_EACH (node, &child->announcements)
		os_free(child->sandbox->alloc, OS_LIST_ITEM(node, struct announcement, node),
		        sizeof(struct announcement));
	child->announcements = (struct os_list){ 0 };
}

/* One that waits for a better binary keeps what tells it. */
static void leave_environment(struct child *child)
{
	const bool watches = child->watches && !child->again, fetching = child->fetch;
	enum os_err err;

	fetch_end(child);
	for (size_t i = 0; i < ENVIRONMENT_COUNT; i++)
		if (child->environment[i] && !(watches && i == PARENT_ENVIRONMENT_BINARY))
			session_orphan(child->environment[i]);
	if (watches && fetching) {
		err = os_signal_submit(child->binary_changed.cap, 1);
		(void)err; /* its own context: it is there */
	}
	if (watches)
		return;
	unpay_thread(child, &child->pays_fetches);
	os_signal_handler_fini(&child->binary_changed);
	os_cap_drop(child->binary.cap);
	child->binary = (struct rom_dataspace_cap){ 0 };
}

/*
 * Its PD may not end now, or never have had the account: all that is on it is ours again, and what
 * who serves the PD has split off from it.
 */
static void close_account(struct child *child)
{
	enum os_err err = OS_OK;

	if (os_cap_valid(child->account.cap))
		err = account_close(child->sandbox->upstream->account, child->account);
	(void)err; /* it has ended with the PD already */
}

static void drop_capabilities(struct child *child)
{
	os_cap_drop(child->account.cap);
	os_cap_drop(child->session_sigh.cap);
	os_cap_drop(child->request_sigh.cap);
	os_cap_drop(child->heartbeat_sigh.cap);
	child->account = (struct account_cap){ 0 };
	child->session_sigh = (struct signal_context_cap){ 0 };
	child->request_sigh = (struct signal_context_cap){ 0 };
	child->heartbeat_sigh = (struct signal_context_cap){ 0 };
}

void child_teardown(struct child *child)
{
	struct os_upstream *upstream = child->sandbox->upstream;

	errand_end(child);
	child->state_signalled = false;
	/* no more calls; nobody runs within one, either */
	parent_server_fini(&child->parent);
	os_signal_handler_fini(&child->pd_state);
	/* its threads first: what its sessions gave it goes, and would be missed for a moment */
	if (child->environment[PARENT_ENVIRONMENT_CPU])
		session_orphan(child->environment[PARENT_ENVIRONMENT_CPU]);
	for (struct sandbox_session *s = first_session(child); s; s = first_session(child))
		session_orphan(s);
	/* what it had drawn from its clients' donations is ours from here on, and then theirs */
	leave_environment(child);
	close_account(child);
	leave_clients(child);
	drop_capabilities(child);
	resource_fini(child);
	if (child->claims)
		quota_unclaim(upstream, (struct os_quota){ SANDBOX_CHILD_RAM, SANDBOX_CHILD_CAPS });
	child->claims = false;
	unpay_thread(child, &child->pays_errands);
	/* who comes back finds its quota as it was */
	quota_promise(child, child->again ? child->given : (struct os_quota){ 0 });
	child->beats = 0;
	child->silent = child->config_stale = child->denied = child->asks_anew = false;
}

void child_refuse(struct child *child)
{
	child->ending = true;
	child->again = false;
	leave_clients(child);
	quota_promise(child, (struct os_quota){ 0 });
	child_set_state(child, CHILD_FAILED);
}

void child_restart(struct child *child)
{
	child->ending = child->again = true;
	child_teardown(child);
	unlist(child);
	child->ending = child->again = child->watches = false;
	child->was_up = child->waits_told = child->exited = false;
	child->complaints = 0;
	child->restarts = (struct sandbox_restarts){ 0 };
	child_set_state(child, CHILD_IDLE);
}
