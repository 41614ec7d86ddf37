/* SPDX-License-Identifier: BSD-2-Clause */
/* Documents and images, as copies of ROM modules, and the way back through them. */

#include <osier/env.h>
#include <osier/string.h>

#include "library.h"

/* A copy of a module's content; the session is closed again. */
static enum os_err module_read(struct os_env *env, const char *name, char **text, size_t *size)
{
	struct os_view view = { 0 };
	struct os_rom rom = { 0 };
	void *copy = NULL;
	enum os_err err;

	if ((err = os_rom_open(&rom, env, name)) || (err = os_rom_view(&rom, &view)) ||
	    (err = os_alloc(env->heap, view.size, &copy)))
		goto out;
	memcpy(copy, view.start, view.size);
	*text = copy;
	*size = view.size;
out:
	os_view_fini(&view);
	os_rom_close(&rom);
	return err;
}

static void images_free(struct library *library)
{
	struct os_list_node *node;

	while ((node = os_list_first(&library->images))) {
		struct library_image *image = OS_LIST_ITEM(node, struct library_image, node);

		os_list_remove(&library->images, node);
		os_image_fini(&image->image);
		os_free(library->env->heap, image, sizeof(*image));
	}
}

/* Modules end with zeroes, up to a page. */
static size_t text_length(const char *text, size_t size)
{
	while (size && !text[size - 1])
		size--;
	return size;
}

enum os_err library_read(struct library *library, const char *name, struct library_page *page)
{
	struct os_alloc *const heap = library->env->heap;
	enum os_err err;

	*page = (struct library_page){ 0 };
	if ((err = os_str_copy(page->name, sizeof(page->name), name)) ||
	    (err = module_read(library->env, name, &page->text, &page->text_size)))
		return err;
	if ((err = document_init(&page->document, heap, page->text,
	                         text_length(page->text, page->text_size))))
		os_free(heap, page->text, page->text_size);
	return err;
}

void library_open(struct library *library, const struct library_page *page)
{
	struct library_page *const before = &library->page;

	images_free(library);
	document_fini(&before->document);
	if (before->text)
		os_free(library->env->heap, before->text, before->text_size);
	*before = *page;
}

/* ------------------------------------------------------------------ images */

static struct library_image *image_find(struct library *library, const char *name)
{
	OS_LIST_FOR_EACH (node, &library->images) {
		struct library_image *image = OS_LIST_ITEM(node, struct library_image, node);

		if (os_str_equal(image->name, name))
			return image;
	}
	return NULL;
}

static enum os_err image_read(struct library *library, struct library_image *image)
{
	struct os_env *const env = library->env;
	enum os_err err;
	size_t size;
	char *bytes;

	if ((err = module_read(env, image->name, &bytes, &size)))
		return err;
	err = os_image_decode(&image->image, env->heap, bytes, size);
	os_free(env->heap, bytes, size);
	return err;
}

const struct os_surface *library_image(struct library *library, const char *name, size_t length)
{
	static const struct os_surface none = { 0 };
	struct library_image *image;
	char text[NAME_SIZE];
	enum os_err err;
	void *memory;

	if (length >= sizeof(text))
		return &none;
	memcpy(text, name, length);
	text[length] = '\0';
	if ((image = image_find(library, text)))
		return &image->image.surface;
	if (os_alloc(library->env->heap, sizeof(*image), &memory))
		return &none;
	image = memory;
	*image = (struct library_image){ 0 };
	memcpy(image->name, text, sizeof(text));
	if ((err = image_read(library, image)))
		os_warning(library->env, "%s: image \"%s\": %s", library->page.name, text,
		           os_err_text(err));
	os_list_append(&library->images, &image->node);
	return &image->image.surface;
}

/* ------------------------------------------------------------------ the way back */

/* Add a place; the oldest one goes if there are too many. */
static void push(struct place places[HISTORY_MAX], size_t *count, const char *name, int32_t scroll)
{
	if (*count == HISTORY_MAX)
		memmove(places, places + 1, --*count * sizeof(*places));
	memcpy(places[*count].name, name, NAME_SIZE);
	places[(*count)++].scroll = scroll;
}

void library_leave(struct library *library, int32_t scroll)
{
	library->forward_count = 0;
	push(library->back, &library->back_count, library->page.name, scroll);
}

bool library_return(struct library *library, bool forward, int32_t scroll, struct place *place)
{
	struct place *const from = forward ? library->forward : library->back;
	size_t *const count = forward ? &library->forward_count : &library->back_count;

	if (!*count)
		return false;
	*place = from[--*count];
	if (forward)
		push(library->back, &library->back_count, library->page.name, scroll);
	else
		push(library->forward, &library->forward_count, library->page.name, scroll);
	return true;
}
