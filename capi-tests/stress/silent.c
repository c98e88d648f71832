#include "silent.h"

#include "commands.h"
#include "wire.h"

#include "../c/common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>

#define HELLO 1536

static int loopback(struct silent *server, struct sockaddr_in *address)
{
  memset(address, 0, sizeof *address);
  address->sin_family = AF_INET;
  address->sin_port = htons((uint16_t)server->port);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return socket(AF_INET, SOCK_STREAM, 0);
}

/* Takes all the room there is for connections that are not accepted. */
static void fill_backlog(struct silent *server)
{
  struct sockaddr_in address;
  for (size_t i = 0; i < sizeof server->fillers / sizeof *server->fillers; i++) {
    int fd = loopback(server, &address);
    must(fd >= 0 && fcntl(fd, F_SETFL, O_NONBLOCK) == 0, "socket");
    server->fillers[i] = fd;
    must(connect(fd, (struct sockaddr *)&address, sizeof address) == 0 || errno == EINPROGRESS, "connect");
  }
}

/* --- RTMP --- */

static void answer(void *context, const struct message *message)
{
  struct silent *server = context;
  unsigned char buffer[512], body[256], *end = NULL;
  struct message reply = { 3, 20, 0, 0, 0, body };
  double transaction;

  if (is_command(message, "connect", &transaction))
    end = put_result(body, transaction, 0);
  else if (is_command(message, "createStream", &transaction))
    end = put_result(body, transaction, 1);
  else if (is_command(message, "publish", &transaction))
    end = put_status(body, "NetStream.Publish.Start");
  else if (is_command(message, "play", &transaction))
    end = put_status(body, "NetStream.Play.Start");
  if (!end)
    return;
  server->is_playing = is_command(message, "publish", &transaction) || is_command(message, "play", &transaction);
  reply.size = (uint32_t)(end - body);
  link_write(&server->link, buffer, (size_t)(wire_put(buffer, &reply, 128) - buffer));
}

struct hearing {
  struct silent *server;
  struct wire wire;
};

static void hear(void *context, const unsigned char *bytes, size_t count)
{
  struct hearing *hearing = context;
  wire_feed(&hearing->wire, bytes, count, answer, hearing->server);
}

static void shake_and_play(struct silent *server)
{
  static _Thread_local struct hearing hearing;
  if (!link_open(&server->link, PLAIN, server->fd, NULL) || server->silence == SHAKEN)
    return;
  hearing.server = server;
  wire_init(&hearing.wire);
  while (!server->is_playing && link_read(&server->link, hear, &hearing))
    ;
  wire_free(&hearing.wire);
}

static void shake_half(struct silent *server)
{
  unsigned char bytes[1 + HELLO] = { 3 };
  must(recv(server->fd, bytes, sizeof bytes, MSG_WAITALL) == sizeof bytes, "the client's handshake");
  must(send(server->fd, bytes, sizeof bytes / 2, MSG_NOSIGNAL) == sizeof bytes / 2, "send");
}

/* --- HTTP --- */

/* The length of the body, which is at the end of `request` if it is all there; -1 as long as the head is not. */
static long body_length(const char *request, size_t *head)
{
  const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-length: ");
  if (!end || !length)
    return -1;
  *head = (size_t)(end + 4 - request);
  return strtol(length + 16, NULL, 10);
}

/* What was received; requests follow each other without waiting for answers. */
struct requests {
  char bytes[65536];
  size_t have, used;
};

/* Takes the next request: its body and the first letter of its verb. NULL at the end. */
static const char *next_request(int fd, struct requests *requests, char *verb, size_t *count)
{
  size_t head = 0;
  long length;

  memmove(requests->bytes, requests->bytes + requests->used, requests->have - requests->used);
  requests->have -= requests->used;
  requests->used = 0;
  for (;;) {
    ssize_t got;
    requests->bytes[requests->have] = '\0';
    length = body_length(requests->bytes, &head);
    if (length >= 0 && requests->have >= head + (size_t)length)
      break;
    got = recv(fd, requests->bytes + requests->have, sizeof requests->bytes - requests->have - 1, 0);
    if (got <= 0)
      return NULL;
    requests->have += (size_t)got;
  }
  *verb = requests->bytes[6];
  *count = (size_t)length;
  requests->used = head + (size_t)length;
  return requests->bytes + head;
}

static void respond(int fd, const char *text, const unsigned char *bytes, size_t count)
{
  char head[128];
  size_t whole = strlen(text) + count;
  int length = snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n%s", whole, text);
  /* The client may have gone. */
  send(fd, head, (size_t)length, MSG_NOSIGNAL | MSG_MORE);
  send(fd, bytes, count, MSG_NOSIGNAL);
}

static void tunnel(struct silent *server)
{
  static struct requests requests;
  unsigned char answer[HANDSHAKE] = { 3 };
  const char *body;
  unsigned sends = 0;
  size_t count;
  char verb;

  requests.have = requests.used = 0;
  while ((body = next_request(server->fd, &requests, &verb, &count)) && verb != 'i') {
    if (verb == 'o') {
      respond(server->fd, "SESSION\n", NULL, 0);
    } else if (++sends == 1) {
      must(count == 1 + HELLO, "the client's handshake");
      memcpy(answer + 1 + HELLO, body + 1, HELLO);
      respond(server->fd, "\1", answer, sizeof answer);
    } else {
      respond(server->fd, "\1", NULL, 0);
    }
  }
}

/* --- the server --- */

static void *serve(void *argument)
{
  struct silent *server = argument;
  if (server->silence != NOT_ACCEPTED)
    server->fd = accept(server->listener, NULL, NULL);
  if (server->silence == HALF_SHAKEN)
    shake_half(server);
  else if (server->silence == SHAKEN || server->silence == PLAYING_DEAF)
    shake_and_play(server);
  else if (server->silence == TUNNEL_IDLE)
    tunnel(server);
  sem_post(&server->reached);
  return NULL;
}

void silent_start(struct silent *server, enum silence silence)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;

  memset(server, 0, sizeof *server);
  memset(server->fillers, -1, sizeof server->fillers);
  server->silence = silence;
  server->fd = -1;
  server->listener = loopback(server, &address);
  must(server->listener >= 0 && bind(server->listener, (struct sockaddr *)&address, size) == 0
           && listen(server->listener, silence == NOT_ACCEPTED ? 0 : 8) == 0
           && getsockname(server->listener, (struct sockaddr *)&address, &size) == 0,
       "listen");
  server->port = ntohs(address.sin_port);
  sem_init(&server->reached, 0, 0);
  if (silence == NOT_ACCEPTED)
    fill_backlog(server);
  must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
}

void silent_end(struct silent *server)
{
  /* Whatever it waits for. */
  shutdown(server->listener, SHUT_RDWR);
  if (server->fd >= 0)
    shutdown(server->fd, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
  if (server->fd >= 0)
    close(server->fd);
  for (size_t i = 0; i < sizeof server->fillers / sizeof *server->fillers; i++)
    if (server->fillers[i] >= 0)
      close(server->fillers[i]);
  sem_destroy(&server->reached);
}
