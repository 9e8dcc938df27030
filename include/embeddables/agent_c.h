/* embeddables-agent for C and for every language that can call C.
 *
 *   emb_config config;
 *   emb_config_init(&config, sizeof config, EMB_ABI_VERSION);
 *   config.project_id = "pr_...";
 *   config.api_key = "rk_...";
 *   config.embeddable_id = "flow_...";
 *   emb_status status = EMB_STATUS_INIT;
 *   emb_agent* agent = NULL;
 *   if (emb_start(&config, &agent, &status) != EMB_STATUS_OK) puts(emb_status_message(&status));
 *   emb_prop props[] = {emb_prop_int("level", 3), emb_prop_string("difficulty", "hard")};
 *   emb_track(agent, "level_complete", props, 2, NULL, NULL);
 *   emb_shutdown(agent, 2000, NULL, NULL);
 *   emb_destroy(agent);
 *
 * Everything that embeddables/agent.h does is here under the same name: Agent::SetApiKey is
 * emb_set_api_key, WaitingFor::kBackoff is EMB_WAITING_FOR_BACKOFF, Config::store_path is
 * emb_config.store_path. That header is the manual of what they do; this one says what C adds to
 * it: memory, threads, blocking, and how it stays binary-compatible. tests/twins.sh keeps both
 * complete.
 *
 * Binary promise: the emb_ functions, the structs and the numbers here keep their form as long as
 * EMB_ABI_VERSION is the same, across versions of the library and of compilers. A program that was
 * built with an older header runs with a newer library of the same EMB_ABI_VERSION, and the other
 * way round as long as it uses nothing that is new. The C++ API is a source promise only: build the
 * library and its user with the same compiler.
 *
 * Structs begin with struct_size, which the host sets to the size that its header has: the library
 * reads and writes so many bytes and no more. A field that an older, smaller struct lacks has its
 * default. Of a newer, larger struct that the library reads, the part that it does not know must be
 * zero, or the call is refused with EMB_STATUS_INVALID_ARGUMENT; of one that it writes, that part
 * becomes zero. A size that no header can have (0, because it was forgotten; one that is no
 * multiple of 8; over 16 KiB) is refused, too. In an array each element has the struct_size of the
 * first. Structs within structs have room to grow, and the library sets their struct_size. A
 * callback may get a struct that is smaller than the host's, from an older library: its struct_size
 * tells.
 *
 * Results: each call that can fail returns one of the codes EMB_STATUS_OK to
 * EMB_STATUS_OUT_OF_MEMORY, and later versions may add some. If `status` is not NULL, it gets the
 * code and a message. It is always the last argument; nothing is kept per thread. A NULL where a
 * pointer is needed is EMB_STATUS_INVALID_ARGUMENT, and the message names the argument. So is a
 * wrong struct_size, of an output as well: then nothing is done. No C++ exception may leave a
 * callback (agent.h says what happens then), and none leaves a function but that of an operator new
 * that fails, which the program must not catch (agent.h).
 *
 * Texts are UTF-8 and are needed only during the call. A text in a struct is a pointer and a size;
 * the size EMB_TERMINATED says that it ends with a NUL. The initialisers set that size, so that a
 * host of terminated texts need only set the pointers. The functions whose names end in _n take
 * sizes where their twins take terminated texts. NULL is the empty text.
 *
 * Times are milliseconds, and dates milliseconds since 1970. Flags are 0 or 1, and any other number
 * counts as 1.
 *
 * Threads: every function may be called from any thread at any time, also on the same agent, except
 * for emb_destroy, which must be the last call on it, and the _free functions. Where it says
 * "blocks", a call waits for the disk or the network, at most for its timeout; all others return at
 * once. Nothing needs a callback: emb_poll_outcomes, emb_poll_log and emb_get_stats give everything
 * on the thread that calls them, for hosts that die when a foreign thread calls in (LuaJIT, Mono
 * and others; on Linux, Mono and IL2CPP stop threads by signals that the agent's thread blocks, so
 * that their next collection would wait for it forever). Callbacks run on the agent's thread, or
 * with config.pump within emb_pump and the functions that block. They may call any function here on
 * their agent: those that block return
 * EMB_STATUS_INVALID_ARGUMENT there, and emb_destroy, which then waits for nothing, is allowed.
 *
 * Allocation: emb_track, emb_identify and emb_reset allocate nothing, as in C++. A list that the
 * library hands out belongs to the host until it calls the list's _free function. */

#ifndef EMBEDDABLES_AGENT_C_H_
#define EMBEDDABLES_AGENT_C_H_

#include <stddef.h>
#include <stdint.h>

/* Define it before, e.g. as __declspec(dllimport), where the compiler wants to be told. */
#ifndef EMB_API
#if defined(__GNUC__)
#define EMB_API __attribute__((visibility("default")))
#else
#define EMB_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Grows only if a program built with an older header would no longer run. Additions leave it. */
#define EMB_ABI_VERSION 1u

/* The size of a text that ends with a NUL. */
#define EMB_TERMINATED UINT64_MAX
/* A bound of emb_config that is the store's own (in C++: an empty optional). 0 is the number 0. */
#define EMB_AS_STORED INT64_MIN
/* emb_event_options.time_ms: now. */
#define EMB_NOW INT64_MIN
/* emb_pump's next_ms: only a call brings work. */
#define EMB_NEVER INT64_MAX

/* The version of the library, e.g. "0.1.0", and of its binary interface; EMB_ABI_VERSION is what
 * the host was built with. emb_start compares them. */
EMB_API const char* emb_version(void);
EMB_API uint32_t emb_abi_version(void);

/* ---------------------------------------------------------------------------------------------
 * Numbers. All of them travel as int32_t, so that their width is not the compiler's choice. */

/* StatusCode */
enum {
  EMB_STATUS_OK = 0,
  EMB_STATUS_INVALID_ARGUMENT = 1,
  EMB_STATUS_QUEUE_FULL = 2,
  EMB_STATUS_CONSENT_DENIED = 3,
  EMB_STATUS_NOT_RUNNING = 4,
  EMB_STATUS_DEADLINE_EXCEEDED = 5,
  EMB_STATUS_UNAVAILABLE = 6,
  EMB_STATUS_CREDENTIALS = 7,
  EMB_STATUS_STORE_UNUSABLE = 8,
  EMB_STATUS_NOT_FOUND = 9,
  EMB_STATUS_OUT_OF_MEMORY = 10
};

/* Value::Type */
enum {
  EMB_TYPE_NULL = 0,
  EMB_TYPE_BOOL = 1,
  EMB_TYPE_INT = 2,
  EMB_TYPE_UINT = 3,
  EMB_TYPE_DOUBLE = 4,
  EMB_TYPE_STRING = 5,
  EMB_TYPE_RAW = 6
};

/* Prop::Group */
enum { EMB_GROUP_PLAIN = 0, EMB_GROUP_METRIC = 1, EMB_GROUP_DIMENSION = 2 };

enum {
  EMB_PRIORITY_VOLATILE = 0,
  EMB_PRIORITY_LOW = 1,
  EMB_PRIORITY_NORMAL = 2,
  EMB_PRIORITY_CRITICAL = 3
};

enum {
  EMB_DROP_REASON_ROW_BOUND = 0,
  EMB_DROP_REASON_BYTE_BOUND = 1,
  EMB_DROP_REASON_AGE = 2,
  EMB_DROP_REASON_UNIDENTIFIED = 3,
  EMB_DROP_REASON_CONSENT = 4,
  EMB_DROP_REASON_PURGED = 5,
  EMB_DROP_REASON_VOLATILE = 6,
  EMB_DROP_REASON_DAMAGED = 7,
  EMB_DROP_REASON_STORE_FAILED = 8
};
/* The numbers that emb_ledger.dropped has room for; those without a reason are 0. */
#define EMB_DROP_REASON_ROOM 24

enum {
  EMB_WAITING_FOR_NOTHING = 0,
  EMB_WAITING_FOR_CONSENT = 1,
  EMB_WAITING_FOR_IDENTITY = 2,
  EMB_WAITING_FOR_OFFLINE = 3,
  EMB_WAITING_FOR_PAUSED = 4,
  EMB_WAITING_FOR_BACKOFF = 5,
  EMB_WAITING_FOR_CREDENTIALS = 6,
  EMB_WAITING_FOR_BREAKER = 7,
  EMB_WAITING_FOR_OTHER_PROCESS = 8,
  EMB_WAITING_FOR_STORE = 9,
  EMB_WAITING_FOR_UNKNOWN_USER = 10,
  EMB_WAITING_FOR_SERVER = 11
};

enum {
  EMB_OUTCOME_KIND_DELIVERED = 0,
  EMB_OUTCOME_KIND_REJECTED = 1,
  EMB_OUTCOME_KIND_DROPPED = 2,
  EMB_OUTCOME_KIND_UNCONFIRMED = 3,
  EMB_OUTCOME_KIND_UNKNOWN_USER = 4,
  EMB_OUTCOME_KIND_CREDENTIALS = 5,
  EMB_OUTCOME_KIND_NETWORK = 6,
  EMB_OUTCOME_KIND_TLS = 7,
  EMB_OUTCOME_KIND_API_CHANGED = 8,
  EMB_OUTCOME_KIND_NEAR_BOUND = 9,
  EMB_OUTCOME_KIND_STORE_FAILED = 10,
  EMB_OUTCOME_KIND_STORE_RECOVERED = 11,
  EMB_OUTCOME_KIND_STORE_DAMAGED = 12,
  EMB_OUTCOME_KIND_SERVER = 13,
  EMB_OUTCOME_KIND_STORE_FILE = 14
};

enum {
  EMB_LOG_LEVEL_DEBUG = 0,
  EMB_LOG_LEVEL_INFO = 1,
  EMB_LOG_LEVEL_WARNING = 2,
  EMB_LOG_LEVEL_ERROR = 3
};

enum { EMB_CONSENT_UNKNOWN = 0, EMB_CONSENT_GIVEN = 1, EMB_CONSENT_DENIED = 2 };

enum {
  EMB_CONSENT_POLICY_AS_STORED = 0,
  EMB_CONSENT_POLICY_REQUIRED = 1,
  EMB_CONSENT_POLICY_NOT_REQUIRED = 2
};

enum {
  EMB_NETWORK_STATE_UNKNOWN = 0,
  EMB_NETWORK_STATE_AVAILABLE = 1,
  EMB_NETWORK_STATE_UNAVAILABLE = 2
};

enum { EMB_HTTP_VERSION_HTTP2 = 0, EMB_HTTP_VERSION_HTTP1 = 1 };

enum { EMB_DURABILITY_BUFFERED = 0, EMB_DURABILITY_IMMEDIATE = 1 };

/* The names as in C++, e.g. "row_bound", and of a status code, e.g. "queue_full"; "unknown" for a
 * number without one. Static texts, never NULL. */
EMB_API const char* emb_status_name(int32_t code);
EMB_API const char* emb_drop_reason_name(int32_t reason);
EMB_API const char* emb_waiting_for_name(int32_t waiting_for);
EMB_API const char* emb_outcome_kind_name(int32_t kind);

/* ---------------------------------------------------------------------------------------------
 * Status */

typedef struct emb_status {
  uint32_t struct_size;
  int32_t code;
  char message[240];
} emb_status;
#define EMB_STATUS_INIT                      \
  {                                          \
    sizeof(emb_status), EMB_STATUS_OK, { 0 } \
  }

/* Says what is wrong and what to do next; empty if the code is EMB_STATUS_OK, or for NULL. It is
 * valid as long as `status`, and never NULL. */
EMB_API const char* emb_status_message(const emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Props */

/* One key and its value. `type` says which of the values counts: EMB_TYPE_BOOL and EMB_TYPE_INT
 * take int_value, EMB_TYPE_STRING and EMB_TYPE_RAW (JSON) take text. */
typedef struct emb_prop {
  uint32_t struct_size;
  int32_t type;
  int32_t group;
  int32_t reserved;
  const char* key;
  uint64_t key_size;
  int64_t int_value;
  uint64_t uint_value;
  double double_value;
  const char* text;
  uint64_t text_size;
} emb_prop;

/* Makers for hosts with a C compiler; the texts are terminated and must outlive the prop. They call
 * nothing of the library. emb_metric(emb_prop_int("seconds", 61)) puts a prop into its group. */
static inline emb_prop emb_prop_null(const char* key) {
  emb_prop prop;
  prop.struct_size = sizeof prop;
  prop.type = EMB_TYPE_NULL;
  prop.group = EMB_GROUP_PLAIN;
  prop.reserved = 0;
  prop.key = key;
  prop.key_size = EMB_TERMINATED;
  prop.int_value = 0;
  prop.uint_value = 0;
  prop.double_value = 0;
  prop.text = "";
  prop.text_size = EMB_TERMINATED;
  return prop;
}
static inline emb_prop emb_prop_bool(const char* key, int32_t value) {
  emb_prop prop = emb_prop_null(key);
  prop.type = EMB_TYPE_BOOL;
  prop.int_value = value;
  return prop;
}
static inline emb_prop emb_prop_int(const char* key, int64_t value) {
  emb_prop prop = emb_prop_null(key);
  prop.type = EMB_TYPE_INT;
  prop.int_value = value;
  return prop;
}
static inline emb_prop emb_prop_uint(const char* key, uint64_t value) {
  emb_prop prop = emb_prop_null(key);
  prop.type = EMB_TYPE_UINT;
  prop.uint_value = value;
  return prop;
}
static inline emb_prop emb_prop_double(const char* key, double value) {
  emb_prop prop = emb_prop_null(key);
  prop.type = EMB_TYPE_DOUBLE;
  prop.double_value = value;
  return prop;
}
static inline emb_prop emb_prop_string(const char* key, const char* text) {
  emb_prop prop = emb_prop_null(key);
  prop.type = EMB_TYPE_STRING;
  prop.text = text;
  return prop;
}
static inline emb_prop emb_prop_raw(const char* key, const char* json) {
  emb_prop prop = emb_prop_string(key, json);
  prop.type = EMB_TYPE_RAW;
  return prop;
}
static inline emb_prop emb_metric(emb_prop prop) {
  prop.group = EMB_GROUP_METRIC;
  return prop;
}
static inline emb_prop emb_dimension(emb_prop prop) {
  prop.group = EMB_GROUP_DIMENSION;
  return prop;
}

/* `identifier`: for this event alone; NULL: as set by emb_identify. Of the prop, key and value
 * count. A struct that is zero but for struct_size asks for a volatile event, so initialise it. */
typedef struct emb_event_options {
  uint32_t struct_size;
  int32_t priority;
  const emb_prop* identifier;
  int64_t time_ms;
} emb_event_options;
#define EMB_EVENT_OPTIONS_INIT \
  { sizeof(emb_event_options), EMB_PRIORITY_NORMAL, NULL, EMB_NOW }

/* The same for hosts without the macro. EMB_STATUS_INVALID_ARGUMENT: `options` is NULL, or no
 * header can have this size. */
EMB_API int32_t emb_event_options_init(emb_event_options* options, uint32_t struct_size);

/* ---------------------------------------------------------------------------------------------
 * Reports. The host sets struct_size of the outermost struct. */

typedef struct emb_ledger {
  uint32_t struct_size;
  int32_t reserved;
  uint64_t accepted;
  uint64_t delivered;
  uint64_t rejected;
  uint64_t pending;
  uint64_t dropped[EMB_DROP_REASON_ROOM]; /* by EMB_DROP_REASON_ */
  uint64_t reserved_numbers[4];
} emb_ledger;

/* 0 for NULL. */
EMB_API uint64_t emb_ledger_dropped_total(const emb_ledger* ledger);
EMB_API int32_t emb_ledger_balanced(const emb_ledger* ledger);

typedef struct emb_reason {
  uint32_t struct_size;
  int32_t waiting_for;
  int32_t http_status;
  int32_t reserved;
  int64_t since_ms;
  int64_t next_try_ms;
  char words[256];
  uint64_t reserved_numbers[4];
} emb_reason;

typedef struct emb_stats {
  uint32_t struct_size;
  int32_t waiting_for;
  int64_t waiting_until_ms;
  emb_ledger ledger;
  emb_reason reason;
  uint64_t dead_letters;
  uint64_t refused;
  uint64_t queue_full;
  uint64_t outcomes_lost;
  uint64_t log_lines_lost;
  uint64_t requests;
  uint64_t connections;
  uint64_t in_flight;
  uint64_t store_bytes;
  uint64_t bytes_written;
  uint64_t intake_bytes;
  uint64_t taken_over;
  int32_t store_in_memory;
  int32_t sender;
  int32_t intake_crash_safe;
  int32_t reserved;
} emb_stats;

typedef struct emb_outcome {
  uint32_t struct_size;
  int32_t kind;
  int32_t reason; /* EMB_DROP_REASON_ */
  int32_t http_status;
  uint64_t count;
  int32_t own;
  int32_t reserved;
  char event_id[40];
  char event_name[104];
  char message[256];
} emb_outcome;

typedef struct emb_log_line {
  uint32_t struct_size;
  int32_t level;
  char text[256];
} emb_log_line;

typedef struct emb_flush_result {
  uint32_t struct_size;
  int32_t waiting_for;
  uint64_t delivered;
  uint64_t rejected;
  uint64_t dropped;
  uint64_t persisted;
  uint64_t pending;
  uint64_t own_pending;
  emb_reason reason;
} emb_flush_result;

typedef struct emb_purge_result {
  uint32_t struct_size;
  int32_t reserved;
  uint64_t in_memory;
  uint64_t stored;
  uint64_t in_flight;
  uint64_t dead_letters;
} emb_purge_result;

/* The texts belong to the list that it was read from, and end with a NUL besides having a size. */
typedef struct emb_dead_letter {
  uint32_t struct_size;
  int32_t http_status;
  int64_t id;
  const char* event_id;
  uint64_t event_id_size;
  const char* event_name;
  uint64_t event_name_size;
  const char* message;
  uint64_t message_size;
  const char* body;
  uint64_t body_size;
} emb_dead_letter;

typedef struct emb_store_bounds {
  uint32_t struct_size;
  int32_t reserved;
  uint64_t max_events;
  uint64_t max_store_bytes;
  uint64_t min_free_bytes;
  uint64_t max_dead_letters;
  int64_t max_age_hours;
  int64_t unidentified_max_age_hours;
  int64_t unknown_user_max_age_hours;
  uint64_t reserved_numbers[4];
} emb_store_bounds;

typedef struct emb_inspection {
  uint32_t struct_size;
  int32_t sends;
  emb_ledger ledger;
  uint64_t dead_letters;
  uint64_t in_memory;
  uint64_t left_over;
  int64_t oldest_ms; /* -1: none is pending */
  emb_reason reason;
  emb_reason last_failure;
  int64_t last_delivery_ms; /* -1: not known */
  emb_store_bounds bounds;
  uint64_t store_bytes;
  uint64_t log_bytes;
  uint64_t free_bytes;
  int32_t consent;
  int32_t consent_required;
  int32_t writable;
  int32_t complete;
} emb_inspection;

/* The texts belong to the list that it was read from. */
typedef struct emb_process_status {
  uint32_t struct_size;
  int32_t sender;
  uint64_t pid;
  const char* version;
  uint64_t version_size;
  emb_reason reason;
  uint64_t in_flight;
  int64_t last_delivery_ms;
  uint64_t in_memory;
  const char* memory_file;
  uint64_t memory_file_size;
  int32_t consent;
  int32_t consent_required;
} emb_process_status;

/* Lists that the library has made. They do not change, and need no agent. */
typedef struct emb_dead_letter_list emb_dead_letter_list;
typedef struct emb_process_list emb_process_list;

/* The number of items; 0 for NULL. */
EMB_API uint64_t emb_dead_letter_list_size(const emb_dead_letter_list* list);
EMB_API uint64_t emb_process_list_size(const emb_process_list* list);
/* Fills *out with the item. EMB_STATUS_NOT_FOUND: there is no item `index`. */
EMB_API int32_t emb_dead_letter_list_get(const emb_dead_letter_list* list, uint64_t index,
                                         emb_dead_letter* out, emb_status* status);
EMB_API int32_t emb_process_list_get(const emb_process_list* list, uint64_t index,
                                     emb_process_status* out, emb_status* status);
/* Frees the list and the texts of its items; NULL is ignored. */
EMB_API void emb_dead_letter_list_free(emb_dead_letter_list* list);
EMB_API void emb_process_list_free(emb_process_list* list);

/* ---------------------------------------------------------------------------------------------
 * Config: emb_start copies it with all that it points to. */

typedef struct emb_header {
  uint32_t struct_size;
  int32_t reserved;
  const char* name;
  uint64_t name_size;
  const char* value;
  uint64_t value_size;
} emb_header;

/* `outcome` and `line` are valid only within the call. See "Threads" above. */
typedef void (*emb_outcome_callback)(void* user_data, const emb_outcome* outcome);
typedef void (*emb_log_callback)(void* user_data, const emb_log_line* line);
typedef void (*emb_thread_callback)(void* user_data);

/* Parts of the host's own; embeddables/parts.h is their manual, and its words hold here too.
 * emb_start copies the structs. The functions are called on the agent's thread (those of the clock
 * on any) and must stay valid, with their user_data, until emb_shutdown has returned EMB_STATUS_OK.
 * Hosts that die when a foreign thread calls in set config.pump. */

enum {
  EMB_HTTP_ERROR_NONE = 0,
  EMB_HTTP_ERROR_RESOLVE = 1,
  EMB_HTTP_ERROR_CONNECT = 2,
  EMB_HTTP_ERROR_TLS = 3,
  EMB_HTTP_ERROR_TIMEOUT = 4,
  EMB_HTTP_ERROR_BROKEN = 5
};
EMB_API const char* emb_http_error_name(int32_t error);

/* One request and the way back for its answer. */
typedef struct emb_exchange emb_exchange;

/* The texts end with a NUL besides having a size, and belong to the exchange. */
typedef struct emb_http_request {
  uint32_t struct_size;
  int32_t head;
  int32_t fresh_connection;
  int32_t http1_only;
  const char* url;
  uint64_t url_size;
  const emb_header* headers;
  uint64_t headers_count;
  const char* body;
  uint64_t body_size;
  int64_t connect_timeout_ms;
  int64_t timeout_ms;
  uint64_t most_answer_bytes;
} emb_http_request;

/* The library copies the texts. */
typedef struct emb_http_answer {
  uint32_t struct_size;
  int32_t error; /* EMB_HTTP_ERROR_ */
  int32_t status;
  int32_t tls_verified;
  const char* error_text;
  uint64_t error_text_size;
  const char* date;
  uint64_t date_size;
  const char* retry_after;
  uint64_t retry_after_size;
  const char* body;
  uint64_t body_size;
} emb_http_answer;
#define EMB_HTTP_ANSWER_INIT                                                        \
  {                                                                                 \
    sizeof(emb_http_answer), EMB_HTTP_ERROR_NONE, 0, 0, NULL, EMB_TERMINATED, NULL, \
        EMB_TERMINATED, NULL, EMB_TERMINATED, NULL, EMB_TERMINATED                  \
  }

/* Any thread, at any time, until emb_exchange_free; none blocks. *out is valid until then. */
EMB_API int32_t emb_exchange_request(const emb_exchange* exchange, emb_http_request* out,
                                     emb_status* status);
EMB_API int32_t emb_exchange_answer(emb_exchange* exchange, const emb_http_answer* answer,
                                    emb_status* status);
/* 0: no answer counts any more; also for NULL. */
EMB_API int32_t emb_exchange_wanted(const emb_exchange* exchange);
/* Names it to `cancel`. No two that the host keeps, or the agent waits for, have the same; 0 for
 * NULL. */
EMB_API uint64_t emb_exchange_id(const emb_exchange* exchange);
/* NULL is ignored. It needs no answer, and no agent that is still there. */
EMB_API void emb_exchange_free(emb_exchange* exchange);

/* Not 0: the request is under way, and `exchange` is the host's, to be freed with
 * emb_exchange_free. 0: it could not be begun; the library frees it. */
typedef int32_t (*emb_begin_callback)(void* user_data, emb_exchange* exchange);
/* `id` is that of emb_exchange_id; the exchange may be freed already. */
typedef void (*emb_cancel_callback)(void* user_data, uint64_t id);
typedef void (*emb_close_callback)(void* user_data);
typedef int64_t (*emb_number_callback)(void* user_data);
typedef const char* (*emb_text_callback)(void* user_data);

typedef struct emb_transport {
  uint32_t struct_size;
  int32_t answers_between_calls;
  void* user_data;
  emb_begin_callback begin;
  emb_cancel_callback cancel;
  emb_number_callback poll; /* returns ms, or EMB_NEVER; NULL: only answers wake the agent */
  emb_close_callback close_connections; /* may be NULL */
  void* reserved_pointer;
} emb_transport;

typedef struct emb_clock {
  uint32_t struct_size;
  int32_t reserved;
  void* user_data;
  emb_number_callback wall_ms;
  emb_number_callback since_boot_ms;
  emb_number_callback asleep_ms; /* NULL: it never sleeps */
  emb_text_callback boot_id;     /* NULL: not known; its text is copied */
  void* reserved_pointer;
} emb_clock;

typedef struct emb_config {
  uint32_t struct_size;
  uint32_t abi_version;

  const char* project_id;
  uint64_t project_id_size;
  const char* embeddable_id;
  uint64_t embeddable_id_size;
  const char* api_key;
  uint64_t api_key_size;
  const char* base_url;
  uint64_t base_url_size;
  const emb_header* extra_headers;
  uint64_t extra_headers_count;
  const char* proxy;
  uint64_t proxy_size;
  const char* ca_file;
  uint64_t ca_file_size;
  const char* ca_pem;
  uint64_t ca_pem_size;
  const char* pinned_public_key;
  uint64_t pinned_public_key_size;
  int32_t http_version;
  int32_t allow_plain_http;
  int64_t connect_timeout_ms;
  int64_t request_timeout_ms;
  int32_t monitor_network;

  int32_t memory_fallback;
  int32_t store_only;
  int32_t crash_safe_intake;
  const char* store_path;
  uint64_t store_path_size;
  const char* memory_folder;
  uint64_t memory_folder_size;

  const emb_prop* common_props;
  uint64_t common_props_count;
  const char* event_id_key;
  uint64_t event_id_key_size;
  uint64_t max_event_bytes;

  int64_t max_events; /* from here to unknown_user_max_age_hours: EMB_AS_STORED or a number */
  int64_t max_store_bytes;
  int64_t min_free_bytes;
  int64_t max_dead_letters;
  int64_t max_age_hours;
  int64_t unidentified_max_age_hours;
  int64_t unknown_user_max_age_hours;
  uint64_t max_volatile_events;
  uint64_t intake_bytes;

  int64_t persist_interval_ms;
  int64_t immediate_timeout_ms;
  int64_t flush_interval_ms;
  int64_t backoff_initial_ms;
  int64_t backoff_max_ms;
  int64_t max_retry_after_ms;
  int64_t credentials_retry_ms;
  int64_t unknown_user_retry_ms;
  uint32_t batch_events;
  uint32_t max_in_flight;
  int32_t durability;

  int32_t consent_policy;

  emb_outcome_callback on_outcome; /* NULL: pull them */
  void* on_outcome_user_data;
  emb_log_callback on_log;
  void* on_log_user_data;
  int32_t log_level;
  int32_t delivered_outcomes;
  uint64_t outcome_capacity;

  uint64_t thread_stack_bytes;
  int32_t pump;
  int32_t reserved;

  emb_thread_callback on_thread_start;
  emb_thread_callback on_thread_stop;
  void* on_thread_user_data;
  const emb_transport* transport; /* NULL: libcurl, if the library was built with it */
  const emb_clock* clock;         /* NULL: the system's */
} emb_config;

/* Sets all fields to their defaults. Pass sizeof(emb_config) and EMB_ABI_VERSION of the host's own
 * header: the library may have another one. EMB_STATUS_INVALID_ARGUMENT: `config` is NULL, or no
 * header can have this size. */
EMB_API int32_t emb_config_init(emb_config* config, uint32_t struct_size, uint32_t abi_version);

/* ---------------------------------------------------------------------------------------------
 * Life */

typedef struct emb_agent emb_agent;

/* Blocks for the disk. On success *agent is the host's until emb_destroy; on failure it is NULL.
 * EMB_STATUS_INVALID_ARGUMENT also if config->abi_version is not emb_abi_version().
 * EMB_STATUS_STORE_UNUSABLE also if another agent of the process has the store, whichever copy of
 * the library it is of, and whichever SQLite that has; agent.h, "Processes", says by what the
 * copies know each other. */
EMB_API int32_t emb_start(const emb_config* config, emb_agent** agent, emb_status* status);

/* Blocks at most 1 s, to store the events in memory. No other call may be under way on this agent
 * or come after it, except that a callback may make it; callbacks then go on until on_thread_stop,
 * or with config.pump until the outermost call returns. NULL is ignored. In a forked child it frees
 * nothing that the parent has. */
EMB_API void emb_destroy(emb_agent* agent);

/* Blocks. It ends the agent, and calls after it return EMB_STATUS_NOT_RUNNING; the handle stays
 * valid until emb_destroy. `result` may be NULL, here and below. */
EMB_API int32_t emb_shutdown(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                             emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Events. These block only with EMB_DURABILITY_IMMEDIATE (emb_track), and allocate nothing but to
 * check raw JSON. Props and texts are needed only during the call; `options` may be NULL, as may
 * `props` if `count` is 0. */

EMB_API int32_t emb_track(emb_agent* agent, const char* name, const emb_prop* props, uint64_t count,
                          const emb_event_options* options, emb_status* status);
EMB_API int32_t emb_track_n(emb_agent* agent, const char* name, uint64_t name_size,
                            const emb_prop* props, uint64_t count, const emb_event_options* options,
                            emb_status* status);

EMB_API int32_t emb_identify(emb_agent* agent, const char* key, const char* text,
                             emb_status* status);
EMB_API int32_t emb_identify_n(emb_agent* agent, const char* key, uint64_t key_size,
                               const char* text, uint64_t text_size, emb_status* status);
/* For a value that is no text: an integer. */
EMB_API int32_t emb_identify_prop(emb_agent* agent, const emb_prop* identifier, emb_status* status);
EMB_API int32_t emb_reset(emb_agent* agent, emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Disk and network. The three with a timeout block. */

EMB_API int32_t emb_persist(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                            emb_status* status);
EMB_API int32_t emb_flush(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                          emb_status* status);
EMB_API int32_t emb_suspend(emb_agent* agent, int64_t timeout_ms, emb_flush_result* result,
                            emb_status* status);
EMB_API int32_t emb_pause(emb_agent* agent, emb_status* status);
EMB_API int32_t emb_resume(emb_agent* agent, emb_status* status);
EMB_API int32_t emb_set_network_state(emb_agent* agent, int32_t state, emb_status* status);
EMB_API int32_t emb_set_api_key(emb_agent* agent, const char* key, emb_status* status);
EMB_API int32_t emb_set_api_key_n(emb_agent* agent, const char* key, uint64_t key_size,
                                  emb_status* status);
EMB_API int32_t emb_set_wall_clock(emb_agent* agent, int64_t now_ms, emb_status* status);

/* With config.pump: works on this thread for about `budget_ms`, and does not wait. `next_ms` may be
 * NULL. */
EMB_API int32_t emb_pump(emb_agent* agent, int64_t budget_ms, int64_t* next_ms, emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Consent. EMB_CONSENT_DENIED blocks up to `timeout_ms`, the other values do not. `purged` may be
 * NULL. */

EMB_API int32_t emb_set_consent(emb_agent* agent, int32_t consent, emb_purge_result* purged,
                                int64_t timeout_ms, emb_status* status);
EMB_API int32_t emb_get_consent(const emb_agent* agent, int32_t* consent, emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * What became of events. These do not block. */

/* Moves up to `capacity` of the oldest outcomes (log lines) into the array `out`, whose first
 * element has struct_size set, and their number to *count. */
EMB_API int32_t emb_poll_outcomes(emb_agent* agent, emb_outcome* out, uint64_t capacity,
                                  uint64_t* count, emb_status* status);
EMB_API int32_t emb_poll_log(emb_agent* agent, emb_log_line* out, uint64_t capacity,
                             uint64_t* count, emb_status* status);
EMB_API int32_t emb_get_stats(const emb_agent* agent, emb_stats* stats, emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Dead letters and removal. These block up to `timeout_ms`. */

/* *list becomes the host's; free it with emb_dead_letter_list_free. On failure it is NULL. */
EMB_API int32_t emb_dead_letters(emb_agent* agent, emb_dead_letter_list** list, uint64_t limit,
                                 int64_t after, int64_t timeout_ms, emb_status* status);
/* `requeued` may be NULL. */
EMB_API int32_t emb_requeue(emb_agent* agent, int64_t id, uint64_t* requeued, int64_t timeout_ms,
                            emb_status* status);
EMB_API int32_t emb_purge(emb_agent* agent, emb_purge_result* purged, int64_t timeout_ms,
                          emb_status* status);

/* ---------------------------------------------------------------------------------------------
 * Looking at a store without an agent. All but emb_store_path block for the disk, at most 10 s. */

/* *processes becomes the host's, to be freed with emb_process_list_free; `processes` may be NULL.
 * On failure it is NULL. */
EMB_API int32_t emb_inspect(const char* store_path, emb_inspection* out,
                            emb_process_list** processes, emb_status* status);
EMB_API int32_t emb_inspect_n(const char* store_path, uint64_t store_path_size, emb_inspection* out,
                              emb_process_list** processes, emb_status* status);
EMB_API int32_t emb_inspect_dead_letters(const emb_config* config, emb_dead_letter_list** list,
                                         uint64_t limit, int64_t after, emb_status* status);
/* Writes the path and its NUL to `path`, if `capacity` bytes are enough, and its length without the
 * NUL to *size, if that is not NULL, in any case. EMB_STATUS_INVALID_ARGUMENT: there is no path, or
 * too little room; 489 bytes are enough for every path that a store may have. */
EMB_API int32_t emb_store_path(const emb_config* config, char* path, uint64_t capacity,
                               uint64_t* size, emb_status* status);

#ifdef __cplusplus
}
#endif

#endif /* EMBEDDABLES_AGENT_C_H_ */
