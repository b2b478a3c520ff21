/* User-mode Linux on processors with more registers than it was built for.

   It keeps its processes' registers in a buffer of a fixed size (2,696 bytes in Debian's 6.1: up
   to AVX-512 and PKRU) and sets them by ptrace(2), PTRACE_SETREGSET of NT_X86_XSTATE. Linux takes
   the whole of a processor's XSAVE area or nothing (xstateregs_set in arch/x86/kernel/fpu/regset.c
   answers EFAULT): with AMX that is 11,008 bytes, and the first process ends in "fatal_sigsegv".

   Preloaded, this ptrace() adds what is missing in its initial state, as XSAVE's header says it
   (Intel SDM volume 1, 13.4.2: a clear bit of XSTATE_BV). Processes in there cannot have changed
   it: AMX wants arch_prctl(2), which user-mode Linux does not pass on. All else goes through. */

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
static _Thread_local unsigned char whole[LARGEST] __attribute__((aligned(64)));

static long set_wide(pid_t pid, void *note, const struct iovec *given)
{
	struct iovec all = { whole, LARGEST };
	uint64_t in_use;

	if (real(PTRACE_GETREGSET, pid, note, &all) < 0)
		return -1;
	if (all.iov_len <= given->iov_len || given->iov_len < HEADER + 64) {
		errno = EFAULT; /* it was no matter of size */
		return -1;
	}
	memset(whole, 0, all.iov_len);
	memcpy(whole, given->iov_base, given->iov_len);
	memcpy(&in_use, whole + HEADER, sizeof in_use);
	in_use &= LEGACY_AND_AVX512_AND_PKRU;
	memcpy(whole + HEADER, &in_use, sizeof in_use);
	return real(PTRACE_SETREGSET, pid, note, &all);
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
	long result = real(request, pid, address, data);
	if (result < 0 && errno == EFAULT && request == PTRACE_SETREGSET
	    && (uintptr_t)address == NT_X86_XSTATE)
		result = set_wide(pid, address, data);
	return result;
}
