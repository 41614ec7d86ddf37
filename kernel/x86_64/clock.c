/* SPDX-License-Identifier: BSD-2-Clause */
/* How fast the clocks run, and bytes that nobody can foresee. */

#include <instructions.h>
#include <machine.h>

enum {
	PIT_HZ = 1193182,
	PIT_CHANNEL_2 = 0x42,
	PIT_COMMAND = 0x43,
	PIT_GATE = 0x61,  /* bit 0: channel 2 counts; bit 1: loudspeaker */
	PIT_START = 0xb0, /* channel 2, two bytes, mode 0: count down once */
	PIT_LATCH = 0x80,
	PIT_WINDOW = PIT_HZ / 500, /* 2 ms */
	PIT_LOOKS = 5,             /* per sample; the quickest one counts */
	PIT_LOOKS_MAX = 1000000,
	DRAWS_MAX = 16, /* of a generator that is out of numbers */
};

uint64_t clock_tsc_khz;
uint32_t clock_timer_tick;

/* All clocks at nearly one moment. */
struct sample {
	uint64_t cycles, pit, timer; /* `pit`, `timer`: as they count, downwards */
};

static uint32_t pit_read(void)
{
	uint32_t low;

	port_write(PIT_COMMAND, PIT_LATCH);
	low = port_read(PIT_CHANNEL_2);
	return low | (uint32_t)port_read(PIT_CHANNEL_2) << 8;
}

static struct sample sample_take(void)
{
	struct sample best = { 0 };
	uint64_t best_cycles = UINT64_MAX;

	for (uint32_t i = 0; i < PIT_LOOKS; i++) {
		uint64_t before = cycles_now();
		uint32_t pit = pit_read(), timer = apic_timer_read();
		uint64_t after = cycles_now();

		if (after - before >= best_cycles)
			continue;
		best_cycles = after - before;
		best = (struct sample){ .cycles = before, .pit = pit, .timer = timer };
	}
	return best;
}

/* False: the PIT does not count. */
static bool pit_measure(uint64_t *cycles_khz, uint64_t *timer_khz)
{
	struct sample a, b;
	uint64_t pit;

	port_write(PIT_GATE, (port_read(PIT_GATE) & ~2u) | 1);
	port_write(PIT_COMMAND, PIT_START);
	port_write(PIT_CHANNEL_2, 0xff);
	port_write(PIT_CHANNEL_2, 0xff);
	apic_timer_write(UINT32_MAX);
	a = sample_take();
	for (uint32_t i = 0; a.pit - pit_read() < PIT_WINDOW; i++)
		if (i == PIT_LOOKS_MAX)
			return false;
	b = sample_take();
	apic_timer_write(0);
	pit = a.pit - b.pit;
	if (pit < PIT_WINDOW || pit > 0xffff || b.cycles <= a.cycles || b.timer >= a.timer)
		return false;
	*cycles_khz = (b.cycles - a.cycles) * PIT_HZ / pit / 1000;
	*timer_khz = (a.timer - b.timer) * PIT_HZ / pit / 1000;
	return true;
}

/* As the CPU tells it (SDM Vol. 3B, 18.7.3); 0: it does not. */
static uint64_t cpuid_tsc_khz(void)
{
	struct cpuid id = cpuid_read(0x15, 0);

	if (id.a && id.b && id.c)
		return (uint64_t)id.c * id.b / id.a / 1000;
	return 0;
}

/* Without a PIT: the CPU's own frequency, by which the APIC's timer is measured. */
static bool tsc_measure(uint64_t cycles_khz, uint64_t *timer_khz)
{
	uint64_t start;

	if (!cycles_khz)
		return false;
	apic_timer_write(UINT32_MAX);
	start = cycles_now();
	while (cycles_now() - start < cycles_khz * 2)
		cpu_pause();
	*timer_khz = (UINT32_MAX - apic_timer_read()) / 2;
	apic_timer_write(0);
	return *timer_khz != 0;
}

void clock_init(void)
{
	uint64_t told = cpuid_tsc_khz(), timer_khz;

	if (!pit_measure(&clock_tsc_khz, &timer_khz)) {
		clock_tsc_khz = told ? told : cpuid_read(0x16, 0).a * 1000ul;
		if (!tsc_measure(clock_tsc_khz, &timer_khz))
			boot_fail(
			        "there is no clock: neither the PIT counts, nor does the CPU tell "
			        "its frequency");
	} else if (told) {
		clock_tsc_khz = told;
	}
	clock_timer_tick = (uint32_t)(timer_khz * CLOCK_TICK_MS);
}

void clock_wait_us(uint32_t microseconds)
{
	uint64_t start = cycles_now();

	while (cycles_now() - start < clock_tsc_khz * microseconds / 1000)
		cpu_pause();
}

/* ------------------------------------------------------------------ entropy */

enum {
	CPUID_1_C_RDRAND = 1 << 30,
	CPUID_7_B_RDSEED = 1 << 18,
	JITTER_SAMPLES = 64,
	/* what the times of port accesses are taken for, altogether: in a virtual machine their
	 * course may be known but for few bits */
	JITTER_BITS = 8,
};

static bool draw_seed(uint64_t *value)
{
	bool good = false;

	for (uint32_t i = 0; i < DRAWS_MAX && !good; i++)
		__asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
	return good;
}

static bool draw_random(uint64_t *value)
{
	bool good = false;

	for (uint32_t i = 0; i < DRAWS_MAX && !good; i++)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
	return good;
}

/* A pool that words are mixed into by the permutation of SipHash; it cannot be run backwards
 * without the half that stays inside. */
struct pool {
	uint64_t v[4];
};

static uint64_t rotate(uint64_t value, uint32_t bits)
{
	return value << bits | value >> (64 - bits);
}

static void pool_round(struct pool *p)
{
	uint64_t *v = p->v;

	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void pool_add(struct pool *p, uint64_t word)
{
	p->v[3] ^= word;
	for (uint32_t i = 0; i < 4; i++)
		pool_round(p);
	p->v[0] ^= word;
}

uint32_t entropy_collect(uint8_t out[32])
{
	bool (*draw)(uint64_t *) = NULL;
	struct pool pool = { { 0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
		               0x7465646279746573 } };
	uint32_t bits = JITTER_BITS;
	uint64_t word;

	for (uint32_t i = 0; i < JITTER_SAMPLES; i++) {
		pit_read();
		pool_add(&pool, cycles_now());
	}
	if (cpuid_read(7, 0).b & CPUID_7_B_RDSEED)
		draw = draw_seed;
	else if (cpuid_read(1, 0).c & CPUID_1_C_RDRAND)
		draw = draw_random;
	for (uint32_t i = 0; draw && i < 4; i++) {
		if (!draw(&word))
			continue;
		pool_add(&pool, word);
		bits += 64;
	}
	for (uint32_t i = 0; i < 4; i++) {
		for (uint32_t j = 0; j < 4; j++)
			pool_round(&pool);
		word = pool.v[0] ^ pool.v[1] ^ pool.v[2] ^ pool.v[3];
		memcpy(out + i * 8, &word, sizeof(word));
		pool_add(&pool, i);
	}
	return bits < 256 ? bits : 256;
}
