/* SPDX-License-Identifier: BSD-2-Clause */
/* The client's side of one Input session. */

#include <input/session.h>

static void handle(struct os_signal_handler *handler, uint64_t count)
{
	struct os_input *const input = container_of(handler, struct os_input, handler);
	struct os_input_event event;
	uint32_t taken = 0;

	(void)count;
	/* `event` may end the session, and with it the ring */
	while (input->sink.ring && os_input_sink_take(&input->sink, &event)) {
		input->event(input, &event);
		if (++taken < OS_INPUT_RING_EVENTS || !input->sink.ring)
			continue;
		OS_ASSERT(!os_signal_submit(input->handler.cap, 1)); /* its own context is there */
		break;
	}
}

enum os_err os_input_init(struct os_input *input, struct os_ep *ep, struct input_cap cap,
                          struct os_session *session,
                          void (*event)(struct os_input *input, const struct os_input_event *event))
{
	struct os_session nobody = { 0 };
	enum os_err err;

	*input = (struct os_input){ .event = event };
	err = OS_SESSION_CALL(session ? session : &nobody, input_ring(cap, &input->ds));
	if (err)
		goto out;
	if ((err = os_view_init(&input->view, ram_dataspace_as_dataspace(input->ds), 0,
	                        OS_INPUT_RING_SIZE, OS_ATTACH_WRITE)))
		goto out;
	input->sink = (struct os_input_sink){ .ring = input->view.start };
	if ((err = os_signal_handler_init(&input->handler, ep, handle)))
		goto out;
	err = input_sigh(cap, input->handler.cap);
out:
	if (err)
		os_input_fini(input);
	return err;
}

void os_input_fini(struct os_input *input)
{
	os_signal_handler_fini(&input->handler);
	os_view_fini(&input->view);
	os_cap_drop(input->ds.cap);
	*input = (struct os_input){ 0 };
}
