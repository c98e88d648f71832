/* Numbered messages as FLV tags, through RTMP_Write and RTMP_Read. */
#ifndef FLV_H
#define FLV_H

#include <librtmp/rtmp.h>

#include <stdint.h>

/* Writes message n as a tag: audio, video or data, in one piece or cut in two somewhere. `buffer` has room for the
 * longest and 64 bytes more. FALSE when a write fails. */
int flv_write(RTMP *r, uint32_t n, char *buffer);

/* Called for each tag; FALSE ends the reading. */
typedef int flv_take(void *context, unsigned type, uint32_t stamp, const unsigned char *body, uint32_t size);

/* Reads until RTMP_Read gives no more. What was wrong with the bytes, NULL if nothing was. */
const char *flv_read(RTMP *r, flv_take *take, void *context);

#endif
