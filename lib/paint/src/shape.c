/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines, frames, round corners, shades and stretched images. */

#include <math.h>
#include <paint/paint.h>

/* Of positions that are nowhere near, as far as they go. */
static int32_t sum(int32_t a, int64_t b)
{
	return (int32_t)OS_MAX(OS_MIN(a + b, INT32_MAX), INT32_MIN);
}

static struct os_rect shown_of(const struct os_surface *to, struct os_rect clip,
                               struct os_rect rect)
{
	return os_rect_intersect(os_rect_intersect(clip, rect),
	                         (struct os_rect){ 0, 0, (int32_t)to->width, (int32_t)to->height });
}

/* ------------------------------------------------------------------ lines */

/* The part of [0, last] in which from + i x to / last lies in [least, most]; Bresenham in 64 bits.
 */
void os_paint_line(const struct os_surface *to, struct os_rect clip, int32_t x0, int32_t y0,
                   int32_t x1, int32_t y1, os_pixel colour)
{
	const int64_t dx = (int64_t)x1 - x0, dy = (int64_t)y1 - y0;
	const int64_t wide = dx < 0 ? -dx : dx, high = dy < 0 ? -dy : dy;
	const int64_t steps = OS_MAX(wide, high);
	const bool flat = wide >= high;
	const struct os_rect all = shown_of(to, clip, clip);
	/* only what can be seen: along the longer axis every step is one pixel */
	const int64_t start = flat ? x0 : y0, sign = (flat ? dx : dy) < 0 ? -1 : 1;
	const int64_t least = flat ? all.x : all.y;
	const int64_t most = least + (flat ? all.width : all.height) - 1;
	const int64_t first = OS_MAX(sign > 0 ? least - start : start - most, 0);
	const int64_t last = OS_MIN(sign > 0 ? most - start : start - least, steps);

	const int64_t across = flat ? high : wide, turn = (flat ? dy : dx) < 0 ? -1 : 1;
	/* i x across / steps, to nearest; from there on, step by step */
	const __int128 begin = (__int128)first * across + steps / 2;
	int64_t off = steps ? (int64_t)(begin / steps) : 0;
	int64_t rest = steps ? (int64_t)(begin % steps) : 0;

	for (int64_t i = first; i <= last; i++) {
		const int32_t x = (int32_t)(flat ? x0 + sign * i : x0 + turn * off);
		const int32_t y = (int32_t)(flat ? y0 + turn * off : y0 + sign * i);

		os_blit_tint(to, os_rect_intersect(all, (struct os_rect){ x, y, 1, 1 }), colour);
		rest += across;
		if (rest >= steps) {
			rest -= steps;
			off++;
		}
	}
}

void os_paint_frame(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    uint32_t width, os_pixel colour)
{
	const int32_t line = (int32_t)OS_MIN(width, (uint32_t)INT32_MAX);
	struct os_rect inner = { 0 }, sides[4];
	size_t count;

	if (os_rect_empty(rect))
		return;
	if (rect.width - line > line && rect.height - line > line)
		inner = (struct os_rect){ sum(rect.x, line), sum(rect.y, line),
			                  rect.width - 2 * line, rect.height - 2 * line };
	count = os_rect_subtract(rect, inner, sides);
	for (size_t i = 0; i < count; i++)
		os_blit_tint(to, os_rect_intersect(clip, sides[i]), colour);
}

/* ------------------------------------------------------------------ round corners */

enum { CHUNK = 64, RADIUS_MAX = 4096 };

/* How much of a pixel is within a circle: by the distance of its middle, smooth over one pixel. */
static uint8_t cover_at(double x, double y, double radius)
{
	const double inside = radius - sqrt(x * x + y * y) + 0.5;

	return (uint8_t)(OS_MAX(OS_MIN(inside, 1.0), 0.0) * 255 + 0.5);
}

/* A corner's square at (x, y), whose circle's middle is its lower right, if right and down. */
static void corner(const struct os_surface *to, struct os_rect clip, struct os_rect square,
                   bool right, bool down, os_pixel colour)
{
	const int32_t radius = square.width;
	uint8_t cover[CHUNK];

	for (int32_t y = 0; y < radius; y++)
		for (int32_t x = 0; x < radius; x += CHUNK) {
			const int32_t width = OS_MIN(CHUNK, radius - x);
			const struct os_mask mask = { cover, (uint32_t)width, 1, CHUNK };

			for (int32_t i = 0; i < width; i++) {
				const int32_t across = right ? x + i : radius - 1 - x - i;

				cover[i] = cover_at(across + 0.5, (down ? y : radius - 1 - y) + 0.5,
				                    radius);
			}
			os_blit_mask(to, clip, &mask, sum(square.x, x), sum(square.y, y), colour);
		}
}

void os_paint_round(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    uint32_t radius, os_pixel colour)
{
	const int32_t most = OS_MIN(OS_MIN(rect.width, rect.height) / 2, (int32_t)RADIUS_MAX);
	const int32_t r = (int32_t)OS_MIN(radius, (uint32_t)OS_MAX(most, 0));
	const int32_t right = sum(rect.x, (int64_t)rect.width - r);
	const int32_t bottom = sum(rect.y, (int64_t)rect.height - r);

	if (os_rect_empty(rect))
		return;
	os_blit_tint(to,
	             os_rect_intersect(clip, (struct os_rect){ sum(rect.x, r), rect.y,
	                                                       rect.width - 2 * r, rect.height }),
	             colour);
	for (int side = 0; side < 2; side++) {
		const int32_t x = side ? right : rect.x;

		os_blit_tint(to,
		             os_rect_intersect(clip, (struct os_rect){ x, sum(rect.y, r), r,
		                                                       rect.height - 2 * r }),
		             colour);
		corner(to, clip, (struct os_rect){ x, rect.y, r, r }, side, false, colour);
		corner(to, clip, (struct os_rect){ x, bottom, r, r }, side, true, colour);
	}
}

/* ------------------------------------------------------------------ shades */

/* `a` where `part` is 0, `b` where it is `whole`, per channel, to nearest. */
static os_pixel mixed(os_pixel a, os_pixel b, uint64_t part, uint64_t whole)
{
	os_pixel result = 0;

	for (uint32_t shift = 0; shift < 32; shift += 8) {
		const uint64_t from = a >> shift & 0xff, to = b >> shift & 0xff;

		result |= (os_pixel)((from * (whole - part) + to * part + whole / 2) / whole)
		          << shift;
	}
	return result;
}

void os_paint_shade(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                    os_pixel top, os_pixel bottom)
{
	const struct os_rect shown = shown_of(to, clip, rect);
	const uint64_t whole = rect.height > 1 ? (uint64_t)rect.height - 1 : 1;

	for (int32_t i = 0; i < shown.height; i++) {
		const struct os_rect row = { shown.x, shown.y + i, shown.width, 1 };

		os_blit_tint(to, row,
		             mixed(top, bottom, (uint64_t)((int64_t)row.y - rect.y), whole));
	}
}

/* ------------------------------------------------------------------ stretching */

/* A position in the source: the pixel before it, the one behind, and how far between, of 256. */
struct between {
	uint32_t first, second, part;
};

/* Middle to middle: pixel `i` of `count` shows what is at (i + 1/2) x size / count. */
static struct between position(int64_t i, int32_t count, uint32_t size)
{
	int64_t at = ((2 * i + 1) * (int64_t)size * 256 / count - 256) / 2;
	struct between result;

	at = OS_MAX(at, 0);
	result.first = (uint32_t)OS_MIN(at >> 8, (int64_t)size - 1);
	result.second = OS_MIN(result.first + 1, size - 1);
	result.part = (uint32_t)at & 0xff;
	return result;
}

static void scaled_row(os_pixel *out, int64_t first, int32_t count, struct os_rect rect,
                       const struct os_surface *from, struct between y)
{
	const os_pixel *upper = from->pixels + (size_t)y.first * from->stride;
	const os_pixel *lower = from->pixels + (size_t)y.second * from->stride;

	for (int32_t i = 0; i < count; i++) {
		const struct between x = position(first + i, rect.width, from->width);

		out[i] = mixed(mixed(upper[x.first], upper[x.second], x.part, 256),
		               mixed(lower[x.first], lower[x.second], x.part, 256), y.part, 256);
	}
}

void os_paint_scaled(const struct os_surface *to, struct os_rect clip, struct os_rect rect,
                     const struct os_surface *from)
{
	const struct os_rect shown = shown_of(to, clip, rect);
	os_pixel row[CHUNK];

	if (!from->width || !from->height)
		return;
	for (int32_t i = 0; i < shown.height; i++) {
		const struct between y =
		        position((int64_t)shown.y + i - rect.y, rect.height, from->height);

		for (int32_t x = 0; x < shown.width; x += CHUNK) {
			const int32_t count = OS_MIN(CHUNK, shown.width - x);
			const struct os_surface part = { row, (uint32_t)count, 1, CHUNK };

			scaled_row(row, (int64_t)shown.x + x - rect.x, count, rect, from, y);
			os_blit_blend(to, shown, &part, shown.x + x, shown.y + i);
		}
	}
}
