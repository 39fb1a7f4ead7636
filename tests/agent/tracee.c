/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/agent/tracee.h"

#if defined(__x86_64__) || defined(__aarch64__)

enum {
	RED_ZONE = 128, /* bytes below the stack pointer that are in use */
	/* what waitpid() says, as status >> 8 */
	STOP_SYSCALL = SIGTRAP | 0x80,
	STOP_ASKED = SIGTRAP | PTRACE_EVENT_STOP << 8,
};

struct tracee {
	pid_t pid;
	int mem;        /* /proc/PID/mem */
	uint64_t at;    /* an instruction that makes a system call */
	uint64_t stack; /* where the block is */
	struct user_regs_struct saved;
	uint64_t saved_mask;
	uint8_t saved_block[TRACEE_BLOCK];
};

bool
tracee_is_supported(void)
{
	return true;
}

/* --- what differs between architectures ------------------------------------- */

#ifdef __x86_64__
static const uint8_t instruction[] = { 0x0f, 0x05 }; /* syscall */

static void
aim(struct user_regs_struct *r, uint64_t at, long number, const long args[6])
{
	const unsigned long long *a = (const unsigned long long *)args;

	r->rip = at;
	r->rax = (unsigned long long)number;
	/* Or the kernel would restart the call that it was in, from here. */
	r->orig_rax = ULLONG_MAX;
	r->rdi = a[0];
	r->rsi = a[1];
	r->rdx = a[2];
	r->r10 = a[3];
	r->r8 = a[4];
	r->r9 = a[5];
}

static long
result_of(const struct user_regs_struct *r)
{
	return (long)r->rax;
}

static uint64_t
stack_of(const struct user_regs_struct *r)
{
	return r->rsp;
}

static uint64_t
place_of(const struct user_regs_struct *r)
{
	return r->rip;
}
#else
static const uint8_t instruction[] = { 0x01, 0x00, 0x00, 0xd4 }; /* svc #0 */

static void
aim(struct user_regs_struct *r, uint64_t at, long number, const long args[6])
{
	r->pc = at;
	r->regs[8] = (unsigned long long)number;
	for (int i = 0; i < 6; i++)
		r->regs[i] = (unsigned long long)args[i];
}

static long
result_of(const struct user_regs_struct *r)
{
	return (long)r->regs[0];
}

static uint64_t
stack_of(const struct user_regs_struct *r)
{
	return r->sp;
}

static uint64_t
place_of(const struct user_regs_struct *r)
{
	return r->pc;
}
#endif

/* --- stopping and starting -------------------------------------------------- */

static bool
complain(const char *what)
{
	fprintf(stderr, "inject: %s: %s\n", what, strerror(errno));
	return false;
}

/* The next stop of any kind; -1 if it does not come, or the process ended. */
static int
wait_stop(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, __WALL) != pid)
		return -1;
	if (!WIFSTOPPED(status)) {
		errno = ESRCH;
		return -1;
	}
	return status >> 8;
}

static bool
go_on(const struct tracee *t, enum __ptrace_request how, int number)
{
	return ptrace(how, t->pid, NULL, (void *)(intptr_t)number) == 0;
}

/*
 * Waits for the stop that was asked for, at the point where it would take a
 * signal: there alone the kernel looks at the registers for a call to be
 * restarted. Signals on the way are handed on.
 */
static bool
wait_halt(const struct tracee *t)
{
	int stop;

	while ((stop = wait_stop(t->pid)) != STOP_ASKED) {
		if (stop < 0)
			return complain("wait");
		if (stop >> 8 == PTRACE_EVENT_STOP) {
			errno = EBUSY; /* by SIGSTOP */
			return complain("it is stopped");
		}
		if (!go_on(t, PTRACE_CONT, stop > 0xff ? 0 : stop))
			return complain("continue");
	}
	return true;
}

static bool
move_registers(const struct tracee *t, enum __ptrace_request how,
    struct user_regs_struct *regs)
{
	struct iovec iov = { regs, sizeof *regs };

	if (ptrace(how, t->pid, (void *)(intptr_t)NT_PRSTATUS, &iov) < 0)
		return complain("registers");
	if (iov.iov_len == sizeof *regs)
		return true;
	errno = ENOEXEC;
	return complain("a program of another architecture");
}

static bool
move_mask(const struct tracee *t, enum __ptrace_request how,
    uint64_t *mask)
{
	return ptrace(how, t->pid, (void *)sizeof *mask, mask) == 0 ? true :
	    complain("signal mask");
}

/* The newest child of the target never runs. */
static bool
kill_child(const struct tracee *t)
{
	unsigned long child = 0;
	int status = 0;

	if (ptrace(PTRACE_GETEVENTMSG, t->pid, NULL, &child) < 0 ||
	    kill((pid_t)child, SIGKILL) < 0)
		return complain("child");
	do {
		if (waitpid((pid_t)child, &status, __WALL) < 0)
			return complain("child");
	} while (WIFSTOPPED(status));
	return true;
}

/* Looks for the instruction in a piece of memory; 0 if it is not there. */
static uint64_t
search(const struct tracee *t, uint64_t from, uint64_t to, uint64_t avoid)
{
	uint8_t piece[4096];

	for (; from < to; from += sizeof piece) {
		ssize_t n = pread(t->mem, piece, sizeof piece, (off_t)from);

		for (ssize_t i = 0; i + (ssize_t)sizeof instruction <= n;
		    i += (ssize_t)sizeof instruction / 2)
			if (memcmp(piece + i, instruction, sizeof instruction)
			    == 0 && from + (uint64_t)i != avoid)
				return from + (uint64_t)i;
	}
	return 0;
}

/*
 * Not where it is now: a kernel that means to restart the call there puts
 * another number into our registers.
 */
static bool
find_instruction(struct tracee *t)
{
	char path[64], line[512], flags[8];
	unsigned long from, to;
	FILE *maps;

	(void)snprintf(path, sizeof path, "/proc/%d/maps", (int)t->pid);
	maps = fopen(path, "re");
	if (maps == NULL)
		return complain(path);
	t->at = 0;
	while (t->at == 0 && fgets(line, sizeof line, maps) != NULL)
		if (sscanf(line, "%lx-%lx %7s", &from, &to, flags) == 3 &&
		    flags[2] == 'x')
			t->at = search(t, from, to, place_of(&t->saved));
	(void)fclose(maps);
	errno = ENOEXEC;
	return t->at != 0 ? true : complain("no system call in its text");
}

/* --- the contract ----------------------------------------------------------- */

/* Puts the block on its stack and keeps what was there. */
static bool
place_block(struct tracee *t, const void *block)
{
	const off_t at = (off_t)((stack_of(&t->saved) - RED_ZONE -
	    TRACEE_BLOCK) & ~(uint64_t)15);

	t->stack = (uint64_t)at;
	if (pread(t->mem, t->saved_block, TRACEE_BLOCK, at) == TRACEE_BLOCK &&
	    pwrite(t->mem, block, TRACEE_BLOCK, at) == TRACEE_BLOCK)
		return true;
	return complain("stack");
}

static bool
seize(struct tracee *t)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
	    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
	char path[64];

	(void)snprintf(path, sizeof path, "/proc/%d/mem", (int)t->pid);
	t->mem = open(path, O_RDWR | O_CLOEXEC);
	if (t->mem < 0)
		return complain(path);
	if (ptrace(PTRACE_SEIZE, t->pid, NULL, (void *)options) < 0 ||
	    ptrace(PTRACE_INTERRUPT, t->pid, NULL, NULL) < 0)
		return complain("seize");
	return wait_halt(t);
}

struct tracee *
tracee_stop(pid_t pid, const void *block, uint64_t *address)
{
	struct tracee *t = calloc(1, sizeof *t);
	uint64_t all = UINT64_MAX;

	if (t == NULL)
		return NULL;
	*t = (struct tracee){ .pid = pid, .mem = -1 };
	/* The mask last: a handler must not run on registers of ours. */
	if (seize(t) &&
	    move_registers(t, PTRACE_GETREGSET, &t->saved) &&
	    move_mask(t, PTRACE_GETSIGMASK, &t->saved_mask) &&
	    find_instruction(t) && place_block(t, block) &&
	    move_mask(t, PTRACE_SETSIGMASK, &all)) {
		*address = t->stack;
		return t;
	}
	(void)ptrace(PTRACE_DETACH, pid, NULL, NULL);
	if (t->mem >= 0)
		close(t->mem);
	free(t);
	return NULL;
}

bool
tracee_call(struct tracee *t, long number, const long args[6], long *result)
{
	struct user_regs_struct regs = t->saved;

	aim(&regs, t->at, number, args);
	if (!move_registers(t, PTRACE_SETREGSET, &regs))
		return false;
	/* It stops at the start, at the end, and for a child in between. */
	for (int seen = 0; seen < 2;) {
		int stop = go_on(t, PTRACE_SYSCALL, 0) ? wait_stop(t->pid) :
		    -1;

		if (stop == STOP_SYSCALL)
			seen++;
		else if (stop < 0 || stop >> 8 == 0 ||
		    stop >> 8 == PTRACE_EVENT_STOP)
			return complain("system call");
		else if (!kill_child(t))
			return false;
	}
	if (!move_registers(t, PTRACE_GETREGSET, &regs))
		return false;
	*result = result_of(&regs);
	return true;
}

bool
tracee_release(struct tracee *t)
{
	bool ok = ptrace(PTRACE_INTERRUPT, t->pid, NULL, NULL) == 0;

	/* From the end of a call to the stop where it may be restarted. */
	(void)go_on(t, PTRACE_CONT, 0);
	ok = ok && wait_halt(t) &&
	    (pwrite(t->mem, t->saved_block, TRACEE_BLOCK, (off_t)t->stack) ==
	    TRACEE_BLOCK || complain("stack")) &&
	    move_registers(t, PTRACE_SETREGSET, &t->saved) &&
	    move_mask(t, PTRACE_SETSIGMASK, &t->saved_mask) &&
	    ptrace(PTRACE_DETACH, t->pid, NULL, NULL) == 0;
	close(t->mem);
	free(t);
	return ok;
}

#else

bool
tracee_is_supported(void)
{
	return false;
}

struct tracee *
tracee_stop(pid_t pid, const void *block, uint64_t *address)
{
	(void)pid, (void)block, (void)address;
	return NULL;
}

bool
tracee_call(struct tracee *t, long number, const long args[6], long *result)
{
	(void)t, (void)number, (void)args, (void)result;
	return false;
}

bool
tracee_release(struct tracee *t)
{
	(void)t;
	return false;
}

#endif
