/* What a server of these programs shows in TLS. */
#ifndef CERTIFICATE_H
#define CERTIFICATE_H

#include "common.h"

/* A self-signed certificate for `host`, made for these programs alone, and its key. */
static const char certificate[] =
  "-----BEGIN CERTIFICATE-----\n"
  "MIIBdTCCARugAwIBAgIUSTCjKjlBzgWvJDXC+WAEf7Vo1x8wCgYIKoZIzj0EAwIw\n"
  "DzENMAsGA1UEAwwEaG9zdDAgFw0yNjExMjUxOTU2NDBaGA8yMTI2MTEwMTE5NTY0\n"
  "MFowDzENMAsGA1UEAwwEaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFmR\n"
  "GrSpTAXSxELCoJeYTWz5KZh2m4q/mPdDZEsecnjO7PLuSn5PdySQyxhMtyTEVgkM\n"
  "UkSFsbL+u3YH8G+T/5mjUzBRMB0GA1UdDgQWBBTuDw7Q/54Aqt40EsYk+sNc8Zcc\n"
  "EDAfBgNVHSMEGDAWgBTuDw7Q/54Aqt40EsYk+sNc8ZccEDAPBgNVHRMBAf8EBTAD\n"
  "AQH/MAoGCCqGSM49BAMCA0gAMEUCIDbb13Fru1pUmMGMoa2FYXPkZdCeRKD3EFoQ\n"
  "xWIwzZmfAiEAsq6xMfXH9BL1F/ayzEpF164WGqJ+DnNdln42+4BvIdA=\n"
  "-----END CERTIFICATE-----\n";

static const char key[] =
  "-----BEGIN PRIVATE KEY-----\n"
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg+DnefaPnyWG/V+5t\n"
  "PAxuPPdg12eyXISNoyRnUVRODzGhRANCAARZkRq0qUwF0sRCwqCXmE1s+SmYdpuK\n"
  "v5j3Q2RLHnJ4zuzy7kp+T3ckkMsYTLckxFYJDFJEhbGy/rt2B/Bvk/+Z\n"
  "-----END PRIVATE KEY-----\n";

static inline void write_file(const char *path, const char *text)
{
  FILE *file = fopen(path, "w");
  must(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0, path);
}

static inline void *make_context(void)
{
  char names[2][300];
  const char *home = getenv("HOME");
  void *context;

  must(home != NULL, "HOME");
  for (int i = 0; i < 2; i++) {
    snprintf(names[i], sizeof names[i], "%s/tls-%ld.%s", home, (long)getpid(), i ? "key" : "pem");
    write_file(names[i], i ? key : certificate);
  }
  context = RTMP_TLS_AllocServerContext(names[0], names[1]);
  for (int i = 0; i < 2; i++)
    remove(names[i]);
  must(context != NULL, "RTMP_TLS_AllocServerContext");
  return context;
}

#endif
