/* What the peer says: pings, media, calls, changes of chunk size and bandwidth, as fast as the client answers; and the
 * answers to its calls. */
#include "commands.h"
#include "connection.h"
#include "pattern.h"

static int send_bytes(struct connection *c, const unsigned char *bytes, size_t count)
{
  /* Counted first: the client may report them before we know that they are sent. */
  __atomic_fetch_add(&c->sent, (uint32_t)count, __ATOMIC_RELAXED);
  return link_write(&c->link, bytes, count);
}

static unsigned char *put(struct connection *c, unsigned char *into, int channel, unsigned type,
                          const unsigned char *body, const unsigned char *end)
{
  struct message message = { channel, type, 0, 0, (uint32_t)(end - body), body };
  return wire_put(into, &message, c->chunk_size);
}

static unsigned char *put_value(struct connection *c, unsigned char *into, unsigned type, uint32_t value)
{
  unsigned char body[5] = { 0, 0, 0, 0, 2 };
  put32(body, value);
  return put(c, into, 2, type, body, body + (type == 6 ? 5 : 4));
}

static unsigned char *put_ping(struct connection *c, unsigned char *into, uint32_t number)
{
  unsigned char body[6] = { 0, 6 };
  put32(body + 2, number);
  return put(c, into, 2, 4, body, body + sizeof body);
}

static unsigned char *put_call(struct connection *c, unsigned char *into, const char *name, double transaction)
{
  unsigned char body[64];
  return put(c, into, 3, 20, body, put_command(body, name, transaction));
}

/* Audio and video in turn. */
static unsigned char *put_media(struct connection *c, unsigned char *into, uint32_t number)
{
  static _Thread_local unsigned char body[LONGEST];
  struct message message = { 4 + number % 2, 8 + number % 2, stamp_of(number), 1, size_of(number), body };
  fill_body(number, body);
  return wire_put(into, &message, c->chunk_size);
}

static int send_round(struct connection *c, uint32_t ping)
{
  static _Thread_local unsigned char buffer[3 * LONGEST];
  unsigned char *end = buffer;
  uint32_t round = c->rounds++;

  end = put_media(c, put_ping(c, end, ping), c->media++);
  if (round == 0)
    end = put_call(c, end, "onBWDone", 0);
  if (round % 16 == 3)
    end = put_call(c, end, "_onbwcheck", __atomic_fetch_add(&c->bandwidth_checks, 1, __ATOMIC_RELAXED));
  if (round % 16 == 5)
    end = put_call(c, end, "ping", __atomic_fetch_add(&c->command_pings, 1, __ATOMIC_RELAXED));
  if (round % 256 == 7) {
    static const uint32_t sizes[] = { 128, 4096, 1000, 64 };
    uint32_t size = sizes[round / 256 % 4];
    end = put_value(c, end, 1, size);
    c->chunk_size = size;
    /* A report of received bytes for each tenth of this. */
    end = put_value(c, end, 6, 5000 + 100 * (round / 256 % 100));
  }
  return send_bytes(c, buffer, (size_t)(end - buffer));
}

static int send_reply(struct connection *c, struct reply reply)
{
  unsigned char buffer[512], body[256], *end;
  if (reply.answer == PLAYING)
    end = put_status(body, "NetStream.Play.Start");
  else if (reply.answer == PUBLISHED)
    end = put_status(body, "NetStream.Publish.Start");
  else
    end = put_result(body, reply.transaction, reply.answer == STREAM);
  end = put(c, buffer, 3, 20, body, end);
  return send_bytes(c, buffer, (size_t)(end - buffer));
}

/* Everything before it has been read by the client when this is. */
static int send_end(struct connection *c)
{
  static const unsigned char body[] = { 0x22, 0xff, 0xff, 0xff, 0xff, 'e', 'n', 'd' };
  unsigned char buffer[64];
  struct message message = { 4, 8, stamp_of(c->media), 1, sizeof body, body };
  return send_bytes(c, buffer, (size_t)(wire_put(buffer, &message, c->chunk_size) - buffer));
}

void *speak(void *argument)
{
  struct connection *c = argument;
  int has_ended = 0, going = 1;

  pthread_mutex_lock(&c->lock);
  while (going && !c->is_over) {
    if (c->first_reply != c->end_of_replies) {
      struct reply reply = c->replies[c->first_reply++ % REPLIES];
      pthread_mutex_unlock(&c->lock);
      going = send_reply(c, reply);
      pthread_mutex_lock(&c->lock);
      c->is_streaming |= reply.answer >= PUBLISHED;
    } else if (c->is_done && !has_ended) {
      pthread_mutex_unlock(&c->lock);
      going = send_end(c);
      has_ended = 1;
      pthread_mutex_lock(&c->lock);
    } else if (c->is_streaming && !c->is_done && c->pings - c->pongs < WINDOW) {
      uint32_t ping = c->pings++;
      pthread_mutex_unlock(&c->lock);
      going = send_round(c, ping);
      pthread_mutex_lock(&c->lock);
    } else {
      pthread_cond_wait(&c->news, &c->lock);
    }
  }
  pthread_mutex_unlock(&c->lock);
  return NULL;
}
