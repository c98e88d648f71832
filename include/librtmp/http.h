/* The HTTP client that fetches SWF files.
 *
 * Part of librtmp-rs, MIT OR Apache-2.0. Generated from the Rust sources: do not edit. */
#ifndef __RTMP_HTTP_H__
#define __RTMP_HTTP_H__

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How a request ended. */
typedef enum {
  /** Less than 300, with the whole body. */
  HTTPRES_OK = 0,
  /** 304. */
  HTTPRES_OK_NOT_MODIFIED,
  /** 404. */
  HTTPRES_NOT_FOUND,
  /** Other 4xx, or a URL that makes no sense. */
  HTTPRES_BAD_REQUEST,
  /** 500 and more. */
  HTTPRES_SERVER_ERROR,
  /** 3xx; they are not followed. */
  HTTPRES_REDIRECTED,
  /** The connection failed or ended early. */
  HTTPRES_LOST_CONNECTION
} HTTPResult;

/** Receives a piece of the body, size times nmemb bytes at ptr, with HTTP_ctx.data as the stream.
 * Its result is not looked at. */
typedef size_t (HTTP_read_callback)(void *ptr, size_t size, size_t nmemb, void *stream);

/** What goes into and comes out of HTTP_get. */
struct HTTP_ctx {
  /** At least 64 bytes of the caller: If-Modified-Since in, Last-Modified out. */
  char *date;
  /** Body bytes are added to it. */
  int size;
  /** The HTTP status, -1 before there is one. */
  int status;
  /** Handed to the callback. */
  void *data;
};

/** Fetches a file by HTTP and hands its body to a callback. This release cannot: it logs an
 * error and returns HTTPRES_LOST_CONNECTION (HTTPRES_BAD_REQUEST for a URL of another scheme).
 *
 * http: in and out; status is -1 afterwards.
 * url: what to fetch.
 * cb: called with each piece of the body. */
HTTPResult HTTP_get(struct HTTP_ctx *http, const char *url, HTTP_read_callback *cb);

#ifdef __cplusplus
}
#endif

#endif
