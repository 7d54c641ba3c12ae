/* Child processes and temporary folders. */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CANNOT_RUN = 127 };

/* The exit status, 128 + the signal that ended it, or -1 when there was no process. */
static int run(const char *const *argv, bool quiet)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -1;
	if (pid == 0) {
		if (quiet && !freopen("/dev/null", "w", stderr))
			_exit(CANNOT_RUN);
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(CANNOT_RUN);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int process_run(struct diag *d, const char *const *argv)
{
	int status = run(argv, false);

	if (status != -1 && status != CANNOT_RUN)
		return status;
	if (status < 0)
		diag_error(d, NULL, "cannot start %s: %s", argv[0], strerror(errno));
	else
		diag_error(d, NULL, "cannot run %s", argv[0]);
	return -1;
}

int process_run_quiet(const char *const *argv)
{
	return run(argv, true);
}

void split_words(struct arena *a, const char *text, const char **argv, int *n, int most)
{
	char *word = strtok(arena_strdup(a, text), " \t");

	for (; word && *n < most; word = strtok(NULL, " \t"))
		argv[(*n)++] = word;
}

char *temp_folder(struct arena *a, struct diag *d)
{
	const char *base = getenv("TMPDIR");
	char *dir = arena_printf(a, "%s/edgecc-XXXXXX", base && *base ? base : "/tmp");

	if (!mkdtemp(dir)) {
		diag_error(d, NULL, "cannot make a temporary folder %s: %s", dir, strerror(errno));
		return NULL;
	}
	return dir;
}

void remove_folder(const char *dir)
{
	struct arena a = { 0 };
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			unlink(path_join(&a, dir, e->d_name));
	if (d)
		closedir(d);
	rmdir(dir);
	arena_free(&a);
}
