/* A program that uses all that RTMP_Configure takes, and servers for it. */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include "peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

/* A number that no call of the system leaves in errno. */
#define ODD_NUMBER 777

/* A server of one connection over TCP. */
struct server {
  struct peer peer;
  int listener, port;
  pthread_t thread;
};

/* A server whose system makes connections that nobody takes up. */
static inline void server_listen(struct server *server)
{
  struct sockaddr_in place;
  socklen_t length = sizeof place;
  int size;

  memset(server, 0, sizeof *server);
  memset(&place, 0, sizeof place);
  place.sin_family = AF_INET;
  place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  signal(SIGPIPE, SIG_IGN);
  server->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  /* Little is to fit before a socket is full. */
  size = 4096;
  must(setsockopt(server->listener, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) == 0, "SO_RCVBUF");
  must(bind(server->listener, (struct sockaddr *)&place, sizeof place) == 0, "bind");
  must(listen(server->listener, 8) == 0, "listen");
  must(getsockname(server->listener, (struct sockaddr *)&place, &length) == 0, "getsockname");
  server->port = ntohs(place.sin_port);
}

static inline void *server_main(void *argument)
{
  struct server *server = (struct server *)argument;
  server->peer.fd = accept(server->listener, NULL, NULL);
  return server->peer.fd < 0 ? NULL : peer_main(&server->peer);
}

static inline void server_start(struct server *server, int media, void *tls)
{
  server_listen(server);
  server->peer.media = media;
  server->peer.tls = tls;
  must(pthread_create(&server->thread, NULL, server_main, server) == 0, "pthread_create");
}

/* Waits for the server, whose client has gone, or never came. */
static inline void server_wait(struct server *server)
{
  shutdown(server->listener, SHUT_RDWR);
  must(pthread_join(server->thread, NULL) == 0, "pthread_join");
  close(server->listener);
}

static inline RTMP *set_up(const struct server *server, const char *scheme, int publishes)
{
  static char url[100];
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/stream live=1 timeout=60 tlsVerify=0", scheme, server->port);
  must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  if (publishes)
    RTMP_EnableWrite(r);
  return r;
}

static inline RTMP_ERROR why(RTMP *r)
{
  RTMP_ERROR error;
  error.size = sizeof error;
  must(RTMP_GetError(r, &error), "RTMP_GetError");
  return error;
}

#endif
