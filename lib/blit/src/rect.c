/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles: computed in 64 bits, so that none of 32 bits overflows. */

#include <blit/blit.h>

/* The same by its edges; right and bottom are outside. */
struct edges {
	int64_t left, top, right, bottom;
};

static struct edges edges_of(struct os_rect rect)
{
	return (struct edges){ rect.x, rect.y, (int64_t)rect.x + rect.width,
		               (int64_t)rect.y + rect.height };
}

static int32_t length_of(int64_t from, int64_t to)
{
	return (int32_t)OS_MIN(to - from, INT32_MAX);
}

/* What has no area becomes zero. The left and top edge are those of some rectangle. */
static struct os_rect rect_of(struct edges edges)
{
	if (edges.left >= edges.right || edges.top >= edges.bottom)
		return (struct os_rect){ 0 };
	return (struct os_rect){ (int32_t)edges.left, (int32_t)edges.top,
		                 length_of(edges.left, edges.right),
		                 length_of(edges.top, edges.bottom) };
}

struct os_rect os_rect_intersect(struct os_rect a, struct os_rect b)
{
	const struct edges p = edges_of(a), q = edges_of(b);

	if (os_rect_empty(a) || os_rect_empty(b))
		return (struct os_rect){ 0 };
	return rect_of((struct edges){ OS_MAX(p.left, q.left), OS_MAX(p.top, q.top),
	                               OS_MIN(p.right, q.right), OS_MIN(p.bottom, q.bottom) });
}

struct os_rect os_rect_unite(struct os_rect a, struct os_rect b)
{
	const struct edges p = edges_of(a), q = edges_of(b);

	if (os_rect_empty(a))
		return os_rect_empty(b) ? (struct os_rect){ 0 } : b;
	if (os_rect_empty(b))
		return a;
	return rect_of((struct edges){ OS_MIN(p.left, q.left), OS_MIN(p.top, q.top),
	                               OS_MAX(p.right, q.right), OS_MAX(p.bottom, q.bottom) });
}

size_t os_rect_subtract(struct os_rect a, struct os_rect b, struct os_rect out[4])
{
	const struct os_rect common = os_rect_intersect(a, b);
	const struct edges outer = edges_of(a), inner = edges_of(common);
	size_t count = 0;

	if (os_rect_empty(a))
		return 0;
	if (os_rect_empty(common)) {
		out[0] = a;
		return 1;
	}
	/* Above and below in full width, left and right of what is between. */
	const struct edges parts[] = {
		{ outer.left, outer.top, outer.right, inner.top },
		{ outer.left, inner.top, inner.left, inner.bottom },
		{ inner.right, inner.top, outer.right, inner.bottom },
		{ outer.left, inner.bottom, outer.right, outer.bottom },
	};

	for (size_t i = 0; i < OS_ARRAY_SIZE(parts); i++) {
		const struct os_rect part = rect_of(parts[i]);

		if (!os_rect_empty(part))
			out[count++] = part;
	}
	return count;
}

bool os_rect_contains(struct os_rect rect, int32_t x, int32_t y)
{
	const struct edges edges = edges_of(rect);

	return x >= edges.left && x < edges.right && y >= edges.top && y < edges.bottom;
}
