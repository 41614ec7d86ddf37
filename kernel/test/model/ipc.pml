/* SPDX-License-Identifier: BSD-2-Clause */
/* Model of calls and answers with cancellation, saved replies and destruction; see check.sh. */

/*
 * The operations of the kernel on IPC are atomic steps here, as they are in the kernel (local or
 * exclusive sections); what is done in batches there is one step for each part here. Checked are,
 * over all orders of steps:
 *
 *   - each call ends exactly once, with an answer, GONE or CANCELLED (assertion in deliver());
 *   - an answer reaches the call that it is for, and no later one, also when the caller's memory
 *     has become another thread meanwhile (assertion in answer());
 *   - who waits is always waited for: by a live endpoint, a live server or a live saved right
 *     (waits_sanely());
 *   - nobody waits for ever on a dead peer: all clients come to their end (no invalid end states).
 */

#define CLIENTS 2
#define CALLS   2 /* of each client */
#define EVENTS  3 /* of the outside: cancel, destroy … */
#define NOBODY  CLIENTS

mtype = { READY, CALLING, CALLED, WAITING, DEAD };
mtype = { NONE, OK, GONE, CANCELLED };

/* Threads: the clients. */
mtype state[CLIENTS];
mtype result[CLIENTS];     /* of the call that ended; NONE: it has not */
bool cancel[CLIENTS];      /* the next wait is to end at once */
byte calls[CLIENTS];       /* number of the current call */
bool by_server[CLIENTS];   /* CALLED: the server owes the answer; else a saved right does */

/* The server, its endpoint, and a slot of its PD for a saved right. */
mtype server = READY;
bool endpoint = true, dying = false, pd = true;
byte caller = NOBODY;      /* whom the server owes an answer */
byte caller_call;          /* which call of the client that was */
chan queue = [CLIENTS] of { byte };
byte saved = NOBODY;       /* whose right is in the slot */
byte saved_call;
bool saved_live;           /* the thread that it answers has not been destroyed */

/* Of one step: not part of the state. */
hidden byte k, other, length, first;

/* The call of client c ends. */
inline deliver(c, how)
{
	assert(state[c] == CALLING || state[c] == CALLED);
	assert(result[c] == NONE);
	state[c] = READY;
	result[c] = how;
}

/* Somebody answers call n of client c. */
inline answer(c, n)
{
	assert(state[c] == CALLED);
	assert(calls[c] == n);
	deliver(c, OK);
}

/* The server takes the next call, or waits. A call to a dying endpoint is dismissed, not taken. */
inline take_or_wait()
{
	if
	:: len(queue) > 0 ->
		queue ? caller;
		state[caller] = CALLED;
		by_server[caller] = true;
		caller_call = calls[caller];
		server = READY;
	:: else ->
		server = WAITING;
	fi
}

/* What the server owes is not given: the caller learns it. */
inline abandon()
{
	if
	:: caller != NOBODY -> deliver(caller, GONE); caller = NOBODY;
	:: else
	fi
}

inline slot_drop()
{
	if
	:: saved != NOBODY && saved_live -> deliver(saved, GONE);
	:: else
	fi;
	saved = NOBODY;
}

/* Client c does not wait any more: out of the queue, out of the hands of whoever owes it. */
inline unwait(c)
{
	if
	:: state[c] == CALLING ->
		k = 0;
		length = len(queue);
		do
		:: k < length ->
			queue ? other;
			if
			:: other != c -> queue ! other;
			:: else
			fi;
			k++;
		:: else -> break;
		od;
	:: state[c] == CALLED && by_server[c] ->
		assert(caller == c);
		caller = NOBODY;
	:: state[c] == CALLED && !by_server[c] ->
		/* The slot stays, dead. */
		assert(saved == c);
		saved_live = false;
	:: else
	fi
}

/* Who waits is waited for. */
#define waits_sanely(c) \
	((state[c] != CALLING || (endpoint && server != WAITING)) && \
	 (state[c] != CALLED || !by_server[c] || (caller == c && caller_call == calls[c] && \
	                                          server != DEAD)) && \
	 (state[c] != CALLED || by_server[c] || (saved == c && saved_live && pd && \
	                                         saved_call == calls[c])))

inline check()
{
	assert(waits_sanely(0) && waits_sanely(1));
	assert(server != WAITING || caller == NOBODY);
}

active [CLIENTS] proctype client()
{
	byte me = _pid;
	byte n = 0;

	d_step { state[me] = READY; result[me] = NONE; }
	do
	:: n < CALLS ->
		atomic {
			if
			:: state[me] == DEAD -> break;
			:: else
			fi;
			n++;
			calls[me]++;
			result[me] = NONE;
			if
			:: !endpoint || dying -> result[me] = GONE;
			:: endpoint && !dying && cancel[me] ->
				cancel[me] = false;
				result[me] = CANCELLED;
			:: endpoint && !dying && !cancel[me] && server == WAITING ->
				state[me] = CALLED;
				by_server[me] = true;
				caller = me;
				caller_call = calls[me];
				server = READY;
			:: else ->
				state[me] = CALLING;
				queue ! me;
			fi;
			check();
		}
		/* The wait: no end state, so that it must end. */
		if
		:: state[me] == READY -> assert(result[me] != NONE);
		:: state[me] == DEAD -> break;
		fi
	:: else -> break;
	od
}

/* One thread of the server's PD after the other: when one ends, the next takes up the endpoint. */
active proctype server_threads()
{
	byte kept = 0;

end:	do
	:: atomic { server == READY && pd && endpoint ->
		if
		:: caller != NOBODY -> /* reply_wait(REPLY) */
			answer(caller, caller_call);
			caller = NOBODY;
			take_or_wait();
		:: caller != NOBODY -> /* reply_wait() without an answer */
			abandon();
			take_or_wait();
		:: caller != NOBODY && saved == NOBODY && kept < 2 -> /* reply_save() */
			kept++;
			saved = caller;
			saved_call = caller_call;
			saved_live = true;
			by_server[caller] = false;
			caller = NOBODY;
		:: saved != NOBODY -> /* reply() */
			if
			:: saved_live -> answer(saved, saved_call);
			:: else
			fi;
			saved = NOBODY;
		:: saved != NOBODY -> /* cap_drop() */
			slot_drop();
		:: caller == NOBODY && saved == NOBODY -> /* wait */
			take_or_wait();
		fi;
		check();
	   }
	:: atomic { server == DEAD && pd && endpoint -> server = READY; }
	:: atomic { saved != NOBODY && pd && !endpoint && server != DEAD ->
		/* Nothing to wait for: what has been saved is still answered. */
		if
		:: saved_live -> answer(saved, saved_call);
		:: else
		fi;
		saved = NOBODY;
		check();
	   }
	:: atomic { server == READY && pd && !endpoint && caller != NOBODY ->
		/* The call was taken before the endpoint went: the right is the thread's. */
		answer(caller, caller_call);
		caller = NOBODY;
		check();
	   }
	:: atomic { server == DEAD && pd && !endpoint -> server = READY; }
	od
}

/* The end of the server's current thread: its caller learns GONE. */
inline server_fini()
{
	abandon();
	server = DEAD;
}

/* A batch of dismissals: one caller. True when none is left: then the endpoint is gone. */
inline dismiss_all()
{
	do
	:: atomic {
		len(queue) > 0 ->
		queue ? first;
		deliver(first, GONE);
		check();
	   }
	:: atomic { len(queue) == 0 -> endpoint = false;
		if
		:: server == WAITING -> server = READY; /* it learns GONE */
		:: else
		fi;
		check();
		break;
	   }
	od
}

/* Everything that may happen from outside, in any order. */
active proctype outside()
{
	byte n = 0;
	byte c;

	do
	:: n < EVENTS ->
		n++;
		if
		:: atomic { /* thread_cancel() */
				if :: c = 0 :: c = 1 fi;
				if
				:: state[c] == CALLING || state[c] == CALLED ->
					unwait(c);
					deliver(c, CANCELLED);
				:: state[c] == READY -> cancel[c] = true;
				:: else
				fi;
				c = 0;
				check();
			}
		:: atomic { /* destroy() of a client; its memory is somebody else's then */
				if :: c = 0 :: c = 1 fi;
				if
				:: state[c] != DEAD -> unwait(c); state[c] = DEAD;
				:: else
				fi;
				c = 0;
				check();
			}
		:: atomic { /* destroy() of the server's thread */
				if
				:: server != DEAD -> server_fini();
				:: else
				fi;
				check();
			}
		:: endpoint && !dying -> /* destroy() of the endpoint */
			dying = true;
			dismiss_all();
		:: pd && !dying -> /* destroy() of the PD: threads, endpoint, table */
			atomic { server_fini(); pd = false; slot_drop(); check(); }
			dying = true;
			dismiss_all();
		:: atomic { pd && saved != NOBODY -> slot_drop(); check(); } /* cap_remove() */
		fi
	:: else -> break;
	od;
	/* In the end somebody cleans up, so that all waits have to end. */
	atomic {
		if
		:: pd && server == DEAD && !dying -> dying = true;
		:: else -> goto done;
		fi
	}
	dismiss_all();
	atomic { server_fini(); pd = false; slot_drop(); check(); }
done:
	skip
}
