// Joins two TUN devices in two network namespaces by a slow line. Real TCP runs over it; the kernel here has no netem.
// Each direction limits the bits per second, delays packets, and drops what does not fit into its queue.
//   shaper CLIENT_NAMESPACE SERVER_NAMESPACE
// Commands on standard input, each answered by a line of JSON:
//   set BITS_PER_SECOND ONE_WAY_MICROSECONDS QUEUE_BYTES
//   stat      counters of both directions: packets, bytes, dropped packets
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#define LARGEST_PACKET 1600
#define RING_SIZE 65536
#define BATCH_SIZE 64
#define SECOND 1000000000LL

typedef struct {
  int64_t due; // nanoseconds of the monotonic clock
  int length;
  unsigned char bytes[LARGEST_PACKET];
} packet;

typedef struct {
  int in, out; // file descriptors of the devices
  _Atomic int64_t rate, delay, queue_size;
  packet *ring;
  unsigned first, next; // index of the oldest packet on the line, and of the next free place
  int64_t free_at; // when the last accepted packet has been sent
  _Atomic uint64_t packets, bytes, dropped;
} direction;

static direction up, down;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * SECOND + time.tv_nsec;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static int open_device(const char *namespace_name, const char *device) {
  char path[128];
  snprintf(path, sizeof path, "/var/run/netns/%s", namespace_name);
  int handle = open(path, O_RDONLY);
  if (handle < 0 || setns(handle, CLONE_NEWNET)) fail(path);
  close(handle);
  int file = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  if (file < 0) fail("/dev/net/tun");
  struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  snprintf(request.ifr_name, sizeof request.ifr_name, "%s", device);
  if (ioctl(file, TUNSETIFF, &request)) fail("TUNSETIFF");
  return file;
}

static void write_packet(int file, const packet *sent) {
  while (write(file, sent->bytes, sent->length) < 0 && errno == EAGAIN) {
    struct pollfd writable = {file, POLLOUT, 0};
    poll(&writable, 1, 1);
  }
}

static void deliver_due(direction *line) {
  int64_t time = now();
  while (line->first != line->next) {
    packet *oldest = &line->ring[line->first % RING_SIZE];
    if (oldest->due > time) return;
    write_packet(line->out, oldest);
    line->first++;
  }
}

// Takes one packet from the sender. Returns 0 if there is none.
static int accept_packet(direction *line) {
  if (line->next - line->first >= RING_SIZE) return 0;
  packet *taken = &line->ring[line->next % RING_SIZE];
  ssize_t length = read(line->in, taken->bytes, LARGEST_PACKET);
  if (length <= 0) return 0;
  int64_t time = now(), rate = line->rate;
  int64_t start = line->free_at > time ? line->free_at : time;
  int64_t queued = (start - time) * rate / 8 / SECOND;
  if (queued + length > line->queue_size) {
    line->dropped++;
    return 1;
  }
  line->free_at = start + length * 8 * SECOND / rate;
  taken->due = line->free_at + line->delay;
  taken->length = length;
  line->next++;
  line->packets++;
  line->bytes += length;
  return 1;
}

static void *run(void *argument) {
  direction *line = argument;
  prctl(PR_SET_TIMERSLACK, 1000); // nanoseconds; Linux rounds timers to 50 microseconds
  for (;;) {
    deliver_due(line);
    int taken = 0;
    while (taken < BATCH_SIZE && accept_packet(line)) taken++;
    if (taken == BATCH_SIZE) continue;
    struct pollfd readable = {line->in, POLLIN, 0};
    struct timespec timeout, *limit = NULL;
    if (line->first != line->next) {
      int64_t wait = line->ring[line->first % RING_SIZE].due - now();
      if (wait <= 0) continue;
      timeout = (struct timespec){wait / SECOND, wait % SECOND};
      limit = &timeout;
    }
    ppoll(&readable, 1, limit, NULL);
  }
  return NULL;
}

static void start(direction *line, int in, int out) {
  line->in = in;
  line->out = out;
  line->rate = SECOND;
  line->queue_size = 1 << 24;
  line->ring = malloc(sizeof(packet) * RING_SIZE);
  pthread_t thread;
  if (!line->ring || pthread_create(&thread, NULL, run, line)) fail("start");
}

static void print_counters(const char *name, direction *line) {
  printf("\"%s\":{\"packets\":%llu,\"bytes\":%llu,\"dropped\":%llu}", name, (unsigned long long)line->packets,
         (unsigned long long)line->bytes, (unsigned long long)line->dropped);
}

int main(int count, char **arguments) {
  if (count != 3) {
    fprintf(stderr, "usage: shaper CLIENT_NAMESPACE SERVER_NAMESPACE\n");
    return 2;
  }
  int client = open_device(arguments[1], "client0");
  int server = open_device(arguments[2], "server0");
  start(&up, client, server);
  start(&down, server, client);
  printf("{}\n");
  fflush(stdout);
  char command[256];
  while (fgets(command, sizeof command, stdin)) {
    long long rate, delay, queue_size;
    if (sscanf(command, "set %lld %lld %lld", &rate, &delay, &queue_size) == 3 && rate > 0) {
      up.rate = down.rate = rate;
      up.delay = down.delay = delay * 1000;
      up.queue_size = down.queue_size = queue_size;
      printf("{}\n");
    } else if (!strncmp(command, "stat", 4)) {
      printf("{");
      print_counters("up", &up);
      printf(",");
      print_counters("down", &down);
      printf("}\n");
    } else {
      printf("{\"error\":\"unknown command\"}\n");
    }
    fflush(stdout);
  }
  return 0;
}
