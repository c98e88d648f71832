/* A plugin that has librtmp inside. */
#include <librtmp/log.h>
#include <librtmp/rtmp.h>

/* Sets the level of the log, and says which it was. */
int plugin_level(int level);
/* The address of a function of the librtmp that the plugin uses. */
const void *plugin_librtmp(void);

int plugin_level(int level)
{
  int before = RTMP_LogGetLevel();
  RTMP_LogSetLevel((RTMP_LogLevel)level);
  return before;
}

const void *plugin_librtmp(void)
{
  return (const void *)(size_t)&RTMP_LogSetLevel;
}
