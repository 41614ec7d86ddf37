/* SPDX-License-Identifier: BSD-2-Clause */
/* own_route_judge: watches what init does with its own servers, and when they are to die. */

#include <api/log.h>
#include <app/own_route_test/life.h>
#include <osier/ep.h>
#include <osier/session.h>
#include <osier/string.h>

/*
 * Each life of each server ends as its behaviour says:
 *
 *    WORKS    the judge has had so many heartbeats, or it so many reports: it is killed
 *    MUTE     it has been called: clock is killed, for state init's heartbeats have to do it
 *    ABSENT   it is killed
 *    CRASHES  by itself
 *
 * and all is well when both work in their last one. That heartbeats come after a life that has
 * ended shows that the time goes on; whoever waits for init meanwhile is served (ask_init).
 */

enum { BEATS = 5, ASKS = 20 };

static struct side {
	const char *name;
	uint64_t life;   /* the present one, from 1 */
	uint32_t beats;  /* that the judge had in it */
	uint32_t events; /* SERVED or CALLED in it */
	bool done;       /* it has shown what it should */
	struct os_signal_handler handlers[HAPPENINGS];
	bool waits; /* for `reply`, its death */
	bool dies;  /* as soon as it waits */
	struct os_reply reply;
} clock = { .name = "clock" }, state = { .name = "state" };

struct session {
	struct os_server_session base;
	struct victim_server rpc;
	struct side *side;
	uint64_t life;
};

static struct os_env *env;

/* ------------------------------------------------------------------ the judgement */

static void kill(struct side *side)
{
	side->dies = !side->waits;
	if (side->waits)
		victim_wait_reply(&side->reply, OS_OK);
	side->waits = false;
}

/* Nobody waits for either of them but init's own thread: so init opens sessions for its children.
 */
static void ask_init(void)
{
	for (uint32_t i = 0; i < ASKS; i++) {
		struct os_session session;
		struct log_cap log;

		OS_ASSERT(!log_open(&session, env, "asks", &log));
		os_session_close(&session);
	}
}

static bool has_worked(const struct side *side)
{
	return side == &clock ? side->beats >= BEATS : side->events > 0;
}

static void look_at(struct side *side)
{
	if (side->done || !side->life)
		return;
	switch (behaviour_of(side->life)) {
	case WORKS:
		side->done = has_worked(side);
		break;
	case MUTE:
		side->done = side->events > 0;
		break;
	case ABSENT:
		side->done = true;
		break;
	case CRASHES:
		return;
	}
	if (!side->done)
		return;
	if (behaviour_of(side->life) != WORKS)
		ask_init();
	os_log(env, "%s: life %llu is over", side->name, (unsigned long long)side->life);
	if (clock.done && state.done && clock.life >= LIVES && state.life >= LIVES)
		os_exit(env, 0);
	if (side->life < LIVES && !(side == &state && behaviour_of(side->life) == MUTE))
		kill(side);
}

static void look(void)
{
	look_at(&clock);
	look_at(&state);
}

/* ------------------------------------------------------------------ what happens */

static void handle_event(struct os_signal_handler *handler, uint64_t count)
{
	struct side *const side = handler >= clock.handlers && handler < clock.handlers + HAPPENINGS
	                                  ? &clock
	                                  : &state;

	(void)count;
	side->events++;
	look();
}

/* In place of base: how init watches us shows that it knows the time. */
static void handle_heartbeat(struct os_signal_handler *handler, uint64_t count)
{
	(void)handler;
	(void)count;
	OS_ASSERT(!parent_alive(env->parent));
	clock.beats++;
	look();
}

static void watch_heartbeats(void)
{
	static struct os_signal_handler heartbeat;

	if (heartbeat.ep)
		return;
	OS_ASSERT(!os_signal_handler_init(&heartbeat, env->ep, handle_heartbeat));
	OS_ASSERT(!parent_heartbeat_sigh(env->parent, heartbeat.cap));
}

/* ------------------------------------------------------------------ Victim sessions */

static struct session *session_of(struct victim_server *rpc)
{
	return container_of(rpc, struct session, rpc);
}

/* A life begins. */
static enum os_err served(struct victim_server *rpc, uint64_t *calls)
{
	struct side *const side = session_of(rpc)->side;

	watch_heartbeats();
	*calls = side->life;
	look();
	return OS_OK;
}

static enum os_err wait(struct victim_server *rpc)
{
	const struct session *const session = session_of(rpc);
	struct side *const side = session->side;

	if (session->life != side->life || side->dies)
		return OS_OK;
	os_reply_save(env->ep, &side->reply);
	side->waits = true;
	return OS_ERR_LATER;
}

static enum os_err context(struct victim_server *rpc, uint32_t index,
                           struct signal_context_cap *cap)
{
	if (index >= HAPPENINGS)
		return OS_ERR_RANGE;
	*cap = session_of(rpc)->side->handlers[index].cap;
	return OS_OK;
}

static const struct victim_ops rpc_ops = { .served = served, .wait = wait, .context = context };

/* Other contexts than those of the life before, of which a signal may be on its way. */
static enum os_err life_create(struct side *side)
{
	enum os_err err;

	victim_wait_reply(&side->reply, OS_ERR_GONE); /* if that has ended otherwise */
	side->life++;
	side->beats = side->events = 0;
	side->done = side->waits = side->dies = false;
	for (uint32_t i = 0; i < HAPPENINGS; i++) {
		os_signal_handler_fini(&side->handlers[i]);
		if ((err = os_signal_handler_init(&side->handlers[i], env->ep, handle_event)))
			return err;
	}
	os_log(env, "%s: life %llu", side->name, (unsigned long long)side->life);
	return OS_OK;
}

static enum os_err session_create(struct os_server_session *base,
                                  const struct os_session_request *request, struct os_cap *cap)
{
	struct session *const session = container_of(base, struct session, base);
	struct side *const side = os_str_equal(request->label, clock.name) ? &clock : &state;

	enum os_err err;

	if (!os_str_equal(request->label, side->name))
		return OS_ERR_DENIED;
	if ((err = life_create(side)) ||
	    (err = victim_server_init(&session->rpc, env->ep, &base->account, &rpc_ops)))
		return err;
	session->side = side;
	session->life = side->life;
	*cap = victim_server_cap(&session->rpc).cap;
	return OS_OK;
}

static void session_destroy(struct os_server_session *base)
{
	victim_server_fini(&container_of(base, struct session, base)->rpc);
}

static const struct os_service_ops service_ops = {
	.session_size = sizeof(struct session),
	.create = session_create,
	.destroy = session_destroy,
};

enum os_err os_construct(struct os_env *own)
{
	static struct os_service service;

	env = own;
	return os_service_init(&service, env, env->ep, VICTIM_SERVICE, &service_ops, NULL);
}
