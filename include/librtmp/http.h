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

/** Fetches a file by HTTP/1.0 and hands its body to a callback. Redirections are not followed,
 * interim responses skipped. Connecting and the head of the response may take 30 seconds, the
 * server may be silent for 5; a body must reach 1000 bytes per second in the long run, and has
 * 2 GiB at most. Without a Content-Length it ends with the connection or by silence, over https
 * with the TLS goodbye only. The certificate of an https server is checked; the environment
 * says against what (SSL_CERT_FILE, SSL_CERT_DIR), and LIBRTMP_TLS_VERIFY=0 that it is not; in
 * setuid programs it says nothing. Revocation is not checked. A URL with a login is refused.
 * RTMP_ctrlC ends the call.
 *
 * http: in: date, NULL or at least 64 bytes of the caller: if it is not empty, only a newer
 * file is fetched. out: date: the server's Last-Modified, if there is one; size: the bytes of
 * the body are added; status: the HTTP status, -1 without one.
 * url: what to fetch: http://host[:port]/path or https://.
 * cb: called with each piece of the body, of error pages too; its result is not looked at. An
 * exception of C++ ends in it, as in a log callback.
 * Returns how it ended. */
HTTPResult HTTP_get(struct HTTP_ctx *http, const char *url, HTTP_read_callback *cb);

#ifdef __cplusplus
}
#endif

#endif
