/* Child processes and temporary folders. */
#include "host.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int process_run(struct diag *d, const char *const *argv)
{
	pid_t pid = fork();
	int status;

	if (pid < 0) {
		diag_error(d, NULL, "cannot start %s: %s", argv[0], strerror(errno));
		return -1;
	}
	if (pid == 0) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (WIFSIGNALED(status))
		return 128 + WTERMSIG(status);
	if (WEXITSTATUS(status) == 127) {
		diag_error(d, NULL, "cannot run %s", argv[0]);
		return -1;
	}
	return WEXITSTATUS(status);
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
