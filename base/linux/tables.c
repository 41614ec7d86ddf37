/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the tables that core writes into the control area. */

#include "image.h"
#include <osier/string.h>

enum { CONTROL_PAGES = OS_LINUX_CONTROL_SIZE / OS_LINUX_PAGE };

void *control_page(uint32_t page)
{
	return (uint8_t *)info + (size_t)page * OS_LINUX_PAGE;
}

/* Entry `index` of a table with `per_page` entries of `size` bytes; NULL if core has made none. */
static void *entry(const uint16_t *pages, uint32_t page_count, uint32_t index, uint32_t per_page,
                   size_t size)
{
	uint32_t chunk = index / per_page;

	if (chunk >= page_count || !pages[chunk])
		return NULL;
	return (uint8_t *)control_page(pages[chunk]) + index % per_page * size;
}

const struct os_linux_cap *cap_entry(uint32_t slot)
{
	static const struct os_linux_cap none;
	const struct os_linux_cap *cap = entry(info->cap_pages, OS_LINUX_CAP_PAGES, slot,
	                                       OS_LINUX_CAPS_PER_PAGE, sizeof(*cap));

	return cap && slot ? cap : &none;
}

const struct os_linux_right *right_entry(uint32_t name)
{
	static const struct os_linux_right none;
	const struct os_linux_right *right =
	        entry(info->right_pages, OS_LINUX_RIGHT_PAGES, name & OS_LINUX_RIGHT_INDEX,
	              OS_LINUX_RIGHTS_PER_PAGE, sizeof(*right));

	return right && right->name == name ? right : &none;
}

struct os_linux_record *server_record(uint32_t index)
{
	return entry(info->record_pages, OS_LINUX_RECORD_PAGES, index, OS_LINUX_RECORDS_PER_PAGE,
	             sizeof(struct os_linux_record));
}

struct os_linux_record *client_record(uint32_t index)
{
	return entry(info->client_pages, OS_LINUX_RECORD_PAGES, index, OS_LINUX_RECORDS_PER_PAGE,
	             sizeof(struct os_linux_record));
}

enum os_err caps_take(struct os_linux_record *record, uint32_t sequence, uint32_t count,
                      struct os_msg *msg)
{
	uint64_t word;

	msg->cap_count = 0;
	if (!count)
		return OS_OK;
	if (!record || count > OS_MSG_CAPS_MAX)
		return OS_ERR_PROTOCOL;
	word = __atomic_load_n(&record->caps_word, __ATOMIC_ACQUIRE);
	if ((word ^ os_linux_caps_word(sequence, count, 0)) << 24)
		return OS_ERR_PROTOCOL;
	for (uint32_t i = 0; i < count; i++)
		msg->caps[i] =
		        (struct os_msg_cap){ record->caps[i], cap_entry(record->caps[i])->type };
	/* taken only if core has not withdrawn them meanwhile */
	if (!__atomic_compare_exchange_n(&record->caps_word, &word, 0, 0, __ATOMIC_ACQ_REL,
	                                 __ATOMIC_RELAXED))
		return OS_ERR_PROTOCOL;
	msg->cap_count = (uint8_t)count;
	return OS_OK;
}
