// embeddables-agent: sends custom events to the Embeddables events endpoint.
//
//   Config config;
//   config.project_id = "pr_...";
//   config.api_key = "rk_...";
//   config.embeddable_id = "flow_...";
//   std::unique_ptr<Agent> agent;
//   Status s = Agent::Start(config, &agent);
//   agent->Identify("email", "a@b.c");
//   agent->Track("level_complete", {{"level", 3}, {"score", 1200}, {"difficulty", "hard"}});
//   agent->Shutdown(2s);
//
// Track copies an event into a bounded queue in memory and returns. One background thread sends
// events from the queue when the network allows, moves events that are not delivered within
// persist_interval into an SQLite file, and sends the file's events, oldest first.
// The queue outlives the process (see crash_safe_intake): a crash or a kill loses nothing that
// Track has accepted, a power cut only events that are younger than persist_interval.
// An event leaves queue and file only when the server has confirmed it, the server has rejected it,
// or a bound that you set made room; each of these is counted, so that at any moment, across
// restarts and crashes,
//
//   accepted = delivered + rejected + dropped + pending        (see Ledger)
//
// Delivery is at least once: a connection that breaks between request and answer, an HTTP/2 stream
// that the server resets right after its answer, or a process killed there, can make the server see
// an event twice. Each event carries an id by which to recognise it.
//
// Memory: Track, Identify and Reset use the memory that Start has allocated and allocate none
// themselves, except to check raw JSON. Start returns kOutOfMemory if the system or SQLite has
// none. If SQLite runs out of memory later, that is a failure of the store like a full disk: it is
// reported and tried again, and nothing is lost. If operator new fails, the new_handler of your
// program decides, as everywhere in it; by default std::bad_alloc ends the process, and the events
// that Track had accepted are there at the next start. Do not catch it around a call that may
// block: the library is compiled without exceptions, and would stay in the middle of that call.
//
// Threads: every function of Agent may be called from any thread at any time, unless it says
// otherwise. Only functions that take a timeout, Start, the destructor and those that look at a
// store without an Agent may block (and Track where you chose Durability::kImmediate); Pump waits
// for one transaction at most. Nothing else throws, and no callback may throw or end its thread: an
// exception that leaves a callback ends the process, or with Config::pump leaves an agent that does
// nothing any more. A thread that is cancelled (pthread_cancel) while it is in a call leaves the
// call first, as it would have; the agent's own thread cannot be cancelled.
// Times are std::chrono durations; texts are UTF-8; views need to be valid only during the call.
//
// The agent's thread, whichever thread calls Start, has the ordinary scheduling class, a nice
// value not below that of the process's first thread, the processors of that thread, no traps for
// floating-point errors, and thread_stack_bytes of stack beside the program's thread-locals. Every
// signal is blocked there except those of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP,
// SIGSYS, SIGABRT): your handler sees one in a callback or a library. If your program calls setuid,
// chroot, umask or setrlimit, the agent goes on with the files that are open; an outcome reports
// files that it cannot open or write any more.
//
// Processes: several may use one store, each with its own Agent; all store, one sends, and when it
// dies another does within 10 s, an idle one with its next event. In a process a store has one
// Agent, whichever copy of this library it is of, and whichever SQLite that has: the second Start
// returns kStoreUnusable, and so does Inspect of a copy that has no Agent there, for two copies of
// SQLite in a process take away each other's locks. On Linux the copies know each other by an open
// file in memory, from memfd_create or, where a sandbox forbids that, from /dev/shm; without /proc
// it must be one of the first 65,536 descriptors. Where there is neither, nothing is refused, and a
// process that gives two copies one store may crash.
//
// While an Agent lives, do not open the store's files there by yourself, to copy them, say: closing
// one takes away SQLite's locks, and the next process to open the store may cut a file off under
// yours, which crashes it (SIGBUS). Copy after Shutdown, or from a process without an Agent. Nor
// close descriptors that are not yours (closefrom, close_range) between Start and Shutdown: what
// you open next would get their numbers, and the store's bytes.
//
// fork: in the child every call of the parent's Agent returns kNotRunning and its destructor does
// nothing; the child may start its own. To make that possible, fork waits at most 100 ms for a step
// of the agent's thread, or a Start on another thread, to end; if it has waited in vain, the
// child's own Start returns kNotRunning. A callback must not fork.
//
// Environment: Start reads it, on its caller's thread. Afterwards your program may change it: no
// thread of the agent reads it, except for the variables that the C library itself reads when it
// looks up a host name (RES_OPTIONS, LOCALDOMAIN and the like; on a short-lived thread of
// libcurl's). A base_url with an address instead of a name avoids that. Locale: the agent's thread
// has the one that the process had when Start was called, with the system's messages in English;
// callbacks run in it.
//
// exit: events in memory are stored first if that takes no more than 100 ms; call Shutdown to be
// sure of it, or leave it to the next start (crash_safe_intake). exit waits at most 2 s for a call
// of libcurl, or of your own transport, that is under way (libcurl's never wait themselves), and
// not for a Start on another thread. If a signal's handler calls exit in the middle of a call, what
// is in memory may be left to the next start.

#ifndef EMBEDDABLES_AGENT_H_
#define EMBEDDABLES_AGENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "embeddables/export.h"

// For compilers that find views which outlive the viewed object.
#if defined(__has_cpp_attribute)
#if __has_cpp_attribute(clang::lifetimebound)
#define EMBEDDABLES_LIFETIMEBOUND [[clang::lifetimebound]]
#elif __has_cpp_attribute(msvc::lifetimebound)
#define EMBEDDABLES_LIFETIMEBOUND [[msvc::lifetimebound]]
#endif
#if __has_cpp_attribute(gsl::Pointer)
#define EMBEDDABLES_VIEW [[gsl::Pointer]]
#endif
#endif
#ifndef EMBEDDABLES_LIFETIMEBOUND
#define EMBEDDABLES_LIFETIMEBOUND
#endif
#ifndef EMBEDDABLES_VIEW
#define EMBEDDABLES_VIEW
#endif

namespace embeddables {

class HostClock;      // embeddables/parts.h
class HttpTransport;  // embeddables/parts.h

// The version of this library, as sent in User-Agent.
inline constexpr char kVersion[] = "0.1.0";

// ---------------------------------------------------------------------------------------------
// Status: the result of a call. Trivially copyable; making and copying one allocates nothing.

enum class StatusCode : std::uint8_t {
  kOk = 0,
  kInvalidArgument,   // the call's input is not valid; the message names the field
  kQueueFull,         // the intake has no room now; the event was not accepted
  kConsentDenied,     // the person denied consent; the event was not accepted
  kNotRunning,        // before Start, after Shutdown, or in a forked child
  kDeadlineExceeded,  // the timeout passed first; unfinished work stays pending
  kUnavailable,       // nothing can be sent at present; the message and Reason say why
  kCredentials,       // the server refused the API key, or the project or URL is wrong
  kStoreUnusable,     // the store's file cannot be opened or written
  kNotFound,          // there is no such item
  kOutOfMemory,       // there was not enough memory; nothing was changed
};

class EMBEDDABLES_API Status {
 public:
  Status() : code_(StatusCode::kOk) { message_[0] = '\0'; }
  // `message` and `detail` are copied, cut to fit, and joined with ": ".
  Status(StatusCode code, std::string_view message, std::string_view detail = {});

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  // Says what is wrong and what to do next; empty if ok. Valid as long as this Status.
  const char* message() const { return message_; }

 private:
  StatusCode code_;
  char message_[239];
};
static_assert(std::is_trivially_copyable<Status>::value, "Status is passed by value everywhere");

// ---------------------------------------------------------------------------------------------
// Props: the content of an event.

// JSON that the host has written itself; see Raw().
struct RawJson {
  std::string_view text;
};

template <class T>
struct IsCharacter : std::false_type {};
template <>
struct IsCharacter<char> : std::true_type {};
template <>
struct IsCharacter<wchar_t> : std::true_type {};
template <>
struct IsCharacter<char16_t> : std::true_type {};
template <>
struct IsCharacter<char32_t> : std::true_type {};

// One plain value. Integers stay integers on the wire, an enum becomes its number, a long double is
// rounded to a double. NaN and infinities become null, bytes that are not UTF-8 become U+FFFD. A
// Value is a view: texts must be valid until the call that takes it returns, so do not keep one; a
// PropList owns its texts.
class EMBEDDABLES_VIEW Value {
 public:
  enum class Type : std::uint8_t { kNull, kBool, kInt, kUint, kDouble, kString, kRaw };

  constexpr Value() : Value(nullptr) {}
  constexpr Value(std::nullptr_t) : type_(Type::kNull), int_(0) {}
  constexpr Value(bool value) : type_(Type::kBool), int_(value ? 1 : 0) {}
  template <class T, std::enable_if_t<std::is_integral<T>::value && std::is_signed<T>::value &&
                                          !std::is_same<T, bool>::value && !IsCharacter<T>::value,
                                      int> = 0>
  constexpr Value(T value) : type_(Type::kInt), int_(value) {}
  template <class T, std::enable_if_t<std::is_integral<T>::value && std::is_unsigned<T>::value &&
                                          !std::is_same<T, bool>::value && !IsCharacter<T>::value,
                                      int> = 0>
  constexpr Value(T value) : type_(Type::kUint), uint_(value) {}
  template <class T, std::enable_if_t<std::is_enum<T>::value, int> = 0>
  constexpr Value(T value)
      : Value(static_cast<std::conditional_t<std::is_signed<std::underlying_type_t<T>>::value,
                                             std::int64_t, std::uint64_t>>(value)) {}
  constexpr Value(double value) : type_(Type::kDouble), double_(value) {}
  constexpr Value(float value) : Value(static_cast<double>(value)) {}
  constexpr Value(long double value) : Value(static_cast<double>(value)) {}
  constexpr Value(std::string_view text EMBEDDABLES_LIFETIMEBOUND)
      : type_(Type::kString), int_(0), text_(text) {}
  Value(const std::string& text EMBEDDABLES_LIFETIMEBOUND) : Value(std::string_view(text)) {}
  // A null pointer is the JSON null.
  constexpr Value(const char* text EMBEDDABLES_LIFETIMEBOUND) : type_(Type::kNull), int_(0) {
    if (text != nullptr) *this = Value(std::string_view(text));
  }
  constexpr Value(RawJson json) : type_(Type::kRaw), int_(0), text_(json.text) {}
  template <class T, std::enable_if_t<!std::is_same<std::remove_cv_t<T>, char>::value, int> = 0>
  Value(T*) = delete;  // a pointer is not a bool
  template <class T, std::enable_if_t<IsCharacter<T>::value, int> = 0>
  constexpr Value(T) : Value() {
    static_assert(!IsCharacter<T>::value,
                  "a character could be a number or a text: write int{c}, or "
                  "std::string_view(&c, 1) for a char that outlives the call");
  }

  constexpr Type type() const { return type_; }
  constexpr bool as_bool() const { return int_ != 0; }
  constexpr std::int64_t as_int() const { return int_; }
  constexpr std::uint64_t as_uint() const { return uint_; }
  constexpr double as_double() const { return double_; }
  constexpr std::string_view text() const { return text_; }  // kString, kRaw

 private:
  Type type_;
  union {
    std::int64_t int_;
    std::uint64_t uint_;
    double double_;
  };
  std::string_view text_;
};

// Objects, arrays and ready-made JSON: {"items", Raw("[1,2,3]")}. The call that takes it checks it
// (this may allocate); at most 16 levels deep. Text that is not JSON is refused, and the message
// names the prop.
constexpr Value Raw(std::string_view json EMBEDDABLES_LIFETIMEBOUND) {
  return Value(RawJson{json});
}

// One key and its value. It is a view, like Value.
struct EMBEDDABLES_VIEW Prop {
  enum class Group : std::uint8_t { kPlain, kMetric, kDimension };

  constexpr Prop(std::string_view k EMBEDDABLES_LIFETIMEBOUND, Value v EMBEDDABLES_LIFETIMEBOUND)
      : key(k), value(v) {}
  constexpr Prop(std::string_view k EMBEDDABLES_LIFETIMEBOUND, Value v EMBEDDABLES_LIFETIMEBOUND,
                 Group g)
      : key(k), value(v), group(g) {}

  std::string_view key;  // 1 to 100 bytes; each key once in an event
  Value value;
  Group group = Group::kPlain;
};

// The vendor analyses numbers under `payload_metrics` and strings under `payload_dimensions`:
//   Track("run_ended", {Metric("seconds", 61.5), Dimension("mode", "hard")})
constexpr Prop Metric(std::string_view key EMBEDDABLES_LIFETIMEBOUND,
                      Value number EMBEDDABLES_LIFETIMEBOUND) {
  return Prop(key, number, Prop::Group::kMetric);
}
constexpr Prop Dimension(std::string_view key EMBEDDABLES_LIFETIMEBOUND,
                         Value text EMBEDDABLES_LIFETIMEBOUND) {
  return Prop(key, text, Prop::Group::kDimension);
}

// Props that own their texts, for lists that are built over time or kept. Making one and adding to
// it allocates; Track with one does not. It is as thread-safe as std::vector.
class EMBEDDABLES_API PropList {
 public:
  PropList() = default;
  PropList(std::initializer_list<Prop> props);
  PropList(const PropList& other);
  PropList(PropList&& other) noexcept = default;
  PropList& operator=(const PropList& other);
  PropList& operator=(PropList&& other) noexcept = default;
  ~PropList() = default;

  // Copies the key and texts. Returns the list itself.
  PropList& Add(const Prop& prop);
  PropList& Add(std::string_view key, Value value) { return Add(Prop(key, value)); }
  void clear();

  const Prop* data() const EMBEDDABLES_LIFETIMEBOUND { return props_.data(); }
  std::size_t size() const { return props_.size(); }
  bool empty() const { return props_.empty(); }

 private:
  std::string_view Keep(std::string_view text);

  std::vector<Prop> props_;                     // views of texts_
  std::vector<std::unique_ptr<char[]>> texts_;  // one block each, so that none moves
};

// Is this a contiguous list of props: PropList, std::vector, std::array, an array? An initializer
// list does not count: its elements end with its expression.
template <class List, class = void>
struct IsPropSequence : std::false_type {};
template <class List>
struct IsPropSequence<List, std::enable_if_t<std::is_convertible<
                                decltype(std::data(std::declval<List&>())), const Prop*>::value>>
    : std::true_type {};
template <>
struct IsPropSequence<std::initializer_list<Prop>> : std::false_type {};

// A view of a list of props: of a sequence that outlives it, or of a pointer and a length.
class EMBEDDABLES_VIEW Props {
 public:
  constexpr Props() = default;
  // This is a template because otherwise two strings in braces would be taken for a vector's two
  // iterators.
  template <class List, std::enable_if_t<IsPropSequence<std::remove_const_t<List>>::value, int> = 0>
  constexpr Props(List& list EMBEDDABLES_LIFETIMEBOUND)
      : data_(std::data(list)), size_(std::size(list)) {}
  constexpr Props(const Prop* data EMBEDDABLES_LIFETIMEBOUND, std::size_t size)
      : data_(data), size_(size) {}

  constexpr const Prop* begin() const { return data_; }
  constexpr const Prop* end() const { return data_ + size_; }
  constexpr std::size_t size() const { return size_; }

 private:
  const Prop* data_ = nullptr;
  std::size_t size_ = 0;
};

// The person that an event is about: exactly one key and value, as the endpoint demands. The value
// is plain (a string of 1 to 1024 bytes, or an integer); the library turns it into JSON text. An
// Identifier is a view, often kept in EventOptions, so it cannot be made from a temporary string.
struct EMBEDDABLES_VIEW Identifier {
  constexpr Identifier() = default;
  constexpr Identifier(std::string_view k EMBEDDABLES_LIFETIMEBOUND,
                       Value v EMBEDDABLES_LIFETIMEBOUND)
      : key(k), value(v) {}
  template <class Key, class Text,
            std::enable_if_t<std::is_same<std::remove_cv_t<Key>, std::string>::value ||
                                 std::is_same<std::remove_cv_t<Text>, std::string>::value,
                             int> = 0>
  Identifier(Key&&, Text&&) = delete;  // keep the text in a variable of its own

  std::string_view key;  // 1 to 100 bytes, as configured in the vendor's project, e.g. "email"
  Value value;
  bool empty() const { return key.empty(); }
};

enum class Priority : std::uint8_t {
  kVolatile = 0,  // never written to disk; lost with the process, counted as dropped at Shutdown
  kLow = 1,       // dropped first when a bound is reached
  kNormal = 2,
  kCritical = 3,  // stored and sent at once, before all others; dropped last
};

using WallTime = std::chrono::system_clock::time_point;

struct EventOptions {
  Priority priority = Priority::kNormal;
  Identifier identifier;            // for this event alone; empty: as set by Identify
  WallTime time = WallTime::min();  // when it happened; min(): now. Never corrected by the agent
};

// ---------------------------------------------------------------------------------------------
// Reports of the agent.

enum class DropReason : std::uint8_t {
  kRowBound,      // max_events reached
  kByteBound,     // max_store_bytes or min_free_bytes reached
  kAge,           // older than max_age
  kUnidentified,  // nobody was identified within unidentified_max_age
  kConsent,       // purged because consent was denied
  kPurged,        // Purge was called
  kVolatile,      // a volatile event was not delivered before Shutdown or its bound
  kDamaged,       // a stored record could not be read back
  kStoreFailed,   // the store did not take it, and the agent's memory ended with Shutdown
};
inline constexpr std::size_t kDropReasons = 9;
EMBEDDABLES_API const char* Name(DropReason reason);  // e.g. "row_bound"

// The ledger says what became of all events that this store ever accepted, from any process.
//   accepted = delivered + rejected + sum(dropped) + pending
// An event that a bound, or a purge, drops while a request with it is under way counts as dropped,
// although the server may have taken it; a bound does so only in a process that does not send.
struct Ledger {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;  // the server confirmed it
  std::uint64_t rejected = 0;   // the server rejected it: a dead letter
  std::uint64_t dropped[kDropReasons] = {};
  std::uint64_t pending = 0;

  EMBEDDABLES_API std::uint64_t dropped_total() const;
  bool balanced() const { return accepted == delivered + rejected + dropped_total() + pending; }
};

// Why nothing is being sent at this moment.
enum class WaitingFor : std::uint8_t {
  kNothing,       // it is sending, has nothing to send, or collects a batch
  kConsent,       // SetConsent(kGiven)
  kIdentity,      // Identify
  kOffline,       // the host or the platform says there is no network
  kPaused,        // Resume
  kBackoff,       // the events wait for retry times of their own; see Reason::next_try
  kCredentials,   // SetApiKey, or the next slow retry: key, project or URL was refused
  kBreaker,       // no answer came, or only a portal's or a proxy's: one probe at next_try
  kOtherProcess,  // another process on this store sends
  kStore,         // the store, or a file beside it, cannot be used; Reason::words says which
  kUnknownUser,   // the server knows nobody with the events' identifier; tried again slowly
  kServer,        // the server could not take it (5xx, 408, 425, 429) or asked everybody to wait
};
EMBEDDABLES_API const char* Name(WaitingFor waiting_for);  // e.g. "backoff"

// The reason why nothing is sent, in a form that can be shown to people. The words are the server's
// own or, if no server answered, the system's or the agent's: UTF-8 on one line, without control
// characters, the key or the event's identifier. Purge and a denial erase them.
struct Reason {
  WaitingFor waiting_for = WaitingFor::kNothing;
  int http_status = 0;                    // of the answer that caused it; 0: there was none
  std::chrono::milliseconds since{0};     // how long nothing has been delivered for this reason
  std::chrono::milliseconds next_try{0};  // from now on; 0 if unknown or not waiting for a time
  char words[256] = {};
};
static_assert(std::is_trivially_copyable<Reason>::value, "Reason is passed by value everywhere");

struct Stats {
  Ledger ledger;
  // These two are reason.waiting_for and reason.next_try.
  WaitingFor waiting_for = WaitingFor::kNothing;
  std::chrono::milliseconds waiting_until{0};  // from now on; 0 if unknown or not waiting
  std::uint64_t dead_letters = 0;   // rejected events that can still be listed and requeued
  std::uint64_t refused = 0;        // Track calls that this Agent did not accept
  std::uint64_t queue_full = 0;     // the refused calls that found the intake full
  std::uint64_t outcomes_lost = 0;  // outcomes overwritten before PollOutcomes took them
  std::uint64_t log_lines_lost = 0;
  std::uint64_t requests = 0;       // HTTP requests that this Agent has begun
  std::uint64_t connections = 0;    // opened for these requests; 0 with a transport of the host's
  std::uint64_t in_flight = 0;      // requests without an answer yet
  std::uint64_t store_bytes = 0;    // the store's files now, including the write-ahead log
  std::uint64_t bytes_written = 0;  // by this Agent to the store's files since Start
  bool store_in_memory = false;     // memory_fallback is in effect
  bool sender = false;              // this process sends for the store
  bool intake_crash_safe = false;   // crash_safe_intake is in effect; false: plain memory
  std::uint64_t intake_bytes = 0;   // the intake's size, smaller if memory was short
  std::uint64_t taken_over = 0;     // events that this Agent took over from dead processes
  Reason reason;                    // why nothing is being sent
};

enum class OutcomeKind : std::uint8_t {
  kDelivered,       // event: the server confirmed it
  kRejected,        // event: dead letter; http_status and message say why
  kDropped,         // count events were dropped for `reason`
  kUnconfirmed,     // event: a 2xx that is not an Event; tried again slowly
  kUnknownUser,     // event: the server knows nobody with this identifier; tried again slowly
  kCredentials,     // uploading paused: key, project or URL was refused
  kNetwork,         // the network failed, or a portal or proxy answered; see kServer
  kTls,             // TLS failed (certificate, clock); see kServer
  kApiChanged,      // deliveries are confirmed in an unknown form; reported once
  kNearBound,       // 80 % of max_events or max_store_bytes is in use; reported once until below
  kStoreFailed,     // the store cannot be written; message says why. The agent waits for a lock of
                    // another program, and reports it only when it has lasted for 10 s
  kStoreRecovered,  // it can be written again
  kStoreDamaged,    // its file was damaged; count events were lost, message says what was kept
  kServer,          // the server could not take it (5xx, 408, 425, 429). This, a failure of the
                    // network or of TLS, a portal and refused credentials are each reported when
                    // they begin, again only after a delivery, and at most every 15 minutes
  kStoreFile,       // a file beside the store cannot be used; message says which and what to do.
                    // Events are stored; see WaitingFor::kStore for whether they are sent
};
EMBEDDABLES_API const char* Name(OutcomeKind kind);  // e.g. "delivered"

struct Outcome {
  OutcomeKind kind = OutcomeKind::kDelivered;
  DropReason reason = DropReason::kRowBound;  // kDropped
  int http_status = 0;                        // 0: no answer came
  std::uint64_t count = 1;                    // events concerned
  // About one event, which this Agent has tracked. Once the store was salvaged or moved, nobody
  // can tell whose its events are: then also about others' that were stored.
  bool own = false;
  char event_id[37] = {};  // UUID text; empty if not about one event
  char event_name[101] = {};
  char message[256] = {};
};

// kDebug: each change, as a step of the agent leaves it, of the breaker, of whether this process
// sends, of the store's trouble, of consent and of the network; each request with its event, each
// answer (status, first words), and when what failed is tried again. No line holds the key or an
// identifier's value. These lines are made only if log_level asks for them.
enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  char text[256] = {};
};

enum class Consent : std::uint8_t { kUnknown, kGiven, kDenied };

// Is consent required before anything is sent? kAsStored: as the store says, and not in a fresh
// one. The other two are remembered by the store, for all processes on it that heed what it says.
// See Config.
enum class ConsentPolicy : std::uint8_t { kAsStored, kRequired, kNotRequired };

enum class NetworkState : std::uint8_t { kUnknown, kAvailable, kUnavailable };

// The HTTP versions that the agent offers over TLS. kHttp2: HTTP/2, where many requests share a
// connection, or HTTP/1.1, as the server likes. kHttp1: only HTTP/1.1.
enum class HttpVersion : std::uint8_t { kHttp2, kHttp1 };

// Decides when Track returns. kBuffered: at once; the event is in memory and goes to disk if it is
// not delivered within persist_interval (a critical one: at once). kImmediate: when the event is on
// disk and would survive a power cut.
enum class Durability : std::uint8_t { kBuffered, kImmediate };

// A rejected event that is kept for inspection.
struct DeadLetter {
  std::int64_t id = 0;  // for Requeue
  std::string event_id, event_name;
  int http_status = 0;
  std::string message;  // the server's, cut to 200 bytes
  std::string body;     // the request's JSON
};

// The state of the events tracked before a Persist, Flush or Shutdown, at the end of that call.
struct FlushResult {
  std::uint64_t delivered = 0;  // while the call ran
  std::uint64_t rejected = 0;
  std::uint64_t dropped = 0;
  std::uint64_t persisted = 0;  // on disk and still pending
  std::uint64_t pending = 0;    // persisted, or still only in memory
  // Flush and Shutdown: so many of `pending` were tracked by this Agent, not by an earlier one or
  // by another process. It is exact unless the store was salvaged, moved or is only in memory, or
  // the agent had ended before; then it is `pending`.
  std::uint64_t own_pending = 0;
  WaitingFor waiting_for = WaitingFor::kNothing;
  Reason reason;  // more on waiting_for; after Shutdown: why pending events were not sent
};

struct PurgeResult {
  std::uint64_t in_memory = 0;  // events that were not yet stored
  std::uint64_t stored = 0;     // pending events in the store
  std::uint64_t in_flight = 0;  // requests under way, which may have arrived
  std::uint64_t dead_letters = 0;
};

// ---------------------------------------------------------------------------------------------
// Inspection: what a store, and the processes that have it open, tell to one who only looks.

// A process that has the store open and keeps its events in memory that outlives it (see
// Config::crash_safe_intake); others tell nothing of themselves.
struct ProcessStatus {
  std::uint64_t pid = 0;                        // 0: of a version that does not tell
  std::string version;                          // of its library; empty: does not tell
  bool sender = false;                          // it sends for the store
  Reason reason;                                // why it sends nothing
  std::uint64_t in_flight = 0;                  // requests without an answer yet
  std::chrono::milliseconds last_delivery{-1};  // how long ago; -1: none since it has been sending
  Consent consent = Consent::kUnknown;          // as it knows it
  bool consent_required = false;                // for it
  std::uint64_t in_memory = 0;                  // events that are not stored yet
  std::string memory_file;                      // the file in memory where they are
};

// The bounds that belong to the store, as in Config; if nobody has named one, that of a fresh
// store.
struct StoreBounds {
  std::uint64_t max_events = 1'000'000;
  std::uint64_t max_store_bytes = 64u << 20;
  std::uint64_t min_free_bytes = 10u << 20;
  std::uint64_t max_dead_letters = 1000;
  std::chrono::hours max_age{24 * 90};
  std::chrono::hours unidentified_max_age{24 * 7};
  std::chrono::hours unknown_user_max_age{24};
};

struct Inspection {
  // Of the store and of what is still in memory, of live processes and of dead ones.
  Ledger ledger;
  std::uint64_t dead_letters = 0;  // rejected events that can still be listed and requeued
  std::uint64_t in_memory = 0;     // of the pending events: those that are not stored yet
  std::uint64_t left_over =
      0;  // of these: in the memory of dead processes; the next start has them
  std::chrono::milliseconds oldest{-1};  // the age of the oldest pending event; -1: none is pending

  // Does some process send for the store? Then `reason` is the one it gives, or what the store
  // notes of its last failure if it tells nothing of itself. Without one: why nothing could be sent
  // even if one did, as far as the store tells; kNothing if it does not tell.
  bool sends = false;
  Reason reason;
  // The last failure to send, if nothing was delivered since. The store notes it with the next
  // transaction, also for the time when no process runs. `since`: how long ago. `next_try`: so long
  // the server has asked everybody to wait (Retry-After), which no Resume shortens; 0: it has not.
  Reason last_failure;
  std::chrono::milliseconds last_delivery{-1};  // how long ago, to the minute; -1: not known

  Consent consent = Consent::kUnknown;
  bool consent_required = false;  // by the store's or by any live process's word
  StoreBounds bounds;  // in force; a live process may have named one that the store has yet to get

  std::uint64_t store_bytes = 0;  // database, log and reserve
  std::uint64_t log_bytes = 0;    // of these, the write-ahead log
  std::uint64_t free_bytes = 0;   // that the user of this process may still write to the disk
  // Could the store's owner write to its file and folder, as their modes and mount have it?
  bool writable = true;
  // False: memory or lock of the store's owner cannot be read by this user, or all parts changed
  // too fast to fit together, or there is more memory than is read (256 files, 512 MiB). Events
  // that are not stored yet are missing from the ledger (or there twice), processes from the list,
  // and `sends` may be wrong. True says nothing of a process that keeps its memory where this one
  // cannot see it, as in another container.
  bool complete = true;
  std::vector<ProcessStatus> processes;
};

// ---------------------------------------------------------------------------------------------
// Config: a plain struct; Start copies it and checks it.

struct Config {
  // --- Destination. The vendor's ids begin with pr_ and flow_, restricted keys with rk_.
  std::string project_id;
  std::string embeddable_id;
  // The key is kept only in memory, never written to disk, a log or a message. Anybody who has a
  // shipped game or kiosk can read a key in it, so prefer a base_url that leads to your own relay,
  // which adds the key; the key may then be empty.
  std::string api_key;
  // https://host[:port][/path]. Plain http is refused except to loopback, and there with a proxy
  // that is not on this device.
  std::string base_url = "https://api.embeddables.com";
  bool allow_plain_http = false;
  // Sent with each request; must not name headers that the agent sets (Host, Content-Type,
  // Accept-Encoding ...).
  std::vector<std::pair<std::string, std::string>> extra_headers;
  // [scheme://][user:password@]host[:port], with a scheme that libcurl knows: http, https, socks4,
  // socks4a, socks5 or socks5h. In user and password only '%' must be written as %25. Empty:
  // http_proxy, https_proxy, all_proxy and no_proxy in the environment decide when Start is called,
  // but a loopback base_url is reached directly.
  std::string proxy;
  std::string ca_file;  // PEM; empty: the system's
  std::string ca_pem;   // the PEM text itself; wins over ca_file
  // The server's public key, checked in addition to its certificate: "sha256//" and the BASE64 of
  // the SHA-256 of the key (DER, SubjectPublicKeyInfo); several are joined by ';', and any of them
  // will do, so ship the next key's hash with the present one's. A server with another key gets
  // nothing: the outcome is kTls, and the events wait. Only with https. Empty: any key.
  std::string pinned_public_key;
  // Even with kHttp2, only HTTP/1.1 is offered for an hour, or until the network changes, after two
  // connections in a row that never brought an answer: something in between may not pass HTTP/2.
  HttpVersion http_version = HttpVersion::kHttp2;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  // Watch the system's network state (Linux: netlink): nothing is tried, and nothing wakes the
  // device, while no interface has a carrier and an address, or a default route that existed is
  // gone; when the network is back one request goes at once and, if it fails, another a second
  // later (at most these two every 5 s). SetNetworkState overrides this. If the system does not
  // tell, and for a loopback base_url or proxy, there is only backoff. Turn it off if there is a
  // default route that comes and goes but is not needed to reach the endpoint.
  bool monitor_network = true;

  // --- The store. Empty: a folder for this project and embeddable in the user's state directory
  // (Linux: $XDG_STATE_HOME or ~/.local/state). Folders are made 0700, files 0600; a store with
  // wider permissions is corrected, and a log line says so (Windows: folders are made the user's
  // alone, and one that was there decides who may read). It must not be on a network file
  // system, nor on one without shared mappings (some of FUSE). The path has at most 488 bytes, its
  // last name 231. A changed project or embeddable also applies to pending events. A damaged file
  // is set aside as NAME.damaged-N (the two newest are kept, Purge and a denial erase them) and all
  // that can be read of it goes into a fresh one; a file that never was a database is moved to
  // NAME.foreign-N. Another program's database and a newer version's store are refused and left as
  // they are. A write-ahead log is read up to its first damaged frame, as with every user of
  // SQLite: a power cut leaves such logs, too, so this is not reported as damage, and the ledger is
  // exact for the rest. If the file is removed or replaced while it is open, its content moves into
  // the one then at the path, where a later denial, or an open question, stands against its yes. If
  // its log was removed and another process has begun one, what only the log knew as delivered is
  // sent again. A second removal while the content moves is mended by the next start.
  // A relative path, here and elsewhere, starts from the directory that is current at Start.
  //
  // A store that another program has locked is not broken. If the lock is only against writing (a
  // transaction of somebody's sqlite3), the store is read as usual; tracked events wait in the
  // intake, and can be sent from there. If it is against reading as well, the store is opened
  // later: until then the agent reports WaitingFor::kStore, consent counts as unknown and required,
  // and nothing is sent. If it then turns out that consent was denied, events tracked meanwhile are
  // erased and counted; if the store cannot be used (a newer version's), the outcome is
  // kStoreFailed. Only the calls with a timeout wait for the lock, and Track with kImmediate.
  std::string store_path;
  // If the store cannot be opened: go on in memory, and keep trying. Not for a lock. See
  // consent_policy for what then is sent.
  bool memory_fallback = false;
  // Open the store but never send, for tools. Ids and key may be empty.
  bool store_only = false;

  // --- Events.
  // Added to each event; the event's own prop with the same key wins.
  PropList common_props;
  std::string event_id_key = "event_id";    // the prop that carries the event id; empty: none
  std::size_t max_event_bytes = 32 * 1024;  // name, keys and values; 1 KiB to 256 KiB

  // --- Bounds. When one is reached, the oldest events of the lowest priority are dropped and
  // counted. The bounds that are empty here belong to the store, and hold for all processes on it,
  // except for those with an earlier version of this library, which knows only its own Config.
  // Empty means the store's own: a tool that is started with defaults beside a service changes
  // nothing. A value becomes the store's when Start opens it, and the last one named wins: agents
  // that are running learn it with the next change of the store that they see. A stricter value is
  // told before anything is dropped for it, by a line of the log (a warning), and is then reached
  // in steps. 0 is a value like any other, where it is in range. A fresh store has the values that
  // are given as "fresh"; a store of an earlier version, which remembers none, gets those or, if
  // that is more, what it holds, so that opening it drops nothing. Purge and a repair keep them.
  std::optional<std::uint64_t> max_events;        // fresh: 1,000,000
  std::optional<std::uint64_t> max_store_bytes;   // database, log, reserve; at least 1 MiB; fresh:
                                                  // 64 MiB
  std::optional<std::uint64_t> min_free_bytes;    // leave this much of the disk to others; fresh:
                                                  // 10 MiB
  std::optional<std::uint64_t> max_dead_letters;  // the oldest are forgotten first, but stay in the
                                                  // ledger; fresh: 1000
  // An event's age is told by a clock that wall-clock jumps cannot move.
  std::optional<std::chrono::hours> max_age;               // fresh: 90 days
  std::optional<std::chrono::hours> unidentified_max_age;  // of events of nobody; fresh: 7 days
  // After this time the events of a person whom the server does not know become dead letters.
  std::optional<std::chrono::hours> unknown_user_max_age;  // fresh: 24 hours
  // These two are this agent's own.
  std::uint64_t max_volatile_events = 1000;
  std::size_t intake_bytes = 4u << 20;  // memory between Track and the store; 64 KiB to 256 MiB,
                                        // and at least twice max_event_bytes
  // Everything that Track, Identify and Reset have accepted outlives a crash or a kill at any
  // instruction: the intake is a private file in memory (Linux: in a tmpfs). The next agent that
  // starts on the store, or becomes its sender, takes over the content, each event once; volatile
  // events end with their process, counted as dropped. It costs a call nothing. If there is less
  // room than intake_bytes, the intake takes what there is, at least 256 KiB; without that, and
  // while the store is only in memory (memory_fallback), it is plain memory, as with false: see
  // Stats::intake_crash_safe. Device, system and the file must stay: a power cut or a reboot takes
  // the file, as does the end of a container with its /dev/shm, or a logout with the user's session
  // (systemd's KillUserProcesses= and RemoveIPC=). On Windows, signing out and a shutdown with Fast
  // Startup count as a reboot. Each costs only events younger than persist_interval. Call Persist
  // or Shutdown on SIGTERM, and on WM_QUERYENDSESSION. If the file is removed under a running
  // agent, events in memory are stored at once, and from then on the intake is plain memory: events
  // are stored after at most 250 ms, and Stats and log say so. A copy of the store takes over
  // nothing while the original is in its place. The memory of a store that was deleted is erased by
  // a Purge, a denial or a new store at its path, else after its max_age, once its folder is seen
  // to be there without the store.
  bool crash_safe_intake = true;
  // Where to keep that file: an existing folder in a tmpfs, e.g. systemd's RuntimeDirectory. If it
  // is empty, or cannot be used (a warning says so): $XDG_RUNTIME_DIR, /dev/shm, /run/user/UID. The
  // agent looks for left-over files in all of these, whatever the environment then says, and where
  // other processes on the store have had theirs.
  std::string memory_folder;

  // --- Pace. `persist_interval` bounds how much a power cut can take (critical events are stored
  // at once); a crash can take as much if the intake is plain memory, where the default means 250
  // ms. Each commit is an fsync: a longer interval spares flash. With a crash-safe intake, an
  // interval of at least flush_interval plus a second lets events be sent before they are stored:
  // an event that is delivered in time never touches the disk, and is counted there later, with the
  // next commit or within 10 minutes. Events that a power cut then takes are missing from the
  // ledger, too. With an interval of at most flush_interval minus a second, each event is stored
  // first. An interval between the two is refused, unless it is below a second, when events are
  // always stored first.
  std::chrono::milliseconds persist_interval{5'000};
  // kImmediate makes Track wait for the disk, for one fsync or a few: for events that must never be
  // lost, from threads that may wait. Callers that come together share one commit, so many threads
  // lose little. Track waits at most `immediate_timeout`; see there for what it then returns.
  Durability durability = Durability::kBuffered;
  std::chrono::milliseconds immediate_timeout{5'000};
  // Send when so many events wait (those not yet stored are counted every flush_interval) ...
  std::uint32_t batch_events = 100;
  std::chrono::milliseconds flush_interval{2'000};  // ... or when the first has waited this long
  // The number of requests at once; 1 to 256. After no answer, a portal's page or two answers in a
  // row that are 5xx or broken, new requests use new connections, one set per step of the backoff.
  std::uint32_t max_in_flight = 8;
  std::chrono::milliseconds backoff_initial{1'000};
  std::chrono::milliseconds backoff_max{15 * 60'000};
  std::chrono::milliseconds max_retry_after{60 * 60'000};    // a longer Retry-After is cut to this
  std::chrono::milliseconds credentials_retry{15 * 60'000};  // between tries while refused
  std::chrono::milliseconds unknown_user_retry{15 * 60'000};

  // --- Consent. Where it is required nothing is sent before SetConsent(kGiven); elsewhere events
  // are sent until SetConsent(kDenied). The store remembers the answer and, for all processes on
  // it, whether one is required. kRequired holds from then on, also for agents that say nothing,
  // until a host says kNotRequired: no restart or Purge forgets it, and if a repair cannot read it,
  // kAsStored means required. SetConsent(kUnknown) asks anew. Earlier versions know only their own
  // Config. While the store is only in memory (memory_fallback), kAsStored means required if
  // something is at the store's path, because that may be a store that says so or where consent
  // was denied; else not required.
  ConsentPolicy consent_policy = ConsentPolicy::kAsStored;

  // --- Streams. Without a callback, pull them with PollOutcomes and PollLog. Callbacks run on the
  // agent's thread; they must be quick and may call anything except the blocking functions (those
  // return kInvalidArgument there).
  std::function<void(const Outcome&)> on_outcome;
  std::function<void(const LogLine&)> on_log;
  LogLevel log_level = LogLevel::kInfo;
  bool delivered_outcomes = true;      // false: no outcome for each delivery
  std::size_t outcome_capacity = 256;  // per pulled stream; the oldest is overwritten

  // --- The thread. For hosts that forbid threads: with `pump` none is started, and the agent works
  // only inside Agent::Pump and the calls that may block. It cannot be combined with kImmediate.
  // libcurl's TLS library then works on your thread, and may leave errors in its queue: clear that
  // (OpenSSL: ERR_clear_error) before TLS calls of your own.
  bool pump = false;
  std::size_t thread_stack_bytes = 256 * 1024;
  // Called on the agent's thread: the first before anything else runs there, the second when the
  // agent has ended and nothing else will run there. For its name ("embeddables" otherwise),
  // priority, processors, or an engine's list of threads. Shutdown waits for both, so they must be
  // quick; they may call anything except the blocking functions. Never called with `pump`, nor the
  // second one when the process exits while the agent's thread is stuck.
  std::function<void()> on_thread_start;
  std::function<void()> on_thread_stop;

  // --- Parts of the host's own: see embeddables/parts.h. Empty: libcurl, if the library was built
  // with it, and the system's clocks. An own transport knows the way and whom to trust, so proxy,
  // ca_file, ca_pem and pinned_public_key must be empty beside it; http_version and connect_timeout
  // are wishes to it.
  std::shared_ptr<HttpTransport> transport;
  std::shared_ptr<const HostClock> clock;
};

// ---------------------------------------------------------------------------------------------

class EMBEDDABLES_API Agent {
 public:
  // Checks the config, opens the store, starts the thread. Blocks for the disk, never for the
  // network; at most 2 s for a store that another program has locked against reading. Calls no
  // callback. On failure *agent is unchanged and the message says what to change. An agent that was
  // in *agent is ended; if it is on the same store, its Shutdown must have returned ok before.
  static Status Start(const Config& config, std::unique_ptr<Agent>* agent);

  // Stores the events in memory and ends. Begins no request, but waits for the answers to requests
  // that were sent: at most 1 s for both.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Accepts one event, never blocks. `name` is snake_case (^[a-z][a-z0-9]*(_[a-z0-9]+)*$), at most
  // 100 bytes, as the endpoint demands. At most 64 props. kInvalidArgument names what is wrong;
  // kQueueFull: the store fell behind and this event was not accepted. Others: kConsentDenied,
  // kNotRunning.
  //
  // With Durability::kImmediate it waits, except for volatile events: ok means that the event is on
  // disk. Three other codes mean that it was accepted all the same: kDeadlineExceeded (not yet
  // known to be on disk; it goes there when possible), kStoreUnusable (the store is only in memory,
  // or the agent ended before the store took the event) and kNotFound (a Purge removed it). A
  // callback cannot wait: it gets kInvalidArgument, and the event is not accepted.
  Status Track(std::string_view name, Props props = {}, const EventOptions& options = {});
  Status Track(std::string_view name, std::initializer_list<Prop> props,
               const EventOptions& options = {}) {
    return Track(name, Props(props.begin(), props.size()), options);
  }
  template <class List, std::enable_if_t<IsPropSequence<List>::value, int> = 0>
  Status Track(std::string_view name, const List& props, const EventOptions& options = {}) {
    return Track(name, Props(props), options);
  }

  // From here on events of this agent are about this person. Stored events that were tracked while
  // nobody was known become theirs, too: all since the last Identify or Reset of any process on the
  // store, also those of earlier runs. So call Reset where another person may have come, at the
  // beginning of a run as well. The person is not remembered across restarts. Never blocks.
  // kQueueFull: only if the store has been stuck for long, since room is kept for these calls.
  Status Identify(std::string_view key, Value value);

  // Forgets the person; queued events stay theirs. Events from before the Reset for which nobody
  // was identified, whichever process tracked them, are never given to the next person. Never
  // blocks.
  Status Reset();

  // Waits until all events tracked before the call are on disk. kDeadlineExceeded: they were not in
  // time.
  Status Persist(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // Sends the events tracked before the call now and waits for the answers. It does not shorten a
  // backoff. Ends early with kUnavailable or kCredentials if nothing can be sent before the
  // timeout, and at once with kDeadlineExceeded where answers cannot come during a call (see
  // HttpTransport::AnswersBetweenCalls). ok: none of those events is pending.
  Status Flush(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // Persists, sends what it can within the timeout, and ends. So that this sends nothing twice, no
  // request begins in the last 250 ms or, if that is longer, within twice the usual time of an
  // answer before the end (if the timeout is shorter than that, one request finds out how long
  // answers take now); answers are taken until the end. Returns ok even if events are pending: they
  // are on disk (see result). kStoreUnusable: the store could not be written, and the message says
  // what that costs: a yes, a no or a Purge, say, that must be said again, or events in memory.
  // kDeadlineExceeded: the disk or a callback is stuck; the agent's thread still runs and the
  // library must not be unloaded until a later call returns ok. libcurl stays loaded, as a look-up
  // that a dead name server holds up may end in it later; if it is linked into the library itself,
  // the library stays loaded from the first such look-up on, unless the resolver has no threads.
  Status Shutdown(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // After Pause nothing is uploaded until Resume; events are still stored. Requests under way come
  // to their end; events tracked after Pause are not sent. Neither call blocks. Resume ends both
  // Pause and Suspend. With or without those, but at most once per second, it tries at once all
  // events that wait for a retry of their own, including those of unknown users; a Retry-After of
  // the server and refused credentials still apply. If another process on the store sends, it is
  // asked to try them; its own Pause and Suspend stay in force.
  Status Pause();
  Status Resume();

  // The device, or the app, is about to sleep: stores the events tracked before the call, ends all
  // requests (their events stay pending; those that had arrived may arrive twice), closes all
  // connections, and sends nothing until Resume. Blocks up to `timeout`; kDeadlineExceeded: the
  // disk was not done in time, but all the rest was. A sleep that nobody announces is noticed
  // afterwards: old connections are not used again, and waiting times have gone on.
  Status Suspend(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // kDenied stops everything at once, removes every event from memory and disk, and waits for that
  // (blocks up to `timeout`; repeating it changes nothing). The other values never block.
  Status SetConsent(Consent consent, PurgeResult* purged = nullptr,
                    std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // The person's answer: this host's last word, or that of another process on the store, which may
  // be noticed 2 s late. kUnknown: nobody has answered, the store could not be read yet (another
  // program has it locked), or this is a forked child. Any thread may call it, also a callback; it
  // takes no lock, never blocks, and costs two reads of a clock at most and, once in 2 s, the
  // waking of the agent's thread.
  Consent GetConsent() const;

  // With Config::pump only: does the agent's work on the calling thread, until there is nothing to
  // do now or `budget` is used. It never waits: not for the network, not for a store that another
  // program has locked, and for the disk only as long as one transaction takes, which may exceed
  // the budget on a slow disk. Callbacks run inside it.
  // *next: the time after which it is worth calling again, if nothing is tracked or called before;
  // milliseconds::max() if only that brings work. Call it every frame, or at least within
  // persist_interval of a Track: an event that no Pump or blocking call has seen is only in the
  // intake.
  //
  // The calls that may block (Persist, Flush, Shutdown, destruction ...) pump for themselves until
  // they are done or their timeout has passed; only the disk can make them late. Any thread may
  // pump, one at a time: kUnavailable means that another one does so at present. kInvalidArgument:
  // called from a callback, or the agent has a thread of its own.
  Status Pump(std::chrono::milliseconds budget, std::chrono::milliseconds* next = nullptr);

  // Replaces the key and, if the old one was refused, tries the new one at once. If that is
  // refused, too, further keys are tried after waits as backoff_initial and backoff_max say, until
  // one is accepted. The same key again changes nothing. Never blocks.
  Status SetApiKey(std::string_view key);

  // Tells what the host knows about the network; kUnknown leaves it to monitor_network.
  // kUnavailable stops uploads; going back to kAvailable tries at once (at most twice every 5 s)
  // over new connections. Never blocks.
  Status SetNetworkState(NetworkState state);

  // Sets the true time, if the host knows it better than the system's clock (a device without a
  // clock battery starts in 1970). Events tracked since the device started, even before this call,
  // are sent with the right time if theirs is a second or more off; a time given in EventOptions is
  // never changed. The setting lasts until the next call or the device's restart, for every process
  // on the store. Never blocks. kInvalidArgument: the time lies before 2026 or after 2200.
  //
  // Without this call, times before 2026 are corrected once the system's clock is set, or from the
  // Date of a server that can be reached (it is asked first while the clock is that wrong).
  Status SetWallClock(WallTime now);

  // Moves up to `capacity` of the oldest outcomes (log lines) to `out` and returns their number.
  // Never blocks; returns 0 if a callback takes them.
  std::size_t PollOutcomes(Outcome* out, std::size_t capacity);
  std::size_t PollLog(LogLine* out, std::size_t capacity);

  // A snapshot as of this agent's last step: an idle one sees nothing of the others. Never blocks.
  Stats GetStats() const;

  // Lists up to `limit` dead letters, oldest first, after the one with id `after`.
  Status DeadLetters(std::vector<DeadLetter>* out, std::size_t limit = 100, std::int64_t after = 0,
                     std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // Makes dead letters pending again: the one with this id, or all with id 0. They are tried as if
  // new, and an event older than half of max_age counts as just tracked. *count: how many.
  // kNotFound: no such id.
  Status Requeue(std::int64_t id, std::uint64_t* count = nullptr,
                 std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // Removes all events, including dead letters, and their traces in the files. They are counted as
  // dropped. That includes events that other processes on the store have tracked before the call
  // and not stored yet: they are not sent, and are counted when they would have been stored. A
  // denial does the same, even if consent is given again at once. Only processes with an earlier
  // version of this library still store such events.
  Status Purge(PurgeResult* purged = nullptr,
               std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // --- Looking at a store without an Agent. These open nothing for writing, take nothing over and
  // change nothing, not even the time when a file was last modified, and run beside all
  // processes that use the store, as any user who may read it. Any thread; they block for reading
  // the disk, at most 10 s, of these at most 2 s for a store that is locked against reading or
  // changes all the time (one of another user must be at rest for a moment). They read the
  // environment (XDG_RUNTIME_DIR), as Start does.

  // Says what became of all events, and why nothing is being sent. *out is a snapshot; each event
  // is in it once. An event is there from Track's return on, if its process keeps it in memory that
  // outlives it, else when it is stored. For root, the folders in memory of the store's owner
  // count. A store on a mount for reading, or without its log, or with a log that a power cut has
  // left, is read as it is. kNotFound: there is no file at `store_path`. kStoreUnusable: it cannot
  // be read, or another copy of this library has it in this process; *out is unchanged then.
  static Status Inspect(std::string_view store_path, Inspection* out);

  // Like DeadLetters. `config` says how the letters' events would be sent (embeddable_id,
  // event_id_key) and where the store is.
  static Status InspectDeadLetters(const Config& config, std::vector<DeadLetter>* out,
                                   std::size_t limit = 100, std::int64_t after = 0);

  // Finds the path of the store that Start would open with `config`. kInvalidArgument: it has none.
  // Does not look at the disk.
  static Status StorePath(const Config& config, std::string* path);

  class Impl;  // not part of the API

 private:
  explicit Agent(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // also the agent's thread has it: see Shutdown
};

}  // namespace embeddables

#undef EMBEDDABLES_LIFETIMEBOUND
#undef EMBEDDABLES_VIEW

#endif  // EMBEDDABLES_AGENT_H_
