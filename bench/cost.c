/* cost COMMAND [ARGUMENT...] - runs a command and appends "cost SECONDS PEAK_KB" to its standard
 * output.
 *
 * A process keeps the peak of the program that forked it, so bench/common.py, itself of 100
 * MB, cannot ask the kernel for the peak of a small child: this program can. Exit status: the
 * command's. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct timespec start, end;
	struct rusage usage;
	int status;
	pid_t child;

	if (argc < 2)
		return 2;
	clock_gettime(CLOCK_MONOTONIC, &start);
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child)
		return 126;
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("cost %.6f %ld\n",
	       (double)(end.tv_sec - start.tv_sec) + 1e-9 * (double)(end.tv_nsec - start.tv_nsec),
	       usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}
