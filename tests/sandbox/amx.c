/* Preloaded behind registers.c: a processor with AMX for user-mode Linux, on one without.

   What Linux does there, seen on such a machine: PTRACE_GETREGSET of NT_X86_XSTATE tells of 11,008
   bytes and gives as many as there is room for, PTRACE_SETREGSET of fewer is EFAULT. What is set
   beyond this processor's own area must be in its initial state, else EINVAL. */

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

enum { ALL = 11008, HEADER = 512 };

static long (*real)(int, pid_t, void *, void *);

static long get(pid_t pid, void *note, struct iovec *into)
{
	static unsigned char area[ALL];
	struct iovec here = { area, ALL };
	long result = real(PTRACE_GETREGSET, pid, note, &here);

	if (result < 0)
		return result;
	memset(area + here.iov_len, 0, ALL - here.iov_len);
	if (into->iov_len > ALL)
		into->iov_len = ALL;
	memcpy(into->iov_base, area, into->iov_len);
	return result;
}

static long set(pid_t pid, void *note, const struct iovec *given)
{
	static unsigned char area[ALL];
	struct iovec here = { area, ALL };
	const unsigned char *bytes = given->iov_base;
	uint64_t in_use;

	if (given->iov_len < ALL) {
		errno = EFAULT;
		return -1;
	}
	if (real(PTRACE_GETREGSET, pid, note, &here) < 0)
		return -1;
	memcpy(&in_use, bytes + HEADER, sizeof in_use);
	for (size_t at = here.iov_len; at < ALL; at++)
		in_use |= (uint64_t)bytes[at] << 32; /* no feature of ours */
	if (in_use >> 17) {
		errno = EINVAL;
		return -1;
	}
	here.iov_base = given->iov_base;
	return real(PTRACE_SETREGSET, pid, note, &here);
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
	if ((uintptr_t)address == NT_X86_XSTATE && request == PTRACE_GETREGSET)
		return get(pid, address, data);
	if ((uintptr_t)address == NT_X86_XSTATE && request == PTRACE_SETREGSET)
		return set(pid, address, data);
	return real(request, pid, address, data);
}
