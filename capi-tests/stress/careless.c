#include "careless.h"

#include "commands.h"
#include "wire.h"

#include "../c/common.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>

/* Messages that end a connection: a header that chance has made may announce more than anybody wants to wait for. */
#define LAST 400

/* How a connection goes on behind the first command. */
enum mood { KIND, FORGETFUL, BROKEN, SUDDEN, MOODS };

struct talk {
  struct careless *server;
  struct link link;
  struct wire wire;
  enum mood mood;
  unsigned seed, said;
  int is_connected, has_failed;
};

static unsigned chance(struct talk *talk, unsigned one_in)
{
  return (unsigned)rand_r(&talk->seed) % one_in;
}

static void say(struct talk *talk, int channel, unsigned type, const unsigned char *body, uint32_t size)
{
  unsigned char bytes[1024];
  struct message message = { channel, type, 40 * talk->said, channel > 3, size, body };
  size_t count = (size_t)(wire_put(bytes, &message, 128) - bytes);
  if (talk->mood == BROKEN && talk->is_connected && !chance(talk, 20))
    bytes[chance(talk, (unsigned)count)] ^= (unsigned char)(1u << chance(talk, 8));
  if (!link_write(&talk->link, bytes, count))
    talk->has_failed = 1;
  talk->said++;
  __atomic_fetch_add(&talk->server->messages, 1, __ATOMIC_RELAXED);
}

/* --- what is answered --- */

/* What the server can do, in Enhanced RTMP. */
static unsigned char *put_abilities(unsigned char *into)
{
  *into++ = 3;
  into = put_number(put_name(into, "capsEx"), 15);
  into = put_name(into, "videoFourCcInfoMap");
  *into++ = 3;
  into = put_number(put_name(into, "hvc1"), 3);
  into = put_number(put_name(into, "*"), 4);
  memcpy(into, "\0\0\x09\0\0\x09", 6);
  return into + 6;
}

static void answer(void *context, const struct message *message)
{
  struct talk *talk = context;
  unsigned char body[512], *end = NULL;
  double transaction;
  int starts = is_command(message, "publish", &transaction) || is_command(message, "play", &transaction);

  if (is_command(message, "connect", &transaction))
    end = put_abilities(put_result(body, transaction, 0));
  else if (is_command(message, "createStream", &transaction))
    end = put_result(body, transaction, 1);
  else if (is_command(message, "publish", &transaction))
    end = put_status(body, "NetStream.Publish.Start");
  else if (starts)
    end = put_status(body, "NetStream.Play.Start");
  else if (is_command(message, "seek", &transaction) && talk->mood != FORGETFUL)
    end = put_status(body, chance(talk, 4) ? "NetStream.Seek.Notify" : "NetStream.Seek.InvalidTime");
  else if (is_command(message, "pause", &transaction) && talk->mood != FORGETFUL)
    end = put_status(body, "NetStream.Pause.Notify");
  if (end && !talk->has_failed)
    say(talk, 3, 20, body, (uint32_t)(end - body));
  talk->is_connected = 1;
}

static void hear(void *context, const unsigned char *bytes, size_t count)
{
  struct talk *talk = context;
  /* A client whose chunk stream is cut by a close in the middle is of no interest here. */
  wire_feed(&talk->wire, bytes, count, answer, talk);
}

/* --- what is said unasked --- */

/* To the same server: none other is named. */
static unsigned char *put_request_to_reconnect(unsigned char *into)
{
  into = put_command(into, "onStatus", 0);
  *into++ = 3;
  into = put_string(put_name(into, "level"), "status");
  into = put_string(put_name(into, "code"), "NetConnection.Connect.ReconnectRequest");
  memcpy(into, "\0\0\x09", 3);
  return into + 3;
}

static void say_something(struct talk *talk)
{
  static const unsigned char metadata[] = "\2\0\12onMetaData\10\0\0\0\1\0\10duration\0\100\44\0\0\0\0\0\0\0\0\11";
  static const unsigned char aggregate[] = "\10\0\0\3\0\0\0\0\0\0\0\257\1\1\0\0\0\16";
  unsigned char body[600] = { 0x27, 1 };
  switch (chance(talk, 10)) {
  case 0:
    body[0] = 0, body[1] = 6;
    say(talk, 2, 4, body, 6);
    break;
  case 1:
    body[0] = 0, body[1] = (unsigned char)chance(talk, 34);
    say(talk, 2, 4, body, 6);
    break;
  case 2:
    say(talk, 5, 18, metadata, sizeof metadata - 1);
    break;
  case 3:
    say(talk, 5, 22, aggregate, sizeof aggregate - 1);
    break;
  case 4:
    say(talk, 3, 20, body, (uint32_t)(put_command(body, "onBWDone", 0) - body));
    break;
  case 5:
    body[0] = 0xaf;
    say(talk, 4, 8, body, 3 + chance(talk, 200));
    break;
  case 6:
    if (talk->mood == SUDDEN && !chance(talk, 8))
      say(talk, 5, 20, body, (uint32_t)(put_status(body, "NetStream.Play.Complete") - body));
    break;
  case 7:
    if (!chance(talk, 12))
      say(talk, 3, 20, body, (uint32_t)(put_request_to_reconnect(body) - body));
    break;
  default:
    say(talk, 6, 9, body, 5 + chance(talk, 500));
  }
}

static int is_ready(struct talk *talk, short events, int milliseconds)
{
  struct pollfd wanted = { .fd = talk->link.r.m_sb.sb_socket, .events = events };
  return poll(&wanted, 1, milliseconds) > 0;
}

static void converse(struct talk *talk)
{
  while (!talk->has_failed && !__atomic_load_n(&talk->server->is_over, __ATOMIC_ACQUIRE)) {
    int is_there = talk->link.r.m_sb.sb_size > 0 || is_ready(talk, POLLIN, 2);
    if (is_there && !link_read(&talk->link, hear, talk))
      return;
    /* Room for a message: who takes nothing is not waited for. */
    for (unsigned count = chance(talk, 12); talk->is_connected && count && is_ready(talk, POLLOUT, 0); count--)
      say_something(talk);
    if (talk->said > LAST || (talk->mood == SUDDEN && talk->is_connected && !chance(talk, 30)))
      return;
  }
}

static void meet(struct careless *server, int fd)
{
  static struct talk talk;
  const struct timeval patience = { 2, 0 };
  const struct linger none = { 1, 0 };
  int on = 1;
  memset(&talk, 0, sizeof talk);
  talk.server = server;
  talk.seed = __atomic_load_n(&server->seed, __ATOMIC_RELAXED);
  talk.mood = talk.seed % MOODS;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  /* The library would give it half a second to take what it has been sent. */
  if (chance(&talk, 4))
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  wire_init(&talk.wire);
  if (link_open(&talk.link, server->transport, fd, server->tls))
    converse(&talk);
  wire_free(&talk.wire);
  link_close(&talk.link);
}

static void *serve(void *argument)
{
  struct careless *server = argument;
  int fd;
  while ((fd = accept(server->listener, NULL, NULL)) >= 0) {
    server->connections++;
    meet(server, fd);
  }
  return NULL;
}

void careless_start(struct careless *server)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t size = sizeof address;
  int fd = server->listener = socket(AF_INET, SOCK_STREAM, 0);
  must(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 && listen(fd, 64) == 0
           && getsockname(fd, (struct sockaddr *)&address, &size) == 0,
       "listen");
  server->port = ntohs(address.sin_port);
  must(pthread_create(&server->thread, NULL, serve, server) == 0, "pthread_create");
}

void careless_end(struct careless *server)
{
  __atomic_store_n(&server->is_over, 1, __ATOMIC_RELEASE);
  /* accept ends by it. */
  shutdown(server->listener, SHUT_RDWR);
  pthread_join(server->thread, NULL);
  close(server->listener);
}
