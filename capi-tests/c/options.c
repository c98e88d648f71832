/* Options in RTMP_CONFIG. Texts end with their blocks, so that a byte behind them is seen to be read. */
#include "common.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

static int listener;

/* Prints what the object of the command connect says. */
static void print_connect(const RTMPPacket *packet)
{
  static const AVal names[] = { AVC("tcUrl"), AVC("goAway"), AVC("id"), AVC("rate") };
  AMFObject command, object;
  if (AMF_Decode(&command, packet->m_body, (int)packet->m_nBodySize, FALSE) < 0)
    return;
  AMFProp_GetObject(AMF_GetProp(&command, NULL, 2), &object);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    AMFObjectProperty *property = AMF_GetProp(&object, &names[i], -1);
    if (AMFProp_GetType(property) == AMF_STRING) {
      AVal text;
      AMFProp_GetString(property, &text);
      print_aval(names[i].av_val, &text);
    } else {
      printf("%s: type %d, %g\n", names[i].av_val, AMFProp_GetType(property), property->p_vu.p_number);
    }
  }
  AMF_Reset(&command);
}

static void *serve(void *unused)
{
  RTMP *r = RTMP_Alloc();
  RTMPPacket packet = { 0 };
  RTMP_Init(r);
  r->m_sb.sb_socket = accept(listener, NULL, NULL);
  if (RTMP_Serve(r))
    while (RTMP_ReadPacket(r, &packet))
      if (RTMPPacket_IsReady(&packet)) {
        if (packet.m_packetType == RTMP_PACKET_TYPE_INVOKE)
          print_connect(&packet);
        RTMPPacket_Free(&packet);
      }
  RTMPPacket_Free(&packet);
  RTMP_Close(r);
  RTMP_Free(r);
  return unused;
}

/* Where the server listens. */
static void listen_at(char place[32])
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  listener = socket(AF_INET, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr *)&address, length) || listen(listener, 1)
      || getsockname(listener, (struct sockaddr *)&address, &length))
    exit(1);
  snprintf(place, 32, "127.0.0.1:%d", ntohs(address.sin_port));
}

static void connects(void)
{
  char place[32];
  listen_at(place);
  RTMP_OPTION options[] = {
    { strdup("connectTo"), strdup(place) },
    { strdup("CONNECTPROPERTIES"), strdup("NB:goAway:1,NS:id:a\\2cb,NN:rate:1.5") },
    { strdup("playpath"), strdup("other name") },
    { NULL, NULL },
  };
  RTMP_CONFIG config = { .size = sizeof config, .options = options };
  pthread_t server;
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  printf("set up %d", RTMP_SetupURL(r, (char *)"rtmp://name.invalid/app/name"));
  printf(", configured %d\n", RTMP_Configure(r, &config));
  print_aval("playpath", &r->Link.playpath);
  pthread_create(&server, NULL, serve, NULL);
  int connected = RTMP_Connect(r, NULL);
  RTMP_Close(r);
  pthread_join(server, NULL);
  printf("connected %d\n", connected);
  RTMP_Free(r);
  close(listener);
  for (RTMP_OPTION *option = options; option->name; option++) {
    free((char *)option->name);
    free((char *)option->value);
  }
}

static void refuses(const char *name, const char *value)
{
  RTMP_OPTION options[] = { { "start", "7" }, { name, value }, { "stop", "8" }, { NULL, NULL } };
  RTMP_CONFIG config = { .size = sizeof config, .options = options };
  RTMP *r = RTMP_Alloc();
  RTMP_Init(r);
  errno = 0;
  int configured = RTMP_Configure(r, &config);
  const char *why = errno == EINVAL ? "EINVAL" : "another number";
  printf("%s: %d, %s, start %d, stop %d\n", name, configured, why, r->Link.seekTime, r->Link.stopTime);
  RTMP_Free(r);
}

int main(void)
{
  RTMP_LogSetLevel(RTMP_LOGCRIT);
  connects();
  refuses("family", "5");
  refuses("bogus", "1");
  refuses("live", NULL);
  return 0;
}
