/* `errno` is a macro, which only C can ask for on every system. */
#include <errno.h>

int *librtmp_rs_errno(void);

int *librtmp_rs_errno(void)
{
  return &errno;
}
