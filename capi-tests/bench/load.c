/* Loads a shared library, once, for it may be one that stays:   load library= messages=1 warm=0 [cpu=] */
#include "measure.h"

#include <dlfcn.h>

static int load_once(struct work *work)
{
  void *library = dlopen(text("library", ""), RTLD_NOW | RTLD_LOCAL);
  work->messages++;
  return library != NULL;
}

int main(int argc, char **argv)
{
  struct work work = { load_once, NULL, 0, 0 };
  arguments(argc, argv);
  pin(number("cpu", -1));
  measure(&work);
  return 0;
}
