#ifndef CHILDREN_H
#define CHILDREN_H

#include "common.h"

#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `child`, which ends by itself, in a process that fork makes now, and waits for it. */
static void run_child(void (*child)(const char *letters), const char *letters)
{
  int status;
  pid_t pid = fork();
  must(pid >= 0, "fork");
  if (pid == 0)
    child(letters);
  must(waitpid(pid, &status, 0) == pid, "waitpid");
  must(!WIFSIGNALED(status), "the child does not hang");
  /* Memory checkers may count what the child had to leave alone. */
  must(WEXITSTATUS(status) != 2, "the child did what it should");
}

#endif
