/* The little AMF that the dialogue needs. */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "wire.h"

#include <string.h>

static inline unsigned char *put_name(unsigned char *into, const char *text)
{
  size_t count = strlen(text);
  *into++ = (unsigned char)(count >> 8);
  *into++ = (unsigned char)count;
  memcpy(into, text, count);
  return into + count;
}

static inline unsigned char *put_string(unsigned char *into, const char *text)
{
  *into++ = 2;
  return put_name(into, text);
}

static inline unsigned char *put_number(unsigned char *into, double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  *into++ = 0;
  put32(into, (uint32_t)(bits >> 32));
  put32(into + 4, (uint32_t)bits);
  return into + 8;
}

/* Name, transaction, null. */
static inline unsigned char *put_command(unsigned char *into, const char *name, double transaction)
{
  into = put_number(put_string(into, name), transaction);
  *into++ = 5;
  return into;
}

/* The server's word that a stream may flow. */
static inline unsigned char *put_status(unsigned char *into, const char *code)
{
  into = put_command(into, "onStatus", 0);
  *into++ = 3;
  into = put_string(put_name(into, "code"), code);
  memcpy(into, "\0\0\x09", 3);
  return into + 3;
}

/* The answer to a call; to createStream with the stream's number. */
static inline unsigned char *put_result(unsigned char *into, double transaction, int with_stream)
{
  into = put_command(into, "_result", transaction);
  return with_stream ? put_number(into, 1) : into;
}

/* Whether the message is the command of this name, and its transaction. */
static inline int is_command(const struct message *message, const char *name, double *transaction)
{
  size_t count = strlen(name);
  const unsigned char *body = message->body;
  uint64_t bits;
  if (message->type != 20 || message->size < count + 12 || body[0] != 2 || (size_t)(body[1] << 8 | body[2]) != count
      || memcmp(body + 3, name, count) || body[count + 3] != 0)
    return 0;
  bits = (uint64_t)get32(body + count + 4) << 32 | get32(body + count + 8);
  memcpy(transaction, &bits, sizeof bits);
  return 1;
}

#endif
