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
