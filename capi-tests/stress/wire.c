#include "wire.h"

#include <stdlib.h>
#include <string.h>

#define EXTENDED 0xffffff

static const unsigned message_header[4] = { 11, 7, 3, 0 };

void wire_init(struct wire *wire)
{
  memset(wire, 0, sizeof *wire);
  wire->chunk_size = 128;
}

void wire_free(struct wire *wire)
{
  for (int i = 0; i < CHUNK_STREAMS; i++)
    free(wire->streams[i].body);
}

static uint32_t get24(const unsigned char *from)
{
  return (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
}

static int channel_of(const unsigned char *header)
{
  int low = header[0] & 63;
  return low >= 2 ? low : low == 0 ? 64 + header[1] : 64 + header[1] + 256 * header[2];
}

/* How long the header is, as far as the bytes so far tell. */
static unsigned header_length(const struct wire *wire)
{
  const unsigned char *header = wire->header;
  unsigned kind = header[0] >> 6, low = header[0] & 63;
  unsigned basic = low >= 2 ? 1 : low == 0 ? 2 : 3, length = basic + message_header[kind];
  if (wire->have < length)
    return length;
  if (kind < 3 ? get24(header + basic) == EXTENDED
               : channel_of(header) < CHUNK_STREAMS && wire->streams[channel_of(header)].is_extended)
    length += 4;
  return length;
}

/* What a header of type 0, 1 or 2 says; `at` is the message header. */
static void describe(struct chunk_stream *stream, unsigned kind, const unsigned char *at)
{
  const unsigned char *stamp = at + message_header[kind];
  stream->field = get24(at);
  stream->is_extended = stream->field == EXTENDED;
  if (stream->is_extended)
    stream->field = get32(stamp);
  if (kind < 2) {
    stream->size = get24(at + 3);
    stream->type = at[6];
  }
  if (kind == 0)
    stream->stream_id = at[7] | (uint32_t)at[8] << 8 | (uint32_t)at[9] << 16 | (uint32_t)at[10] << 24;
}

static void make_room(struct wire *wire, struct chunk_stream *stream)
{
  if (stream->size <= stream->room)
    return;
  free(stream->body);
  stream->body = malloc(stream->size);
  stream->room = stream->body ? stream->size : 0;
  if (!stream->body)
    wire->fault = "a message longer than memory";
}

static void begin_message(struct wire *wire, struct chunk_stream *stream, unsigned kind, const unsigned char *at)
{
  if (kind < 3)
    describe(stream, kind, at);
  stream->stamp = kind == 0 ? stream->field : stream->stamp + stream->field;
  stream->is_known = 1;
  make_room(wire, stream);
}

static void begin_chunk(struct wire *wire)
{
  const unsigned char *header = wire->header;
  unsigned kind = header[0] >> 6, low = header[0] & 63;
  int channel = channel_of(header);
  struct chunk_stream *stream = &wire->streams[channel < CHUNK_STREAMS ? channel : 0];

  wire->have = 0;
  if (channel >= CHUNK_STREAMS)
    wire->fault = "a chunk stream that nobody uses";
  else if (wire->inside && channel != wire->inside)
    wire->fault = "something landed inside a message";
  else if (wire->inside && kind < 3)
    wire->fault = "a new header inside a message";
  /* librtmp begins control with a type 1 header, and servers take the stream id for 0. */
  else if (kind > (channel == 2) && !stream->is_known)
    wire->fault = "a chunk stream that does not begin with a full header";
  else if (!wire->inside)
    begin_message(wire, stream, kind, header + (low >= 2 ? 1 : low == 0 ? 2 : 3));
  if (wire->fault)
    return;
  wire->channel = channel;
  wire->left = stream->size - stream->received;
  if (wire->left > wire->chunk_size)
    wire->left = wire->chunk_size;
}

static void end_chunk(struct wire *wire, void (*deliver)(void *, const struct message *), void *context)
{
  struct chunk_stream *stream = &wire->streams[wire->channel];
  struct message message
    = { wire->channel, stream->type, stream->stamp, stream->stream_id, stream->size, stream->body };

  wire->inside = stream->received < stream->size ? wire->channel : 0;
  if (!wire->inside) {
    stream->received = 0;
    deliver(context, &message);
  }
}

void wire_feed(struct wire *wire, const unsigned char *bytes, size_t count,
               void (*deliver)(void *context, const struct message *message), void *context)
{
  while (count && !wire->fault) {
    if (!wire->left) {
      wire->header[wire->have++] = *bytes++;
      count--;
      if (wire->have < header_length(wire))
        continue;
      begin_chunk(wire);
    } else {
      struct chunk_stream *stream = &wire->streams[wire->channel];
      size_t part = wire->left < count ? wire->left : count;
      memcpy(stream->body + stream->received, bytes, part);
      stream->received += (uint32_t)part;
      wire->left -= (uint32_t)part;
      bytes += part;
      count -= part;
    }
    if (!wire->left && !wire->fault)
      end_chunk(wire, deliver, context);
  }
}

int wire_is_between_messages(const struct wire *wire)
{
  return !wire->have && !wire->left && !wire->inside;
}

static unsigned char *put24(unsigned char *into, uint32_t value)
{
  into[0] = (unsigned char)(value >> 16);
  into[1] = (unsigned char)(value >> 8);
  into[2] = (unsigned char)value;
  return into + 3;
}

unsigned char *wire_put(unsigned char *into, const struct message *message, uint32_t chunk_size)
{
  int is_extended = message->stamp >= EXTENDED;
  uint32_t done = 0;

  *into++ = (unsigned char)message->channel;
  into = put24(into, is_extended ? EXTENDED : message->stamp);
  into = put24(into, message->size);
  *into++ = (unsigned char)message->type;
  for (int i = 0; i < 4; i++)
    *into++ = (unsigned char)(message->stream_id >> (8 * i));
  for (;;) {
    uint32_t part = message->size - done < chunk_size ? message->size - done : chunk_size;
    if (is_extended) {
      put32(into, message->stamp);
      into += 4;
    }
    memcpy(into, message->body + done, part);
    into += part;
    done += part;
    if (done == message->size)
      return into;
    *into++ = (unsigned char)(0xc0 | message->channel);
  }
}
