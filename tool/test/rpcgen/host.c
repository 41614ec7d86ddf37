/* SPDX-License-Identifier: BSD-2-Clause */
/* Calls generated stubs and dispatch in one process, through a stand-in for the platform. */

#include <api/sample.h>
#include <api/tables.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(cond) ((cond) ? (void)0 : failed(__LINE__, #cond))
#define MUST(call)  CHECK((call) == OS_OK)

enum { AREA = 1, POLYGON, TRIANGLE, STRANGER, SAMPLE, SLOTS };

static const uint32_t slot_types[SLOTS] = {
	0, AREA_TYPE, POLYGON_TYPE, TRIANGLE_TYPE, STRANGER_TYPE, SAMPLE_TYPE
};

/* Counts of capabilities that client and server hold together. */
static int held[SLOTS];

static struct os_msg messages[2]; /* client, server */
static int running;               /* whose message os_msg_own() is */
static struct sample_server server;
static enum os_err transport;
static struct os_msg last_request, last_reply;
static struct os_msg *forged_reply;
static int handled;
static enum os_err result;
static bool bad_outs;
static bool honest; /* the request is that of call_all() */

static _Noreturn void failed(int line, const char *what)
{
	fprintf(stderr, "host.c:%d: %s\n", line, what);
	exit(1);
}

/* ------------------------------------------------------------ the platform */

static struct os_session_type opened;
static struct sample_args_wire opened_args;

enum os_err os_session_open_typed(struct os_session *session, struct os_env *env,
                                  const struct os_session_type *type, const char *label,
                                  const void *args, size_t args_size, struct os_cap *cap)
{
	CHECK(!session && !env && strcmp(label, "for what") == 0);
	CHECK(args_size == sizeof(opened_args));
	memcpy(&opened_args, args, args_size);
	opened = *type;
	cap->slot = SAMPLE;
	return OS_OK;
}

struct os_msg *os_msg_own(void)
{
	return &messages[running];
}

void os_cap_drop(struct os_cap cap)
{
	if (cap.slot == 0)
		return;
	CHECK(cap.slot < SLOTS && held[cap.slot] > 0);
	held[cap.slot]--;
}

void os_msg_caps_drop(struct os_msg *msg)
{
	for (unsigned i = 0; i < msg->cap_count && i < OS_MSG_CAPS_MAX; i++)
		os_cap_drop((struct os_cap){ msg->caps[i].slot });
}

bool os_wire_zero(const void *p, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const uint8_t *)p)[i] != 0)
			return false;
	return true;
}

bool os_wire_string_valid(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length < size && os_wire_zero(text + length, size - length);
}

bool os_wire_string_set(char *field, size_t size, const char *text)
{
	size_t length = strnlen(text, size);

	if (length == size)
		return false;
	memcpy(field, text, length);
	return true;
}

enum os_err os_rpc_object_init(struct os_rpc_object *object, struct os_ep *ep,
                               struct os_account *account,
                               enum os_err (*dispatch)(struct os_rpc_object *, struct os_msg *),
                               uint32_t interface_type)
{
	(void)account;
	CHECK(interface_type == SAMPLE_TYPE);
	*object = (struct os_rpc_object){ .dispatch = dispatch, .ep = ep, .cap = { SAMPLE } };
	return OS_OK;
}

void os_rpc_object_fini(struct os_rpc_object *object)
{
	*object = (struct os_rpc_object){ 0 };
}

/* What a platform does: header, `length` bytes and capabilities arrive; the rest is unknown. */
static void carry(struct os_msg *to, const struct os_msg *from)
{
	CHECK(from->length <= OS_MSG_PAYLOAD_MAX && from->cap_count <= OS_MSG_CAPS_MAX);
	CHECK(from->flow == 0);
	memset(to, 0xa5, sizeof(*to));
	to->op = from->op;
	to->length = from->length;
	to->cap_count = from->cap_count;
	memcpy(to->payload, from->payload, from->length);
	for (unsigned i = 0; i < from->cap_count; i++) {
		uint32_t slot = from->caps[i].slot;

		CHECK(slot < SLOTS);
		to->caps[i] = (struct os_msg_cap){ slot, slot_types[slot] };
		if (slot != 0 && (from->cap_move & 1u << i) == 0)
			held[slot]++;
	}
}

enum os_err os_call(struct os_cap cap, struct os_msg *msg)
{
	enum os_err err;

	CHECK(cap.slot == SAMPLE && msg == &messages[0] && running == 0);
	last_request = *msg;
	carry(&messages[1], msg);
	if (transport != OS_OK) {
		os_msg_caps_drop(&messages[1]);
		memset(msg, 0xa5, sizeof(*msg));
		return transport;
	}
	running = 1;
	err = server.object.dispatch(&server.object, &messages[1]);
	running = 0;
	if (err == OS_ERR_LATER)
		CHECK(last_reply.op == 0xffff);
	else
		CHECK(err == OS_OK), last_reply = messages[1];
	carry(msg, forged_reply != NULL ? forged_reply : &last_reply);
	return OS_OK;
}

enum os_err os_rpc_call(struct os_cap cap, struct os_msg *msg, uint32_t type)
{
	(void)type;
	return os_call(cap, msg);
}

void os_reply_send(struct os_reply *reply, struct os_msg *msg)
{
	CHECK(msg == os_msg_own());
	*reply = (struct os_reply){ 0 };
	last_reply = *msg;
}

/* -------------------------------------------------------------- the server */

static void check_place(const struct place *p)
{
	CHECK(p->level == -3 && p->x == 1ull << 60 && p->up && p->tint == COLOUR_GREEN);
	CHECK(strcmp(p->label, "here") == 0 && p->tag_size == 2 && memcmp(p->tag, "\1\2", 2) == 0);
}

static void fill_point(struct sample_point *p)
{
	memset(p, 0xee, sizeof(*p)); /* what is not a member must not reach the peer */
	p->x = -2;
	p->y = 1 << 30;
	p->which = SAMPLE_KIND_B;
	p->where.level = -3;
	p->where.x = 1ull << 60;
	p->where.up = true;
	p->where.tint = COLOUR_GREEN;
	strcpy(p->where.label, "here");
	p->where.tag_size = 2;
	memcpy(p->where.tag, "\1\2", 2);
}

static enum os_err add(struct sample_server *rpc, int32_t a, int32_t b, int32_t *sum)
{
	CHECK(rpc == &server);
	handled++;
	memset(os_msg_own(), 0x5a, sizeof(struct os_msg)); /* as a nested call would */
	*sum = a + b;
	return result;
}

static enum os_err all(struct sample_server *rpc, int8_t i8, int16_t i16, int64_t i64, bool flag,
                       enum sample_kind which, enum colour tint, const struct sample_point *at,
                       const char *text, const void *blob, size_t blob_size, struct area_cap land,
                       struct os_cap thing, uint8_t *o8, uint64_t *o64, bool *oflag,
                       enum sample_kind *owhich, struct sample_point *oat, char *otext, void *oblob,
                       size_t *oblob_size, struct polygon_cap *oland, struct os_cap *othing)
{
	CHECK(rpc == &server);
	handled++;
	memset(os_msg_own(), 0x5a, sizeof(struct os_msg));
	if (honest) {
		CHECK(i8 == -8 && i16 == -1600 && i64 == INT64_MIN && flag);
		CHECK(which == SAMPLE_KIND_C && tint == COLOUR_RED);
		CHECK(at->x == -2 && at->y == 1 << 30 && at->which == SAMPLE_KIND_B);
		check_place(&at->where);
		CHECK(strcmp(text, "hello!") == 0 && blob_size == 3);
		CHECK(memcmp(blob, "abc", 3) == 0);
	}
	CHECK(os_wire_zero(otext, SAMPLE_ALL_OTEXT_SIZE));
	os_cap_drop(land.cap);
	os_cap_drop(thing);
	*o8 = 255;
	*o64 = UINT64_MAX;
	*oflag = true;
	*owhich = SAMPLE_KIND_C;
	fill_point(oat);
	strcpy(otext, "secret: forget");
	strcpy(otext, "out");
	memset(oblob, 0x77, SAMPLE_ALL_OBLOB_SIZE);
	*oblob_size = bad_outs ? SAMPLE_ALL_OBLOB_SIZE + 1 : 6;
	oland->cap.slot = TRIANGLE;
	othing->slot = STRANGER;
	held[STRANGER]++;
	return result;
}

static enum os_err wait(struct sample_server *rpc, uint64_t id, struct sample_cap *other,
                        char *text)
{
	CHECK(rpc == &server);
	handled++;
	if (id == 1)
		return OS_ERR_LATER;
	strcpy(text, "at once");
	other->cap.slot = 0;
	return result;
}

static enum os_err nothing(struct sample_server *rpc)
{
	CHECK(rpc == &server);
	handled++;
	return result;
}

static enum os_err give(struct sample_server *rpc, struct area_cap land, const char *text)
{
	CHECK(rpc == &server && strlen(text) < SAMPLE_GIVE_TEXT_SIZE);
	handled++;
	os_cap_drop(land.cap);
	return result;
}

static const struct sample_ops ops = {
	.add = add, .all = all, .wait = wait, .nothing = nothing, .give = give
};

/* -------------------------------------------------------------- the client */

static const struct sample_cap self = { { SAMPLE } };

struct outs {
	uint8_t o8;
	uint64_t o64;
	bool oflag;
	enum sample_kind owhich;
	struct sample_point oat;
	char otext[SAMPLE_ALL_OTEXT_SIZE];
	uint8_t oblob[SAMPLE_ALL_OBLOB_SIZE];
	size_t oblob_size;
	struct polygon_cap oland;
	struct os_cap othing;
};

static enum os_err call_all(struct outs *o, const char *text)
{
	struct sample_point at;

	fill_point(&at);
	memset(o, 0x11, offsetof(struct outs, oflag));
	held[STRANGER]++; /* which is moved */
	return sample_all(
	        self, -8, -1600, INT64_MIN, true, SAMPLE_KIND_C, COLOUR_RED, &at, text, "abc", 3,
	        polygon_as_area(triangle_as_polygon((struct triangle_cap){ { TRIANGLE } })),
	        (struct os_cap){ STRANGER }, &o->o8, &o->o64, &o->oflag, &o->owhich, &o->oat,
	        o->otext, o->oblob, &o->oblob_size, &o->oland, &o->othing);
}

static void check_empty(const struct outs *o)
{
	CHECK(o->o8 == 0 && o->o64 == 0 && !o->oflag && o->owhich == 0);
	CHECK(os_wire_zero(&o->oat, sizeof(o->oat)) && o->otext[0] == '\0' && o->oblob_size == 0);
	CHECK(o->oland.cap.slot == 0 && o->othing.slot == 0);
}

static void check_balance(const int *before)
{
	for (int i = 1; i < SLOTS; i++)
		CHECK(held[i] == before[i]);
}

static void round_trip(void)
{
	int before[SLOTS];
	struct os_identify_reply identity;
	struct outs o;
	int32_t sum;

	memcpy(before, held, sizeof(held));
	honest = true;
	MUST(call_all(&o, "hello!"));
	CHECK(o.o8 == 255 && o.o64 == UINT64_MAX && o.oflag && o.owhich == SAMPLE_KIND_C);
	CHECK(o.oat.x == -2 && o.oat.y == 1 << 30);
	check_place(&o.oat.where);
	CHECK(strcmp(o.otext, "out") == 0 && o.oblob_size == 6 && o.oblob[5] == 0x77);
	CHECK(o.oland.cap.slot == TRIANGLE && o.othing.slot == STRANGER);
	os_cap_drop(o.oland.cap);
	os_cap_drop(o.othing);
	check_balance(before);
	MUST(sample_add(self, 40, 2, &sum));
	CHECK(sum == 42);
	MUST(sample_nothing(self));
	CHECK(last_request.length == 0 && last_reply.length == 0);
	MUST(sample_identify(self, &identity));
	CHECK(identity.type == SAMPLE_TYPE && identity.version == 2);
}

static void errors(void)
{
	int32_t sum = 7;

	result = OS_ERR_RANGE;
	CHECK(sample_add(self, 1, 2, &sum) == OS_ERR_RANGE && sum == 0 && last_reply.length == 0);
	result = OS_ERR_GONE;
	CHECK(sample_add(self, 1, 2, &sum) == OS_ERR_GONE);
	for (int i = 0; i < 3; i++) {
		static const enum os_err undeclared[] = { OS_ERR_DENIED, OS_ERR_LATER,
			                                  OS_ERR_COUNT };

		result = undeclared[i];
		CHECK(sample_add(self, 1, 2, &sum) == OS_ERR_UNDECLARED);
	}
	CHECK(sample_missing(self, 1) == OS_ERR_UNSUPPORTED);
	transport = OS_ERR_CANCELLED;
	CHECK(sample_add(self, 1, 2, &sum) == OS_ERR_CANCELLED);
}

/* Whatever fails, and wherever: nothing leaks, what is to be moved is gone, outs are empty. */
static void ownership(void)
{
	int before[SLOTS];
	struct outs o;

	memcpy(before, held, sizeof(held));
	CHECK(call_all(&o, "too long") == OS_ERR_TOO_LONG && handled == 0);
	check_empty(&o);
	result = OS_ERR_INVALID;
	CHECK(call_all(&o, "hello!") == OS_ERR_INVALID);
	CHECK(last_reply.length == 0 && last_reply.cap_count == 0 && last_reply.cap_move == 0);
	check_empty(&o);
	result = OS_OK;
	bad_outs = true;
	CHECK(call_all(&o, "hello!") == OS_ERR_UNDECLARED);
	check_empty(&o);
	transport = OS_ERR_GONE;
	CHECK(call_all(&o, "hello!") == OS_ERR_GONE);
	check_empty(&o);
	held[AREA]++;
	CHECK(sample_give(self, (struct area_cap){ { AREA } }, "long") == OS_ERR_TOO_LONG);
	transport = OS_OK;
	held[AREA]++;
	MUST(sample_give(self, (struct area_cap){ { AREA } }, "abc"));
	MUST(sample_give(self, (struct area_cap){ { 0 } }, "abc"));
	held[STRANGER]++;
	CHECK(sample_give(self, (struct area_cap){ { STRANGER } }, "") == OS_ERR_CAP_TYPE);
	check_balance(before);
}

/* ------------------------------------------------- an oracle on the tables */

static bool field_well_formed(const struct os_rpc_field_info *f, const uint8_t *p)
{
	uint32_t number;
	uint16_t length;

	switch (f->kind) {
	case OS_RPC_FIELD_BOOL:
		return *p <= 1;
	case OS_RPC_FIELD_ENUM:
		memcpy(&number, p, sizeof(number));
		for (unsigned i = 0; i < f->value_count; i++)
			if (f->values[i].value == number)
				return true;
		return false;
	case OS_RPC_FIELD_STRING:
		return os_wire_string_valid((const char *)p, f->limit);
	case OS_RPC_FIELD_BYTES:
		memcpy(&length, p, sizeof(length));
		return length <= f->limit && os_wire_zero(p + 2 + length, f->limit - length);
	case OS_RPC_FIELD_PADDING:
		return os_wire_zero(p, f->size);
	default:
		return true;
	}
}

static bool well_formed(const struct os_rpc_message_info *info, const struct os_msg *msg)
{
	unsigned end = 0;

	if (msg->length != info->length || msg->cap_count != info->cap_count)
		return false;
	for (unsigned i = 0; i < info->field_count; i++) {
		const struct os_rpc_field_info *f = &info->fields[i];

		CHECK(f->offset == end);
		end += f->size;
		if (!field_well_formed(f, msg->payload + f->offset))
			return false;
	}
	CHECK(end == info->length);
	return true;
}

static const struct os_rpc_op_info *op_info(unsigned number)
{
	for (size_t i = 0; i < os_rpc_interface_count; i++)
		if (strcmp(os_rpc_interfaces[i].name, "sample") == 0)
			return &os_rpc_interfaces[i].ops[number - 1];
	failed(__LINE__, "no table");
}

/* Dispatch a request as if it had arrived; it must reach a handler exactly if it is well-formed. */
static void dispatch_forged(const struct os_msg *forged, bool good, enum os_err expected)
{
	int before[SLOTS];

	memcpy(before, held, sizeof(held));
	carry(&messages[1], forged);
	handled = 0;
	running = 1;
	CHECK(server.object.dispatch(&server.object, &messages[1]) == OS_OK);
	running = 0;
	CHECK(handled == (good ? 1 : 0));
	CHECK(messages[1].op == (good ? OS_OK : expected));
	if (good) {
		for (unsigned i = 0; i < messages[1].cap_count; i++)
			if ((messages[1].cap_move & 1u << i) != 0)
				os_cap_drop((struct os_cap){ messages[1].caps[i].slot });
	} else {
		CHECK(messages[1].length == 0 && messages[1].cap_count == 0);
	}
	check_balance(before);
}

static void forge_bytes(const struct os_rpc_op_info *info, const struct os_msg *request)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < request->length; i++) {
		for (unsigned value = 0; value < 256; value++) {
			struct os_msg forged = *request;
			bool good;

			forged.payload[i] = (uint8_t)value;
			good = well_formed(&info->request, &forged);
			refused += !good;
			dispatch_forged(&forged, good, OS_ERR_PROTOCOL);
		}
	}
	CHECK(info->number != SAMPLE_OP_ALL || refused > 5000);
}

static void forge_header(const struct os_msg *request)
{
	struct os_msg forged = *request;

	for (unsigned length = 0; length <= OS_MSG_PAYLOAD_MAX; length++) {
		forged.length = (uint16_t)length;
		dispatch_forged(&forged, length == request->length, OS_ERR_PROTOCOL);
	}
	forged.length = request->length;
	for (unsigned count = 0; count <= OS_MSG_CAPS_MAX; count++) {
		memset(forged.caps, 0, sizeof(forged.caps));
		for (unsigned i = 0; i < count; i++)
			forged.caps[i].slot = TRIANGLE;
		forged.cap_count = (uint8_t)count;
		dispatch_forged(&forged, count == request->cap_count, OS_ERR_PROTOCOL);
	}
	forged = *request;
	for (unsigned op = SAMPLE_OP_GIVE + 1; op < 0x10000; op++) {
		forged.op = (uint16_t)op;
		dispatch_forged(&forged, false, OS_ERR_OPERATION);
	}
}

static void malformed_requests(void)
{
	struct os_msg all_request, add_request;
	struct outs o;
	int32_t sum;

	MUST(call_all(&o, "hello!"));
	all_request = last_request;
	MUST(sample_add(self, 1, 2, &sum));
	add_request = last_request;
	all_request.cap_move = 0;
	forge_bytes(op_info(SAMPLE_OP_ALL), &all_request);
	forge_bytes(op_info(SAMPLE_OP_ADD), &add_request);
	forge_header(&all_request);
	forge_header(&add_request);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		all_request.caps[0].slot = slot;
		dispatch_forged(&all_request, slot <= TRIANGLE, OS_ERR_CAP_TYPE);
		all_request.caps[0].slot = 0;
		all_request.caps[1].slot = slot;
		dispatch_forged(&all_request, true, OS_OK);
	}
}

/* A client given this reply refuses it or, where it is well-formed, takes it; nothing leaks. */
static void answer_forged(struct os_msg *forged, enum os_err expected)
{
	int before[SLOTS];
	struct outs o;

	memcpy(before, held, sizeof(held));
	forged_reply = forged;
	CHECK(call_all(&o, "hello!") == expected);
	forged_reply = NULL;
	/* the reply that was replaced moved a capability */
	os_cap_drop((struct os_cap){ STRANGER });
	if (expected == OS_OK) {
		os_cap_drop(o.oland.cap);
		os_cap_drop(o.othing);
	} else {
		check_empty(&o);
	}
	check_balance(before);
}

static void malformed_replies(void)
{
	const struct os_rpc_op_info *info = op_info(SAMPLE_OP_ALL);
	struct os_msg good, forged;
	struct outs o;

	MUST(call_all(&o, "hello!"));
	good = last_reply;
	good.cap_move = 0;
	for (unsigned i = 0; i < good.length; i++) {
		for (unsigned value = 0; value < 256; value += 1 + value / 16) {
			forged = good;
			forged.payload[i] = (uint8_t)value;
			answer_forged(&forged,
			              well_formed(&info->reply, &forged) ? OS_OK : OS_ERR_PROTOCOL);
		}
	}
	for (unsigned length = 0; length <= OS_MSG_PAYLOAD_MAX; length++) {
		forged = good;
		forged.length = (uint16_t)length;
		answer_forged(&forged, length == good.length ? OS_OK : OS_ERR_PROTOCOL);
	}
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		forged = good;
		forged.caps[0].slot = slot;
		answer_forged(&forged, slot == 0 || slot == POLYGON || slot == TRIANGLE
		                               ? OS_OK
		                               : OS_ERR_PROTOCOL);
	}
	for (unsigned op = 1; op < 0x10000; op++) {
		forged = (struct os_msg){ .op = (uint16_t)op };
		answer_forged(&forged, op < OS_ERR_COUNT && op != OS_ERR_LATER ? (enum os_err)op
		                                                               : OS_ERR_UNDECLARED);
	}
	forged = good;
	forged.op = OS_ERR_INVALID;
	answer_forged(&forged, OS_ERR_PROTOCOL);
	good.cap_count = 1;
	answer_forged(&good, OS_ERR_PROTOCOL);
}

static void later(void)
{
	struct os_reply reply = { .channel = 1 };
	struct sample_cap other;
	char text[SAMPLE_WAIT_TEXT_SIZE];

	MUST(sample_wait(self, 2, &other, text));
	CHECK(strcmp(text, "at once") == 0 && other.cap.slot == 0);
	last_reply = (struct os_msg){ .op = 0xffff };
	CHECK(sample_wait(self, 1, &other, text) == OS_ERR_UNDECLARED);
	sample_wait_reply(&reply, OS_OK, self, "later");
	CHECK(reply.channel == 0 && last_reply.op == OS_OK && last_reply.cap_move == 1);
	CHECK(last_reply.length == SAMPLE_WAIT_TEXT_SIZE && last_reply.caps[0].slot == SAMPLE);
	CHECK(memcmp(last_reply.payload, "later\0\0\0", SAMPLE_WAIT_TEXT_SIZE) == 0);
	held[SAMPLE] = 3;
	sample_wait_reply(&reply, OS_ERR_DENIED, self, "");
	CHECK(last_reply.op == OS_ERR_DENIED && last_reply.cap_count == 0);
	sample_wait_reply(&reply, OS_ERR_RANGE, self, "");
	CHECK(last_reply.op == OS_ERR_UNDECLARED);
	sample_wait_reply(&reply, OS_OK, self, "much too long");
	CHECK(last_reply.op == OS_ERR_UNDECLARED && last_reply.length == 0);
	CHECK(held[SAMPLE] == 0);
}

static void session_args(void)
{
	struct sample_args_wire wire;
	struct sample_args args;
	uint8_t unaligned[sizeof(wire) + 1];

	memset(&wire, 0xee, sizeof(wire));
	MUST(sample_args_encode(&wire, "config", 4096, "key", 3));
	memcpy(unaligned + 1, &wire, sizeof(wire));
	MUST(sample_args_decode(unaligned + 1, sizeof(wire), &args));
	CHECK(strcmp(args.name, "config") == 0 && args.size == 4096 && args.key_size == 3);
	CHECK(memcmp(args.key, "key", 4) == 0);
	CHECK(sample_args_decode(&wire, sizeof(wire) - 1, &args) == OS_ERR_PROTOCOL);
	CHECK(sample_args_encode(&wire, "", 0, "12345", 5) == OS_ERR_TOO_LONG);
	memset(wire.name, 'x', sizeof(wire.name));
	CHECK(sample_args_decode(&wire, sizeof(wire), &args) == OS_ERR_PROTOCOL);
}

static void opening(void)
{
	struct sample_cap sample = { { 0 } };
	struct sample_args args;

	CHECK(sample_open(NULL, NULL, "for what", "config", 4096, "12345", 5, &sample) ==
	      OS_ERR_TOO_LONG);
	CHECK(!opened.service && !sample.cap.slot);
	MUST(sample_open(NULL, NULL, "for what", "config", 4096, "key", 3, &sample));
	CHECK(sample.cap.slot == SAMPLE);
	CHECK(strcmp(opened.service, "Sample") == 0 && opened.type == SAMPLE_TYPE);
	CHECK(opened.ram == 6144 && opened.caps == 3);
	MUST(sample_args_decode(&opened_args, sizeof(opened_args), &args));
	CHECK(args.size == 4096 && strcmp(args.name, "config") == 0);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = { { "round_trip", round_trip },
		      { "errors", errors },
		      { "ownership", ownership },
		      { "malformed_requests", malformed_requests },
		      { "malformed_replies", malformed_replies },
		      { "later", later },
		      { "session_args", session_args },
		      { "opening", opening } };

	MUST(sample_server_init(&server, NULL, NULL, &ops));
	CHECK(sample_server_cap(&server).cap.slot == SAMPLE);
	for (size_t i = 0; i < OS_ARRAY_SIZE(tests); i++) {
		if (argc == 2 && strcmp(argv[1], tests[i].name) == 0) {
			tests[i].run();
			sample_server_fini(&server);
			puts("passed");
			return 0;
		}
	}
	failed(__LINE__, "unknown test");
}
