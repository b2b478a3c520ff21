/* keeps: processes and threads that each hold a number of their own in a vector register, and look
   whether it is still there after each call into the kernel. 0: it always was. */

#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROCESSES = 3, THREADS = 3, ROUNDS = 2000 };

static uint64_t after_a_call(uint64_t number)
{
	uint64_t kept;
	long call = SYS_sched_yield;

	__asm__ volatile("movq %[number], %%xmm15\n\t"
			 "syscall\n\t"
			 "movq %%xmm15, %[kept]"
			 : [kept] "=r"(kept), "+a"(call)
			 : [number] "r"(number)
			 : "xmm15", "rcx", "r11", "memory");
	return kept;
}

static void *hold(void *given)
{
	uint64_t first = (uint64_t)given << 32;

	for (uint64_t round = 0; round < ROUNDS; round++)
		if (after_a_call(first + round / 4) != first + round / 4)
			return given;
	return NULL;
}

static int all_threads(uint64_t first)
{
	pthread_t threads[THREADS];
	void *lost;
	int any = 0;

	for (uint64_t one = 0; one < THREADS; one++)
		pthread_create(&threads[one], NULL, hold, (void *)(first + one));
	for (int one = 0; one < THREADS; one++) {
		pthread_join(threads[one], &lost);
		any |= lost != NULL;
	}
	return any;
}

int main(void)
{
	int status, any = 0;

	for (uint64_t one = 0; one < PROCESSES; one++)
		if (fork() == 0)
			return all_threads(1 + one * THREADS);
	while (wait(&status) > 0)
		any |= status;
	return any != 0;
}
