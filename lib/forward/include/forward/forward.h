/* SPDX-License-Identifier: BSD-2-Clause */
/* Stand-ins: objects of any interface whose calls are answered by the objects that they stand for.
 */

#ifndef FORWARD_FORWARD_H
#define FORWARD_FORWARD_H

/*
 *      client                       this component                            server
 *        |  call                                                                |
 *        +------> stand-in --> queue --> a thread --> call of the same message --+
 *        |                                  |
 *        +<----------- answer, later <------+ <----------- its answer -----------+
 *
 * The entrypoint of the stand-ins never waits for anybody: each call under way has a thread of its
 * own, so that a call that is not answered holds up nobody but its caller, as without us. Threads
 * are made when there are more calls than threads, up to a limit, and kept.
 *
 * Messages are forwarded as they are, malformed ones, too; who receives them checks them. Only
 * capabilities change: what stands for an object on the side that a message goes to is exchanged
 * for that object, so that a server gets its own objects back; and the user of this library may
 * have others stood in for, so that calls to them pass here as well. The same object is always
 * stood in for by the same stand-in within a group. Signals need no stand-ins.
 *
 * What is needed is paid by whom it serves, the client (struct os_forward_payer): each has threads
 * and a queue of its own, so that one who makes more calls than it can pay for waits for itself.
 * Where its means are used up, or our own but for a reserve, its capabilities pass as they are, and
 * its calls wait for a thread; those for which there is no place to wait are refused.
 */

#include <osier/env.h>
#include <osier/ep.h>
#include <osier/thread.h>

enum {
	OS_FORWARD_WORKERS_MAX = 32, /* calls at the same time, of one payer */
	OS_FORWARD_CALLS_MAX = 256,  /* these, and those that wait for a thread */
	/* What is charged: for a stand-in, … */
	OS_FORWARD_STAND_IN_RAM = 1024,
	OS_FORWARD_STAND_IN_CAPS = 4, /* the object, its slot; the target's */
	/* … for a call that waits, and is remembered until it is answered, … */
	OS_FORWARD_PLACE_RAM = 2048,
	OS_FORWARD_PLACE_CAPS = 1,
	/* … and for a thread: its stack, page tables, and what core keeps for it. */
	OS_FORWARD_WORKER_RAM = 96 * 1024 + OS_FORWARD_PLACE_RAM,
	OS_FORWARD_WORKER_CAPS = 8 + OS_FORWARD_PLACE_CAPS,
};

struct os_forward;

/** Who pays for groups: a client. Embedded by the user. */
struct os_forward_payer {
	struct os_forward *forward;
	struct os_list queue;     /* calls that no thread has taken */
	struct os_semaphore work; /* as often as there are calls in the queue */
	struct os_list workers;
	uint32_t worker_count, waiting, queued;
	uint32_t calls, places; /* under way; that are paid for */
	bool closed, short_told;
};

/** The two sides of a session. */
enum os_forward_side { OS_FORWARD_CLIENT, OS_FORWARD_SERVER };

/** What belongs together, as a session and all that came by it. Embedded by the user. */
struct os_forward_group {
	struct os_forward_payer *payer;
	struct os_list stand_ins;
	uint32_t uses; /* by its owner, and by calls under way */
	bool closed;
};

/** An object that stands for another. */
struct os_stand_in {
	struct os_rpc_object object;
	struct os_list_node node; /* its group's */
	struct os_forward_group *group;
	struct os_cap target;
	uint32_t type;             /* of both */
	enum os_forward_side user; /* the side that calls it; the target is on the other one */
	uint32_t uses;
};

/** One call on its way. */
struct os_forward_call {
	struct os_stand_in *stand_in;
	uint64_t number; /* from 1, in the order of arrival */
	uint16_t op;
	uint64_t started;  /* the user's own */
	struct os_msg msg; /* the request, then the reply, as they arrived */

	struct os_list_node node; /* the queue's */
	struct os_reply reply;
};

/** How a capability in a message is passed on. */
enum os_forward_how {
	OS_FORWARD_AS_IS,    /* the receiver does not look into it */
	OS_FORWARD_RESOLVED, /* what stands for an object of the receiver's side becomes that object
	                      */
	OS_FORWARD_STOOD_IN, /* likewise, and all else is stood in for */
};

/** Called by any of the threads. What they get is valid during the call. Must not block. */
struct os_forward_ops {
	/** A request has arrived; optional. */
	void (*request)(struct os_forward_call *call);
	/** It has been answered, or could not be (`err`; call->msg is a reply with that error). */
	void (*reply)(struct os_forward_call *call, enum os_err err);
	/** Decide about capability `index` of a request or reply, which has this type. */
	enum os_forward_how (*pass)(const struct os_forward_call *call, bool reply, uint32_t index,
	                            uint32_t type);
	/**
	 * Take so much from the payer into the own account, or tell that it does not have it.
	 * Optional: without, the component itself pays.
	 */
	enum os_err (*pay)(struct os_forward_payer *payer, uint64_t ram, uint64_t caps);
	/** What was paid is free again. */
	void (*refund)(struct os_forward_payer *payer, uint64_t ram, uint64_t caps);
	/** A closed group is not used any more; its memory may be freed. */
	void (*closed)(struct os_forward_group *group);
};

/** All stand-ins of a component; its members are its own. */
struct os_forward {
	struct os_env *env;
	const struct os_forward_ops *ops;
	struct account_cap account;
	struct os_ep ep;      /* where the stand-ins are called */
	struct os_mutex lock; /* guards what follows, all payers, groups, and stand-ins */
	uint64_t numbers;
	bool short_told;
};

/** Start without stand-ins. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_forward_init(struct os_forward *forward, struct os_env *env,
                            const struct os_forward_ops *ops) OS_MUST_CHECK;

/** A payer, who pays for one thread at once. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT. */
enum os_err os_forward_payer_init(struct os_forward_payer *payer,
                                  struct os_forward *forward) OS_MUST_CHECK;

/**
 * All its groups are closed. Calls under way are cancelled, which ends those groups; all that was
 * paid is refunded. Waits for nobody but core.
 */
void os_forward_payer_fini(struct os_forward_payer *payer);

/** Begin a group, empty and in use. */
void os_forward_group_init(struct os_forward_group *group, struct os_forward_payer *payer);

/**
 * Stand in for `target` of interface `type`, which is called by the clients' side (or the
 * servers'); the count of `target` is taken over on success. `*cap` is the stand-in's own
 * capability, not counted. Errors: OUT_OF_RAM, OUT_OF_CAPS, LIMIT.
 */
enum os_err os_forward_stand_in(struct os_forward_group *group, struct os_cap target, uint32_t type,
                                enum os_forward_side user, struct os_cap *cap) OS_MUST_CHECK;

/**
 * End the group: its stand-ins are revoked, and callers under way learn GONE. The calls themselves
 * go on until they are answered; ops->closed() tells when the last one was.
 */
void os_forward_group_close(struct os_forward_group *group);

#endif
