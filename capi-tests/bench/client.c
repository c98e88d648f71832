/* The program that is measured, on whichever librtmp the linker finds:
 *
 *   client CASE [name=value ...]
 */
#include "client.h"

static const struct {
  const char *name;
  void (*run)(void);
} cases[] = {
  { "receive", case_receive },       { "read", case_read },
  { "send", case_send },             { "write", case_write },
  { "bare-read", case_bare_read },   { "bare-write", case_bare_write },
  { "memcpy", case_memcpy },         { "amf-encode", case_amf_encode },
  { "amf-decode", case_amf_decode }, { "parse-url", case_parse_url },
  { "setup", case_setup },           { "connect", case_connect },
  { "publish", case_publish },       { "idle", case_idle },
};

int main(int argc, char **argv)
{
  arguments(argc, argv);
  pin(number("cpu", -1));
  RTMP_LogSetLevel(RTMP_LOGERROR);
  for (size_t i = 0; argc > 1 && i < sizeof cases / sizeof cases[0]; i++) {
    if (strcmp(cases[i].name, argv[1]))
      continue;
    cases[i].run();
    fflush(stdout);
    _exit(0);
  }
  fprintf(stderr, "usage: client CASE [name=value ...]\n");
  return 2;
}
