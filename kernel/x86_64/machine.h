/* SPDX-License-Identifier: BSD-2-Clause */
/* The PC around the CPUs: console, ACPI, interrupt controllers, clock, start of the system. */

#ifndef KERNEL_X86_64_MACHINE_H
#define KERNEL_X86_64_MACHINE_H

#include <kernel.h>

/* None of these functions blocks; all are called with interrupts off. */

/* ------------------------------------------------------------------ serial.c, screen.c, panic.c */

/** Set COM1 to 115200 baud, 8 data bits, no parity, polled. */
void serial_init(void);
void serial_put(char c);
/** From now on what arrives interrupts. */
void serial_listen(void);
/** A character that has come, or -1. */
int serial_get(void);

/** Draw on this screen (VGA text, or a linear frame buffer of 15 to 32 bits; else nowhere). */
void screen_init(const struct os_boot_screen *screen);
void screen_put(char c);
/** From here on the screen belongs to user land, until a panic. */
void screen_release(void);
/** Take it back, and clear it. */
void screen_take(void);

/** As kernel_panic(), for an exception in the kernel: its frame is shown, too. */
void panic_exception(const struct frame *frame, const char *what) __attribute__((noreturn));
/** Stop here for good, as another CPU panics: for its NMI. */
void panic_stop(void) __attribute__((noreturn));
/** A CPU is in a panic: an NMI that comes means panic_stop(). */
bool panic_is_on(void);
/** Tell what the machine or the image lacks, on serial line and screen, and halt. */
void boot_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ------------------------------------------------------------------ apic.c */

/* Vectors 0x20 to 0x2f are where the masked 8259s would send spurious interrupts. */
enum {
	VECTOR_LEGACY = 0x20,
	VECTOR_SERIAL = VECTOR_LEGACY + 4, /* COM1, for the debugger */
	VECTOR_DEVICE = 0x30,              /* the first for devices */
	VECTOR_TIMER = 0xf0,               /* from here on the kernel's own */
	VECTOR_KICK = 0xf1,                /* look at the run queue */
	VECTOR_REQUEST = 0xf2,             /* look at cpu.request */
	VECTOR_SPURIOUS = 0xff,
};

/** Find the local APIC (xAPIC or x2APIC); the boot CPU calls it once, before apic_cpu_init(). */
void apic_init(uint64_t address);
/** Set up this CPU's own local APIC. */
void apic_cpu_init(void);
/** Id of this CPU's APIC. */
uint32_t apic_self(void);
/** Send an interrupt to one CPU. */
void apic_send(const struct cpu *cpu, uint8_t vector);
/** NMI to all other CPUs: for a panic. */
void apic_stop_others(void);
/** INIT (`page` 0), or start at the physical page `page`: SDM Vol. 3A, 9.4.4. */
void apic_start(uint32_t id, uint8_t page);
void apic_eoi(void);
/** Let the scheduler's tick of 5 ms come on this CPU, or not; sets cpu.ticking. */
void tick_set(struct cpu *cpu, bool on);
/** A tick has come: ask for the next one. */
void tick_next(struct cpu *cpu);
/** For clock_init(): the timer counts down from `count` without an interrupt; 0: it stops. */
void apic_timer_write(uint32_t count);
uint32_t apic_timer_read(void);

/* ------------------------------------------------------------------ interrupt.c */

/** Find the IOAPICs, all inputs masked; the 8259s are masked as well. Returns the inputs' count. */
uint32_t interrupt_init(void);
/** Make room for the interrupts of one CPU, before its struct cpu is used. */
void interrupt_cpu_init(uint32_t index);
/**
 * An interrupt with a vector of 32 or more has come: the only way in from entry.S. Acknowledges it,
 * and does what it asks for; may leave another current thread.
 */
void interrupt_dispatch(struct cpu *cpu, uint32_t vector);

/* ------------------------------------------------------------------ clock.c, smp.c */

/** Measure the time-stamp counter, and the APIC's timer, against PIT channel 2. */
void clock_init(void);
enum { CLOCK_TICK_MS = 5 };       /* of the scheduler */
extern uint64_t clock_tsc_khz;    /* of the time-stamp counter */
extern uint32_t clock_timer_tick; /* counts of the APIC's timer in a tick */
/** Wait, busily; at boot only. */
void clock_wait_us(uint32_t microseconds);
/** Unpredictable bytes for root; how many bits of them are. */
uint32_t entropy_collect(uint8_t out[32]);

/** Start the other CPUs that ACPI names; sets cpu_count. `page`: below 1 MiB, for their start. */
void smp_init(uint64_t page);

/* ------------------------------------------------------------------ boot.c */

/** Whole pages for the kernel, zeroed, for good; at boot only. Halts if there is no such memory. */
void *boot_pages(uint64_t size);

#endif
