/* User-mode Linux on processors with more registers than it was built for.

   It keeps its processes' registers in a buffer of a fixed size (2,696 bytes in Debian's 6.1: up
   to AVX-512 and PKRU) and sets them by ptrace(2), PTRACE_SETREGSET of NT_X86_XSTATE. Linux takes
   the whole of a processor's XSAVE area or nothing (xstateregs_set in arch/x86/kernel/fpu/regset.c
   answers EFAULT): with AMX that is 11,008 bytes, and the first process ends in "fatal_sigsegv".

   Preloaded, this ptrace() adds what is missing in its initial state, as XSAVE's header says it
   (Intel SDM volume 1, 13.4.2: a clear bit of XSTATE_BV). Processes in there cannot have changed
   it: AMX wants arch_prctl(2), which user-mode Linux does not pass on.

   It also sets nothing that is so already: user-mode Linux reads these registers each time that a
   process stops, and sets them before it goes on, mostly as they were. All else goes through. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

enum { LARGEST = 65536, HEADER = 512, LEGACY_AND_AVX512_AND_PKRU = 0x2ff };

static long (*real)(int, pid_t, void *, void *);

/* The XSAVE area as Linux takes it, and its size: 0 while it is not known to be needed. */
static _Thread_local unsigned char whole[LARGEST] __attribute__((aligned(64)));
static _Thread_local size_t whole_size;

/* What was read last, of a process that has not run since. 0: of none. */
static _Thread_local pid_t read_of;
static _Thread_local size_t read_size;
static _Thread_local unsigned char read_last[LARGEST];

static void remember(pid_t pid, const struct iovec *got)
{
	read_of = 0;
	if (got->iov_len > LARGEST)
		return;
	read_of = pid;
	read_size = got->iov_len;
	memcpy(read_last, got->iov_base, read_size);
}

static int only_reads(enum __ptrace_request request)
{
	switch (request) {
	case PTRACE_GETREGS:
	case PTRACE_GETREGSET:
	case PTRACE_GETSIGINFO:
	case PTRACE_PEEKUSER:
	case PTRACE_PEEKDATA:
	case PTRACE_SETREGS: /* the others of its registers */
		return 1;
	default:
		return 0;
	}
}

static int is_so(pid_t pid, const struct iovec *given)
{
	/* It offers as much as it has room for; Linux takes what there is. */
	return pid == read_of && given->iov_len >= read_size
	       && memcmp(given->iov_base, read_last, read_size) == 0;
}

static long set_wide(pid_t pid, void *note, const struct iovec *given)
{
	struct iovec all = { whole, whole_size };
	uint64_t in_use;

	if (given->iov_len < HEADER + 64 || given->iov_len > LARGEST)
		return real(PTRACE_SETREGSET, pid, note, (void *)given);
	memcpy(whole, given->iov_base, given->iov_len);
	memcpy(&in_use, whole + HEADER, sizeof in_use);
	in_use &= LEGACY_AND_AVX512_AND_PKRU;
	memcpy(whole + HEADER, &in_use, sizeof in_use);
	return real(PTRACE_SETREGSET, pid, note, &all);
}

static long set(pid_t pid, void *note, const struct iovec *given)
{
	struct iovec all = { whole, LARGEST };
	long result;

	if (is_so(pid, given))
		return 0;
	read_of = 0;
	if (whole_size)
		return set_wide(pid, note, given);
	result = real(PTRACE_SETREGSET, pid, note, (void *)given);
	if (result >= 0 || errno != EFAULT)
		return result;
	if (real(PTRACE_GETREGSET, pid, note, &all) < 0)
		return -1;
	if (all.iov_len <= given->iov_len) {
		errno = EFAULT; /* it was no matter of size */
		return -1;
	}
	memset(whole, 0, all.iov_len);
	whole_size = all.iov_len;
	return set_wide(pid, note, given);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list rest;
	va_start(rest, request);
	pid_t pid = va_arg(rest, pid_t);
	void *address = va_arg(rest, void *);
	void *data = va_arg(rest, void *);
	va_end(rest);

	if (real == NULL)
		real = (long (*)(int, pid_t, void *, void *))dlsym(RTLD_NEXT, "ptrace");
	if ((uintptr_t)address == NT_X86_XSTATE && request == PTRACE_SETREGSET)
		return set(pid, address, data);

	long result = real(request, pid, address, data);
	if ((uintptr_t)address == NT_X86_XSTATE && request == PTRACE_GETREGSET && result >= 0)
		remember(pid, data);
	else if (pid == read_of && !only_reads(request))
		read_of = 0;
	return result;
}
