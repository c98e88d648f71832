/* The bytes of one client, as a server sees them: plain, inside TLS, or encrypted by RTMPE. */
#ifndef LINK_H
#define LINK_H

#include <librtmp/rtmp.h>

#include <stddef.h>
#include <sys/types.h>

/* Bytes that a handshake sends. */
#define HANDSHAKE 3073

enum transport { PLAIN, TLS, RTMPE };

struct link {
  enum transport transport;
  RTMP r;
  /* RTMPE: the chunk that is being read. */
  RTMPPacket packet;
  RTMPChunk chunk;
};

/* The transport of this name, -1 if there is none. */
int transport_named(const char *name);

/* Shakes hands with the client on socket `fd`. `context` is that of a TLS server. 0 when the client goes. */
int link_open(struct link *link, enum transport transport, int fd, void *context);

/* Gives bytes of RTMP, at least one, to `take`. 0 at the end. RTMPE needs the library to be decrypted: there they are
 * the chunks that it has found. */
int link_read(struct link *link, void (*take)(void *context, const unsigned char *bytes, size_t count), void *context);

/* Writes bytes of RTMP, all of them or none are left to write. One thread may write while another reads. */
int link_write(struct link *link, const unsigned char *bytes, size_t count);

/* The client's chunk size, for RTMPE. */
void link_chunk_size(struct link *link, int size);

void link_close(struct link *link);

#endif
