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

/* The sessions. The text of a URL is changed. */
struct ending play(char *url);
struct ending publish(char *url);
struct ending packets(char *url);
struct ending fetch(char *url);
struct ending hash(char *url);

/* Serves the client on a connected socket, inside TLS if `tls` is a context; closes the socket. */
struct ending serve(int fd, void *tls);

/* Seconds, for the sockets of `serve`. */
extern int serve_timeout;

/* Bytes that `publish` writes. */
extern long publish_bytes;

#endif
