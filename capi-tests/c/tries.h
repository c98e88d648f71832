/* Tries that may end badly: each in a process of its own, which connects to this one. */
#ifndef TRIES_H
#define TRIES_H

#include "peer.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/wait.h>

static int listener, port;

static void listen_somewhere(void)
{
  struct sockaddr_in place = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof place;

  signal(SIGPIPE, SIG_IGN);
  listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(bind(listener, (void *)&place, sizeof place) == 0, "bind");
  must(listen(listener, 8) == 0, "listen");
  must(getsockname(listener, (void *)&place, &length) == 0, "getsockname");
  port = ntohs(place.sin_port);
}

/* Runs `child` in a new process, which does not return, and gives its connections to `serve`, with their number. How the
 * child ended. */
static int try_in_child(void (*child)(const void *), void (*serve)(int fd, int number, const void *), const void *argument)
{
  int pipe_ends[2], status, connections = 0;
  pid_t id;

  must(pipe(pipe_ends) == 0, "pipe");
  id = fork();
  if (id == 0) {
    close(pipe_ends[0]);
    child(argument);
  }
  close(pipe_ends[1]);
  for (;;) {
    /* The pipe ends with the child. */
    struct pollfd places[] = { { listener, POLLIN, 0 }, { pipe_ends[0], POLLIN, 0 } };
    must(poll(places, 2, -1) > 0, "poll");
    if (!places[0].revents)
      break;
    serve(accept(listener, NULL, NULL), connections++, argument);
  }
  close(pipe_ends[0]);
  must(waitpid(id, &status, 0) == id, "waitpid");
  return status;
}

#endif
