/* Setting up from strings: those without blanks are never written to, the parts of all others are used in place. */
#include "common.h"

#include <sys/mman.h>

static void print_link(const char *title, RTMP *r, const char *url)
{
  const RTMP_LNK *link = &r->Link;
  printf("--- %s\n", title);
  print_aval("host", &link->hostname);
  print_aval("app", &link->app);
  print_aval("playpath", &link->playpath);
  print_aval("tcUrl", &link->tcUrl);
  print_aval("swfUrl", &link->swfUrl);
  print_aval("flashVer", &link->flashVer);
  print_aval("subscribe", &link->subscribepath);
  print_aval("socks", &link->sockshost);
  printf("port %d, socks port %d, protocol %#x, flags %#x, timeout %d, start %d, stop %d, buffer %d, extras %d\n",
         link->port, link->socksport, (unsigned)link->protocol, (unsigned)link->lFlags, link->timeout, link->seekTime,
         link->stopTime, r->m_nBufferMS, link->extras.o_num);
  if (link->hostname.av_val)
    printf("host in place: %s\n", link->hostname.av_val >= url && link->hostname.av_val < url + strlen(url) + 1 ? "yes" : "no");
}

static void set_up(const char *title, char *url)
{
  RTMP *r = RTMP_Alloc();
  int result;

  RTMP_Init(r);
  r->Link.timeout = 77;
  result = RTMP_SetupURL(r, url);
  printf("=== %d\n", result);
  print_link(title, r, url);
  AMF_Reset(&r->Link.extras);
  RTMP_Close(r);
  free(r->Link.sockshost.av_val);
  RTMP_Free(r);
}

/* Memory that the processor keeps from being written to. */
static void read_only(const char *url)
{
  size_t size = (size_t)sysconf(_SC_PAGESIZE);
  char *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  must(page != MAP_FAILED, "mmap");
  strcpy(page, url);
  must(mprotect(page, size, PROT_READ) == 0, "mprotect");
  set_up("read-only page", page);
  munmap(page, size);
}

static void options_one_by_one(void)
{
  static const AVal names[] = { AVC("timeout"), AVC("LIVE"), AVC("app"), AVC("conn"), AVC("buffer") };
  static AVal values[] = { AVC("5"), AVC("yes"), AVC("given"), AVC("S:text"), AVC("1234") };
  static const AVal unknown = AVC("unknown");
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  for (int i = 0; i < 5; i++)
    printf("%s: %d\n", names[i].av_val, RTMP_SetOpt(r, &names[i], &values[i]));
  printf("%s: %d\n", unknown.av_val, RTMP_SetOpt(r, &unknown, &values[0]));
  print_link("options", r, "");
  AMF_Reset(&r->Link.extras);
  RTMP_Close(r);
  RTMP_Free(r);
}

static void separate_values(void)
{
  static char host_text[] = "host.example", path_text[] = "stream", app_text[] = "app", tc[] = "rtmp://host.example/app";
  AVal host = { host_text, 12 }, path = { path_text, 6 }, app = { app_text, 3 }, tcUrl = { tc, 23 };
  AVal none = { NULL, 0 }, socks = AVC("proxy:99");
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  RTMP_SetupStream(r, RTMP_PROTOCOL_RTMP, &host, 1936, &socks, &path, &tcUrl, &none, &none, &app, &none, &none, 0,
                   &none, &none, &none, 1000, 2000, TRUE, 9);
  print_link("separate values", r, host_text);
  RTMP_Close(r);
  free(r->Link.sockshost.av_val);
  RTMP_Free(r);
}

int main(void)
{
  char with_options[] = "rtmp://host/app/play live=1 start=5 stop=0x10 flashver=WIN\\2010,0,1,1 subscribe=s=t socks=p:1081";
  char other_app[] = "rtmpt://host:81/app/play app=other conn=B:1 conn=O:1 conn=NS:a:b conn=O:0 timeout=3";
  char unknown[] = "rtmp://host/app/play bogus=1";
  char no_host[] = "rtmp:///app";

  RTMP_LogSetLevel(RTMP_LOGCRIT);
  set_up("literal", (char *)"rtmp://host:1936/app/inst/file.flv?x=1");
  set_up("literal without path", (char *)"RTMPS://host");
  read_only("rtmpe://host/app/mp4:clip");
  set_up("options", with_options);
  set_up("another app", other_app);
  set_up("unknown option", unknown);
  set_up("no host", no_host);
  options_one_by_one();
  separate_values();
  return 0;
}
