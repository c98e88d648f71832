/* A program that hostile peers are let loose on. It prints one JSON object: what it came to, and what that cost.
 *
 *   client play|publish|packets|http|swf URL
 *   client serve ADDRESS [CERTIFICATE KEY]       prints the port it listens on first
 *   client bulk MODE ISOLATED COUNT TEXT...      COUNT sessions in a thread for each TEXT (see run_bulk)
 *
 * HOSTILE_TIMEOUT: seconds for the sockets of serve. HOSTILE_BYTES: what publish writes. HOSTILE_QUEUE: the limit of the queue
 * where no call waits. HOSTILE_LOG: log to stderr.
 */
#include "client.h"

#include <librtmp/log.h>
#include <librtmp/rtmp.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST_KIBIBYTES (64 * 1024)
#define MOST_SECONDS 20
#define MOST_TEXTS 64

static int loud;
static int criticals;
static void *tls_context;

static void on_log(int level, const char *format, va_list arguments)
{
  char line[4096];

  vsnprintf(line, sizeof line, format, arguments);
  if (level == RTMP_LOGCRIT)
    __atomic_add_fetch(&criticals, 1, __ATOMIC_RELAXED);
  if (loud || level == RTMP_LOGCRIT)
    fprintf(stderr, "%d %s\n", level, line);
}

static void must(int condition, const char *what)
{
  if (!condition) {
    perror(what);
    exit(2);
  }
}

/* A value in KiB of /proc/self/status. */
static long memory(const char *name)
{
  char line[256];
  long value = 0;
  FILE *status = fopen("/proc/self/status", "r");

  while (status && fgets(line, sizeof line, status))
    if (!strncmp(line, name, strlen(name)))
      value = atol(line + strlen(name) + 1);
  if (status)
    fclose(status);
  return value;
}

static int descriptors(void)
{
  DIR *directory = opendir("/proc/self/fd");
  int count = 0;

  while (directory && readdir(directory))
    count++;
  if (directory)
    closedir(directory);
  return count;
}

/* Memory before and after, in use and at its highest. */
struct cost {
  long resident, used;
  int open;
};

static struct cost cost_now(void)
{
  return (struct cost){ memory("VmRSS"), (long)mallinfo2().uordblks, descriptors() };
}

static void print_cost(struct cost before)
{
  struct cost after = cost_now();
  printf("\"critical\": %d, \"waited\": %d, \"spun\": %d, ", criticals, waited(), spun());
  printf("\"peak\": %ld, \"growth\": %ld, \"descriptors\": %d}\n", memory("VmHWM") - before.resident,
         after.used - before.used, after.open - before.open);
}

/* A listening socket on a free port of the address. */
static int listen_on(const char *address, int *port)
{
  struct sockaddr_in name = { .sin_family = AF_INET };
  socklen_t length = sizeof name;
  int fd = socket(AF_INET, SOCK_STREAM, 0);

  name.sin_addr.s_addr = inet_addr(address);
  must(fd >= 0 && bind(fd, (struct sockaddr *)&name, length) == 0 && listen(fd, 4096) == 0, "listen");
  getsockname(fd, (struct sockaddr *)&name, &length);
  *port = ntohs(name.sin_port);
  return fd;
}

static struct ending run(const char *mode, char *text)
{
  static const struct {
    const char *name;
    struct ending (*run)(char *);
  } modes[] = { { "play", play }, { "publish", publish }, { "packets", packets }, { "http", fetch }, { "swf", hash } };

  for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
    if (!strcmp(mode, modes[i].name))
      return modes[i].run(text);
  fprintf(stderr, "no mode %s\n", mode);
  exit(2);
}

static int run_once(const char *mode, char *text)
{
  int port, fd = -1;
  struct cost before;
  struct ending e;

  if (!strcmp(mode, "serve")) {
    int listener = listen_on(text, &port);
    printf("%d\n", port);
    fflush(stdout);
    must((fd = accept(listener, NULL, NULL)) >= 0, "accept");
    close(listener);
  }
  before = cost_now();
  e = fd < 0 ? run(mode, text) : serve(fd, tls_context);
  before.open -= fd >= 0;
  printf("{\"ending\": \"%s\", \"result\": %d, \"connected\": %d, \"timedout\": %d, \"count\": %ld, ", e.phase,
         e.result, e.connected, e.timedout, e.count);
  print_cost(before);
  return 0;
}

/* How often sessions ended in one way. */
static struct tally {
  const char *phase;
  int timedout;
  int count;
} tallies[32];
static int crashed, hung, greedy;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void count_ending(struct ending e)
{
  struct tally *tally = tallies;

  while (tally->phase && (strcmp(tally->phase, e.phase) || tally->timedout != e.timedout))
    tally++;
  *tally = (struct tally){ e.phase, e.timedout, tally->count + 1 };
}

/* One of many sessions: `fd` is the connection to be served, or -1 for the client's modes. */
static struct ending run_one(const char *mode, const char *text, int fd)
{
  char url[1000];

  if (fd >= 0)
    return serve(fd, tls_context);
  snprintf(url, sizeof url, "%s", text);
  return run(mode, url);
}

/* The same in a process of its own, whose death harms nobody. */
static void run_isolated(const char *mode, const char *text, int fd)
{
  int status = 0;
  pid_t child = fork();

  must(child >= 0, "fork");
  if (child == 0) {
    long before = memory("VmRSS");
    alarm(MOST_SECONDS);
    run_one(mode, text, fd);
    _exit(memory("VmHWM") - before > MOST_KIBIBYTES);
  }
  if (fd >= 0)
    close(fd);
  must(waitpid(child, &status, 0) == child, "waitpid");
  pthread_mutex_lock(&lock);
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
    hung++;
  else if (WIFSIGNALED(status))
    crashed++;
  else if (WEXITSTATUS(status))
    greedy++;
  else
    count_ending((struct ending){ "any", 0, 0, 0, 0 });
  pthread_mutex_unlock(&lock);
}

static struct bulk {
  const char *mode;
  int isolated, count;
} bulk;

struct worker {
  const char *text;
  int listener;
  pthread_t thread;
};

static void *work(void *argument)
{
  struct worker *worker = argument;

  for (int i = 0; i < bulk.count; i++) {
    int fd = worker->listener < 0 ? -1 : accept(worker->listener, NULL, NULL);
    if (bulk.isolated) {
      run_isolated(bulk.mode, worker->text, fd);
      continue;
    }
    struct ending e = run_one(bulk.mode, worker->text, fd);
    pthread_mutex_lock(&lock);
    count_ending(e);
    pthread_mutex_unlock(&lock);
  }
  return NULL;
}

/* COUNT sessions one after the other with each text, the texts beside each other: URLs, or for the mode serve
 * addresses to listen on, whose ports are printed in one line first. */
static int run_bulk(const char *mode, int isolated, int count, char **texts)
{
  struct worker workers[MOST_TEXTS];
  struct cost before;
  int used = 0, port, serving = !strcmp(mode, "serve");

  bulk = (struct bulk){ mode, isolated, count };
  for (; texts[used] && used < MOST_TEXTS; used++) {
    workers[used] = (struct worker){ texts[used], serving ? listen_on(texts[used], &port) : -1, 0 };
    if (serving)
      printf("%d ", port);
  }
  printf("\n");
  fflush(stdout);
  before = cost_now();
  for (int i = 0; i < used; i++)
    must(pthread_create(&workers[i].thread, NULL, work, &workers[i]) == 0, "pthread_create");
  for (int i = 0; i < used; i++)
    pthread_join(workers[i].thread, NULL);
  printf("{\"endings\": {");
  for (struct tally *tally = tallies; tally->phase; tally++)
    printf("%s\"%s %d\": %d", tally == tallies ? "" : ", ", tally->phase, tally->timedout, tally->count);
  printf("}, \"crashed\": %d, \"hung\": %d, \"greedy\": %d, ", crashed, hung, greedy);
  print_cost(before);
  return 0;
}

int main(int argc, char **argv)
{
  const char *seconds = getenv("HOSTILE_TIMEOUT"), *bytes = getenv("HOSTILE_BYTES"),
             *limit = getenv("HOSTILE_QUEUE");

  must(argc >= 3, "usage: see the source");
  loud = getenv("HOSTILE_LOG") != NULL;
  if (seconds)
    serve_timeout = atoi(seconds);
  if (bytes)
    publish_bytes = atol(bytes);
  if (limit)
    queue_limit = (unsigned)strtoul(limit, NULL, 10);
  RTMP_LogSetCallback(on_log);
  RTMP_LogSetLevel(RTMP_LOGDEBUG);
  if (!strcmp(argv[1], "bulk"))
    return run_bulk(argv[2], atoi(argv[3]), atoi(argv[4]), argv + 5);
  if (argc == 5) {
    tls_context = RTMP_TLS_AllocServerContext(argv[3], argv[4]);
    must(tls_context != NULL, "certificate");
  }
  return run_once(argv[1], argv[2]);
}
