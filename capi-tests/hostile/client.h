/* What one session with a peer came to, and what it cost. */
#ifndef CLIENT_H
#define CLIENT_H

struct ending {
  const char *phase; /* how far the session came */
  int result;        /* of the call that ended it */
  int connected;     /* RTMP_IsConnected and RTMP_IsTimedout before the close */
  int timedout;
  long count;        /* bytes or packets that went through */
};

/* The sessions, by calls that wait (waiting.c), or by calls that do not, in a loop around poll (polling.c). The text of a URL is
 * changed. */
struct ending play(char *url);
struct ending publish(char *url);
struct ending packets(char *url);
struct ending fetch(char *url);
struct ending hash(char *url);

/* Serves the client on a connected socket, inside TLS if `tls` is a context; closes the socket. */
struct ending serve(int fd, void *tls);

/* Calls that waited and must not, and loops that went round with nothing to do. */
int waited(void);
int spun(void);

/* Seconds, for the sockets of `serve`. */
extern int serve_timeout;

/* Bytes that `publish` writes. */
extern long publish_bytes;

/* Bytes that the queue of calls that do not wait holds, 0: as many as usual. */
extern unsigned queue_limit;

#endif
