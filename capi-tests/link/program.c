/* What the commands of docs/linking.md compile. */
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <stdio.h>

int main(void)
{
  RTMP *r = RTMP_Alloc();

  RTMP_Init(r);
  RTMP_LogSetLevel(RTMP_LOGERROR);
  printf("%x %d\n", (unsigned)RTMP_LibVersion(), RTMP_IsConnected(r));
  RTMP_Close(r);
  RTMP_Free(r);
  return 0;
}
