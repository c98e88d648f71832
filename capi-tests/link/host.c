/* Loads plugins, all names in one scope, and says whether they share a librtmp.
 *
 *   host PLUGIN PLUGIN */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

struct plugin {
  int (*level)(int);
  const void *(*librtmp)(void);
};

static int load(struct plugin *plugin, const char *path)
{
  void *level, *librtmp, *handle = dlopen(path, RTLD_NOW | RTLD_GLOBAL);

  if (!handle) {
    fprintf(stderr, "%s\n", dlerror());
    return 0;
  }
  level = dlsym(handle, "plugin_level");
  librtmp = dlsym(handle, "plugin_librtmp");
  memcpy(&plugin->level, &level, sizeof level);
  memcpy(&plugin->librtmp, &librtmp, sizeof librtmp);
  return level && librtmp;
}

int main(int count, char **paths)
{
  struct plugin first, second;
  int of_first, of_second;

  if (count != 3 || !load(&first, paths[1]) || !load(&second, paths[2]))
    return 1;
  first.level(1);
  second.level(5);
  of_first = first.level(1);
  of_second = second.level(5);
  printf("the first has level %d, the second %d; %s\n", of_first, of_second,
         first.librtmp() == second.librtmp() ? "one librtmp" : "two librtmps");
  return 0;
}
