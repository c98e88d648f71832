#include "link.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HELLO 1536

int transport_named(const char *name)
{
  static const char *const names[] = { "rtmp", "rtmps", "rtmpe" };
  for (int i = 0; i < 3; i++)
    if (!strcmp(name, names[i]))
      return i;
  return -1;
}

/* What was received ahead stays in the buffer of the handle, TLS or not. */
static int receive(struct link *link, unsigned char *into, size_t room)
{
  RTMPSockBuf *sb = &link->r.m_sb;
  int count;
  if (link->transport == PLAIN)
    return (int)recv(sb->sb_socket, into, room, 0);
  if (!sb->sb_size && RTMPSockBuf_Fill(sb) <= 0)
    return 0;
  count = sb->sb_size < (int)room ? sb->sb_size : (int)room;
  memcpy(into, sb->sb_start, (size_t)count);
  sb->sb_start += count;
  sb->sb_size -= count;
  return count;
}

static int receive_all(struct link *link, unsigned char *into, size_t count)
{
  while (count) {
    int part = receive(link, into, count);
    if (part <= 0)
      return 0;
    into += part;
    count -= (size_t)part;
  }
  return 1;
}

/* The plain handshake: the library has no part in it. */
static int shake_hands(struct link *link)
{
  static const unsigned char version = 3;
  unsigned char hello[1 + HELLO], answer[HANDSHAKE], echo[HELLO];
  if (!receive_all(link, hello, sizeof hello) || hello[0] != version)
    return 0;
  answer[0] = version;
  for (size_t i = 1; i <= HELLO; i++)
    answer[i] = (unsigned char)(i * 7);
  memset(answer + 1 + 4, 0, 4);
  memcpy(answer + 1 + HELLO, hello + 1, HELLO);
  return link_write(link, answer, sizeof answer) && receive_all(link, echo, sizeof echo)
         && !memcmp(echo, answer + 1, HELLO);
}

int link_open(struct link *link, enum transport transport, int fd, void *context)
{
  memset(&link->packet, 0, sizeof link->packet);
  link->transport = transport;
  RTMP_Init(&link->r);
  link->r.m_sb.sb_socket = fd;
  link->packet.m_chunk = &link->chunk;
  if (transport == RTMPE)
    return RTMP_Serve(&link->r);
  return (transport == PLAIN || RTMP_TLS_Accept(&link->r, context)) && shake_hands(link);
}

static int read_chunk(struct link *link, void (*take)(void *, const unsigned char *, size_t), void *context)
{
  if (!RTMP_ReadPacket(&link->r, &link->packet))
    return 0;
  take(context, (unsigned char *)link->chunk.c_header, (size_t)link->chunk.c_headerSize);
  take(context, (unsigned char *)link->chunk.c_chunk, (size_t)link->chunk.c_chunkSize);
  if (RTMPPacket_IsReady(&link->packet))
    RTMPPacket_Free(&link->packet);
  return 1;
}

int link_read(struct link *link, void (*take)(void *context, const unsigned char *bytes, size_t count), void *context)
{
  unsigned char bytes[16384];
  int count;
  if (link->transport == RTMPE)
    return read_chunk(link, take, context);
  count = receive(link, bytes, sizeof bytes);
  if (count > 0)
    take(context, bytes, (size_t)count);
  return count > 0;
}

int link_write(struct link *link, const unsigned char *bytes, size_t count)
{
  if (link->transport == RTMPE) {
    RTMPChunk chunk = { .c_chunkSize = (int)count, .c_chunk = (char *)bytes };
    return RTMP_SendChunk(&link->r, &chunk);
  }
  while (count) {
    int part = link->transport == TLS ? RTMPSockBuf_Send(&link->r.m_sb, (const char *)bytes, (int)count)
                                      : (int)send(link->r.m_sb.sb_socket, bytes, count, MSG_NOSIGNAL);
    if (part <= 0)
      return 0;
    bytes += part;
    count -= (size_t)part;
  }
  return 1;
}

void link_chunk_size(struct link *link, int size)
{
  link->r.m_inChunkSize = size;
}

void link_close(struct link *link)
{
  RTMPPacket_Free(&link->packet);
  if (link->transport == PLAIN) {
    close(link->r.m_sb.sb_socket);
    link->r.m_sb.sb_socket = -1;
  }
  RTMP_Close(&link->r);
}
