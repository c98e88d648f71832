/* What the sessions of either kind of calls do alike. */
#ifndef SESSIONS_H
#define SESSIONS_H

#include "client.h"

#include <librtmp/rtmp.h>

#define FLV_HEADER "FLV\1\5\0\0\0\11\0\0\0"
#define TAG_SIZE (11 + 10000 + 4)

/* A handle of its own. */
RTMP *make(void);

/* Closes and frees the handle, after noting its state. */
struct ending end(RTMP *r, const char *phase, int result, long count);

/* An FLV tag of video that has the size of an int behind it. */
void make_tag(char tag[TAG_SIZE], int time);

/* Looks at every byte of a chunk, as a program does that passes it on. */
unsigned chunk_sum(const RTMPChunk *chunk);

/* What a simple server does with a message. */
void serve_packet(RTMP *r, RTMPPacket *packet);

/* Gives a handle a connected socket with the limits of `serve`. */
void take_socket(RTMP *r, int fd);

#endif
