/* RTMP chunks, read and written without the library that is tested. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>
#include <stdint.h>

#define CHUNK_STREAMS 320

struct message {
  int channel;
  unsigned type;
  uint32_t stamp;
  uint32_t stream_id;
  uint32_t size;
  const unsigned char *body;
};

struct chunk_stream {
  int is_known;
  int is_extended;
  uint32_t stamp;
  uint32_t field;
  uint32_t size;
  uint32_t stream_id;
  unsigned type;
  uint32_t received;
  uint32_t room;
  unsigned char *body;
};

struct wire {
  struct chunk_stream streams[CHUNK_STREAMS];
  uint32_t chunk_size;
  /* The header that is being received. */
  unsigned char header[18];
  unsigned have;
  /* The chunk whose payload is being received, and what is missing of it. */
  int channel;
  uint32_t left;
  /* The channel of a message that is not complete, 0 between messages: nothing may land inside it. */
  int inside;
  /* What was wrong, NULL as long as nothing was. */
  const char *fault;
};

void wire_init(struct wire *wire);
void wire_free(struct wire *wire);

/* Takes received bytes and delivers the messages that they complete. After a fault nothing more is looked at. */
void wire_feed(struct wire *wire, const unsigned char *bytes, size_t count,
               void (*deliver)(void *context, const struct message *message), void *context);

/* True when the bytes so far end where a message ends. */
int wire_is_between_messages(const struct wire *wire);

/* Writes a message with a full header in chunks of `chunk_size`. Returns the end; `into` must have room for it: size,
 * 5 bytes for each chunk, and 18. */
unsigned char *wire_put(unsigned char *into, const struct message *message, uint32_t chunk_size);

static inline void put32(unsigned char *into, uint32_t value)
{
  for (int i = 0; i < 4; i++)
    into[i] = (unsigned char)(value >> (24 - 8 * i));
}

static inline uint32_t get32(const unsigned char *from)
{
  return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}

#endif
