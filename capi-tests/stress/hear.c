/* What the peer makes of the messages of its client. */
#include "commands.h"
#include "connection.h"
#include "pattern.h"

#include <stdio.h>

void blame(struct connection *c, const char *what, uint32_t got, uint32_t expected)
{
  if (!c->fault[0])
    snprintf(c->fault, sizeof c->fault, "%s: %u instead of %u (message %u, %u pongs)", what, got, expected, c->next,
             c->pongs);
}

static void reply(struct connection *c, enum answer answer, double transaction)
{
  pthread_mutex_lock(&c->lock);
  if (c->end_of_replies - c->first_reply == REPLIES)
    blame(c, "calls without an answer", REPLIES, REPLIES - 1);
  else
    c->replies[c->end_of_replies++ % REPLIES] = (struct reply){ answer, transaction };
  pthread_cond_signal(&c->news);
  pthread_mutex_unlock(&c->lock);
}

static void hear_pong(struct connection *c, const struct message *message)
{
  uint32_t number = get32(message->body + 2);
  pthread_mutex_lock(&c->lock);
  if (number != c->pongs || c->pongs == c->pings)
    blame(c, "a pong out of order", number, c->pongs);
  c->pongs++;
  if (c->pings - c->pongs < WINDOW / 2)
    pthread_cond_signal(&c->news);
  pthread_mutex_unlock(&c->lock);
}

static void hear_report(struct connection *c, const struct message *message)
{
  uint32_t bytes = get32(message->body), sent = __atomic_load_n(&c->sent, __ATOMIC_RELAXED);
  /* Both wrap. */
  if (sent - bytes > UINT32_MAX / 2)
    blame(c, "more bytes reported than sent", bytes, sent);
  if (bytes - c->reported - 1 > UINT32_MAX / 2)
    blame(c, "a report that is not larger than the one before", bytes, c->reported);
  c->reported = bytes;
  c->reports++;
}

static void hear_control(struct connection *c, const struct message *message)
{
  const unsigned char *body = message->body;
  if (message->channel != 2)
    blame(c, "control on a wrong chunk stream", (uint32_t)message->channel, 2);
  else if (message->type == 4 && message->size == 6 && get32(body) >> 16 == 7)
    hear_pong(c, message);
  else if (message->type == 3 && message->size == 4)
    hear_report(c, message);
  else if (message->type == 1 && message->size == 4)
    link_chunk_size(&c->link, (int)(c->wire.chunk_size = get32(body)));
  else if (!(message->type == 4 && message->size == 10 && get32(body) >> 16 == 3)
           && !(message->type == 5 && message->size == 4))
    blame(c, "an unknown control message", message->type, 0);
}

static void expect(struct connection *c, const char *what, uint32_t got, uint32_t *next)
{
  if (got != *next)
    blame(c, what, got, *next);
  (*next)++;
}

static void hear_media(struct connection *c, const struct message *message)
{
  static const unsigned char prefix[] = "\x02\x00\x0d@setDataFrame";
  const unsigned char *body = message->body;
  uint32_t size = message->size;

  if (message->type == 18 && size > 16 && !memcmp(body, prefix, 16)) {
    body += 16;
    size -= 16;
  }
  if (!is_body(c->next, body, size))
    blame(c, "a message with other bytes; size", size, size_of(c->next));
  if (message->stamp != stamp_of(c->next))
    blame(c, "a message with another time", message->stamp, stamp_of(c->next));
  if (message->stream_id != 1)
    blame(c, "a message of another stream", message->stream_id, 1);
  c->next++;
}

static void hear_command(struct connection *c, const struct message *message)
{
  static const char *const passed_over[] = { "releaseStream", "FCPublish", "FCUnpublish", "deleteStream", "_checkbw",
                                             "FCSubscribe", "pause" };
  double transaction;

  for (size_t i = 0; i < sizeof passed_over / sizeof *passed_over; i++)
    if (is_command(message, passed_over[i], &transaction))
      return;
  if (is_command(message, "stress", &transaction)) {
    expect(c, "a call out of order", (uint32_t)transaction, &c->next);
    reply(c, RESULT, transaction);
  } else if (is_command(message, "pong", &transaction)) {
    expect(c, "a reply to ping out of order", (uint32_t)transaction, &c->command_pongs);
  } else if (is_command(message, "_result", &transaction)) {
    expect(c, "a bandwidth reply out of order", (uint32_t)transaction, &c->bandwidth_results);
  } else if (is_command(message, "connect", &transaction)) {
    reply(c, RESULT, transaction);
  } else if (is_command(message, "createStream", &transaction)) {
    reply(c, STREAM, transaction);
  } else if (is_command(message, "publish", &transaction)) {
    reply(c, PUBLISHED, 0);
  } else if (is_command(message, "play", &transaction)) {
    reply(c, PLAYING, 0);
  } else if (is_command(message, "done", &transaction)) {
    if ((uint32_t)transaction != c->next)
      blame(c, "messages are missing", c->next, (uint32_t)transaction);
    pthread_mutex_lock(&c->lock);
    c->is_done = 1;
    pthread_cond_signal(&c->news);
    pthread_mutex_unlock(&c->lock);
  } else {
    blame(c, "an unknown command", message->size, 0);
  }
}

static void understand(void *context, const struct message *message)
{
  struct connection *c = context;
  if (message->type == 20)
    hear_command(c, message);
  else if (message->type == 8 || message->type == 9 || message->type == 18)
    hear_media(c, message);
  else
    hear_control(c, message);
}

void hear(void *context, const unsigned char *bytes, size_t count)
{
  struct connection *c = context;
  wire_feed(&c->wire, bytes, count, understand, c);
}

void judge(struct connection *c)
{
  if (c->wire.fault)
    blame(c, c->wire.fault, (uint32_t)c->wire.channel, 0);
  if (!c->is_done)
    return;
  if (!wire_is_between_messages(&c->wire))
    blame(c, "the end inside a message", c->wire.left, 0);
  if (c->pongs != c->pings)
    blame(c, "pings without a pong", c->pongs, c->pings);
  if (c->command_pongs != c->command_pings)
    blame(c, "commands ping without a reply", c->command_pongs, c->command_pings);
  if (c->bandwidth_results != c->bandwidth_checks)
    blame(c, "bandwidth checks without a reply", c->bandwidth_results, c->bandwidth_checks);
}
