/* A host in C99 whose requests go over its own HTTP: one thread, one plain socket a request.
 *
 *   own_http_c99 STORE PORT COUNT
 *
 * Exit code 0: each event was delivered to 127.0.0.1:PORT. */

#include <arpa/inet.h>
#include <embeddables/agent_c.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_WAITING = 64, MOST_BYTES = 1 << 16 };

typedef struct own_http {
  int port;
  int ending;
  pthread_mutex_t mutex;
  pthread_cond_t changed;
  emb_exchange* waiting[MOST_WAITING];
  size_t count;
} own_http;

static int32_t begin(void* user_data, emb_exchange* exchange) {
  own_http* http = user_data;
  int32_t begun = 0;
  pthread_mutex_lock(&http->mutex);
  if (http->count < MOST_WAITING) {
    http->waiting[http->count++] = exchange;
    begun = 1;
  }
  pthread_cond_signal(&http->changed);
  pthread_mutex_unlock(&http->mutex);
  return begun;
}

/* The thread passes over what is no longer wanted. */
static void cancel(void* user_data, uint64_t id) {
  (void)user_data;
  (void)id;
}

static int send_all(int file, const char* data, size_t size) {
  while (size > 0) {
    const ssize_t sent = send(file, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return 0;
    data += sent;
    size -= (size_t)sent;
  }
  return 1;
}

/* The answer as it came, ended by a NUL; its size. */
static size_t carry(const own_http* http, const emb_http_request* request, char* answer) {
  char head[4096];
  const char* path = strchr(request->url + strlen("http://"), '/');
  struct sockaddr_in to;
  size_t got = 0;
  uint64_t i;
  int length =
      snprintf(head, sizeof head,
               "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
               "Connection: close\r\nContent-Length: %llu\r\n",
               request->head ? "HEAD" : "POST", path, (unsigned long long)request->body_size);
  const int file = socket(AF_INET, SOCK_STREAM, 0);
  for (i = 0; i < request->headers_count; ++i) {
    length += snprintf(head + length, sizeof head - (size_t)length, "%s: %s\r\n",
                       request->headers[i].name, request->headers[i].value);
  }
  length += snprintf(head + length, sizeof head - (size_t)length, "\r\n");
  memset(&to, 0, sizeof to);
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons((uint16_t)http->port);
  if (connect(file, (const struct sockaddr*)&to, sizeof to) == 0 &&
      send_all(file, head, (size_t)length) &&
      send_all(file, request->body, (size_t)request->body_size)) {
    ssize_t more;
    while (got < MOST_BYTES && (more = recv(file, answer + got, MOST_BYTES - got, 0)) > 0) {
      got += (size_t)more;
    }
  }
  close(file);
  answer[got] = '\0';
  return got;
}

static void answer_one(const own_http* http, emb_exchange* exchange, char* text) {
  emb_http_request request;
  emb_http_answer answer = EMB_HTTP_ANSWER_INIT;
  const char* body;
  request.struct_size = sizeof request;
  if (!emb_exchange_wanted(exchange)) return;
  if (emb_exchange_request(exchange, &request, NULL) != EMB_STATUS_OK) return;
  if (carry(http, &request, text) < strlen("HTTP/1.1 200")) {
    answer.error = EMB_HTTP_ERROR_BROKEN;
    answer.error_text = "the connection ended";
  } else {
    answer.status = atoi(text + strlen("HTTP/1.1 "));
    body = strstr(text, "\r\n\r\n");
    answer.body = body == NULL ? NULL : body + 4;
  }
  emb_exchange_answer(exchange, &answer, NULL);
}

static void* run(void* user_data) {
  own_http* http = user_data;
  char* text = malloc(MOST_BYTES + 1);
  pthread_mutex_lock(&http->mutex);
  while (!http->ending || http->count > 0) {
    emb_exchange* exchange;
    if (http->count == 0) {
      pthread_cond_wait(&http->changed, &http->mutex);
      continue;
    }
    exchange = http->waiting[--http->count];
    pthread_mutex_unlock(&http->mutex);
    answer_one(http, exchange, text);
    emb_exchange_free(exchange);
    pthread_mutex_lock(&http->mutex);
  }
  pthread_mutex_unlock(&http->mutex);
  free(text);
  return NULL;
}

int main(int argc, char** argv) {
  static own_http http;
  emb_transport transport;
  emb_config config;
  emb_status status = EMB_STATUS_INIT;
  emb_flush_result result;
  emb_agent* agent = NULL;
  pthread_t thread;
  char url[64];
  int i, failed = 0;
  if (argc != 4) return 2;
  http.port = atoi(argv[2]);
  pthread_mutex_init(&http.mutex, NULL);
  pthread_cond_init(&http.changed, NULL);
  if (pthread_create(&thread, NULL, run, &http) != 0) return 3;
  memset(&transport, 0, sizeof transport);
  transport.struct_size = sizeof transport;
  transport.user_data = &http;
  transport.begin = begin;
  transport.cancel = cancel;
  snprintf(url, sizeof url, "http://127.0.0.1:%d", http.port);
  emb_config_init(&config, sizeof config, EMB_ABI_VERSION);
  config.project_id = "pr_demo";
  config.embeddable_id = "flow_demo";
  config.api_key = "rk_demo";
  config.base_url = url;
  config.store_path = argv[1];
  config.transport = &transport;
  if (emb_start(&config, &agent, &status) != EMB_STATUS_OK) {
    fprintf(stderr, "%s\n", emb_status_message(&status));
    return 4;
  }
  emb_identify(agent, "email", "a@b.c", NULL);
  for (i = 0; i < atoi(argv[3]); ++i) {
    const emb_prop prop = emb_prop_int("n", i);
    failed += emb_track(agent, "tick", &prop, 1, NULL, NULL) != EMB_STATUS_OK;
  }
  result.struct_size = sizeof result;
  emb_shutdown(agent, 60000, &result, &status);
  emb_destroy(agent);
  pthread_mutex_lock(&http.mutex);
  http.ending = 1;
  pthread_cond_signal(&http.changed);
  pthread_mutex_unlock(&http.mutex);
  pthread_join(thread, NULL);
  printf("delivered %llu\n", (unsigned long long)result.delivered);
  return failed == 0 && result.pending == 0 ? 0 : 5;
}
