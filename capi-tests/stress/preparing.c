/* The handle of a round: what a program does before any other thread knows of it. */
#include "calls.h"

static void set_option(const char *name, const char *value)
{
  AVal option = { (char *)name, (int)strlen(name) }, text = { (char *)value, (int)strlen(value) };
  must(RTMP_SetOpt(r, &option, &text), name);
}

/* In place of RTMP_SetupURL. */
static void set_up_one_by_one(const char *scheme)
{
  static char host[] = "127.0.0.1", stream[] = "play", application[] = "app", address[64];
  AVal hostname = { host, sizeof host - 1 }, none = { NULL, 0 }, path = { stream, sizeof stream - 1 };
  AVal app = { application, sizeof application - 1 }, url = { address, 0 };
  int protocol = !strcmp(scheme, "rtmps") ? RTMP_PROTOCOL_RTMPS
                 : !strcmp(scheme, "rtmpe") ? RTMP_PROTOCOL_RTMPE : RTMP_PROTOCOL_RTMP;
  url.av_len = snprintf(address, sizeof address, "%s://127.0.0.1:%d/app", scheme, server.port);
  RTMP_SetupStream(r, protocol, &hostname, (unsigned)server.port, &none, &path, &url, NULL, NULL, &app, NULL, NULL, 0,
                   NULL, NULL, NULL, 0, 0, FALSE, 1);
  set_option("tlsVerify", "0");
}

int prepare(const char *scheme, unsigned seed)
{
  static char url[160];
  static RTMP_CONFIG config;
  static const char *const ways[] = { "no", "report", "auto" };
  int is_nonblocking = seed / 2 % 2;

  r = RTMP_Alloc();
  must(r != NULL, "RTMP_Alloc");
  RTMP_Init(r);
  if (seed % 5) {
    snprintf(url, sizeof url, "%s://127.0.0.1:%d/app/play timeout=1 tlsVerify=0%s", scheme, server.port,
             seed % 3 ? "" : " live=1");
    must(RTMP_SetupURL(r, url), "RTMP_SetupURL");
  } else {
    set_up_one_by_one(scheme);
  }
  set_option("reconnect", ways[seed % 3]);
  if (seed % 2)
    RTMP_EnableWrite(r);
  if (seed / 4 % 2) {
    configure(&config, seed);
    must(RTMP_Configure(r, &config), "RTMP_Configure");
  }
  if (is_nonblocking && seed / 8 % 2)
    must(RTMP_SetNonBlocking(r, TRUE, seed / 16 % 2 ? 2000 : 0), "RTMP_SetNonBlocking");
  return is_nonblocking;
}
