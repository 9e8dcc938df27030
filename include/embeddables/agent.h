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
// events from the queue when the network allows, moves what is not delivered within
// persist_interval into an SQLite file, and sends the file's events, oldest first.
// The queue outlives the process (see crash_safe_intake): a crash or a kill loses nothing that
// Track has accepted, a power cut only what is younger than persist_interval.
// An event leaves queue and file only when the server has confirmed it, refused it, or a bound that
// you set made room; each of these is counted, so that at any moment, across restarts and crashes,
//
//   accepted = delivered + rejected + dropped + pending        (see Ledger)
//
// Delivery is at least once: a connection that breaks between request and answer, or a process
// killed there, can make the server see an event twice. Each event carries an id to tell by.
//
// Memory: Track, Identify and Reset use what Start has taken and allocate nothing, but for the
// check of raw JSON. Start says kOutOfMemory where the system or SQLite gives none. SQLite's want
// of memory later is a failure of the store like a full disk: told, tried again, nothing is lost by
// it. Where operator new fails, the new_handler of your program decides, as everywhere in it; by
// default std::bad_alloc ends the process, and what Track had accepted is there at the next start.
//
// Threads: every function of Agent may be called from any thread at any time, unless it says
// otherwise. Only functions that take a timeout, Start and the destructor may block (and Track
// where you chose Durability::kImmediate). Nothing throws, nor may a callback: an exception that
// leaves one ends the process. Times are std::chrono durations; texts
// are UTF-8; views need to live only for the call.
//
// The agent's thread, whichever of yours calls Start, has the ordinary scheduling class, a nice
// value not below that of the process's first thread, the processors of that thread, no traps for
// floating-point errors, and thread_stack_bytes of stack beside the program's thread-locals. Every
// signal is blocked there but those of a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS,
// SIGABRT): your handler sees one in a callback or a library. After a setuid, chroot, umask or
// setrlimit of yours it goes on with the files that are open; what it cannot open or write any more
// is told as an outcome.
//
// Processes: several may use one store, each with an Agent of its own; all store, one sends, and
// when it dies another takes over within 10 s. Within a process a store has one Agent.
// fork: in the child every call of the parent's Agent returns kNotRunning and its destructor does
// nothing; the child may start its own. So that it can, fork waits for a step of the agent's
// thread, or a Start on another one, to end, at most 100 ms; after one that has waited so long in
// vain the child's own Start says kNotRunning. A callback must not fork.
// Environment: read by Start, on its caller's thread. Afterwards your program may change it: no
// thread of the agent reads it, but for what the C library reads by itself where it looks up a host
// name (RES_OPTIONS, LOCALDOMAIN; on a short-lived thread of libcurl's) or words an error of the
// system in the host's language (LANGUAGE). A base_url with an address instead of a name avoids the
// former, the "C" locale for messages the latter.
// exit: what is in memory is stored first if that takes no more than 100 ms; call Shutdown to be
// sure of it, or leave it to the next start (crash_safe_intake). A call of libcurl that is being
// made then is waited for (it never waits itself), at most 2 s.

#ifndef EMBEDDABLES_AGENT_H_
#define EMBEDDABLES_AGENT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

// For compilers that find views which outlive what they view.
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

// The version of this library, as sent in User-Agent.
inline constexpr char kVersion[] = "0.1.0";

// ---------------------------------------------------------------------------------------------
// Status: the result of a call. Trivially copyable; making, copying and refusing allocates nothing.

enum class StatusCode : std::uint8_t {
  kOk = 0,
  kInvalidArgument,   // the call's input was refused; the message names the field
  kQueueFull,         // the intake has no room right now; the event was not accepted
  kConsentDenied,     // the person said no; the event was not accepted
  kNotRunning,        // before Start, after Shutdown, or in a forked child
  kDeadlineExceeded,  // the timeout passed first; what was not done stays pending
  kUnavailable,       // nothing can be sent at present; the message and Reason say why
  kCredentials,       // the server refused the API key, or the project or URL is wrong
  kStoreUnusable,     // the store's file cannot be opened or written
  kNotFound,          // there is no such thing
  kOutOfMemory,       // memory could not be had; nothing was changed
};

class Status {
 public:
  Status() : code_(StatusCode::kOk) { message_[0] = '\0'; }
  // `message` and `detail` are copied, cut to fit, and joined with ": ".
  Status(StatusCode code, std::string_view message, std::string_view detail = {});

  bool ok() const { return code_ == StatusCode::kOk; }
  StatusCode code() const { return code_; }
  // What is wrong and what to do next; empty when ok. Lives as long as this Status.
  const char* message() const { return message_; }

 private:
  StatusCode code_;
  char message_[239];
};
static_assert(std::is_trivially_copyable<Status>::value, "Status is passed by value everywhere");

// ---------------------------------------------------------------------------------------------
// Props: what an event says.

// JSON that the host has made itself; see Raw().
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

// One plain value. Integers stay integers on the wire, an enum is its number, a long double is
// rounded to a double. NaN and infinities become null, bytes that are not UTF-8 become U+FFFD.
// A view: texts must live until the call that takes it returns, so do not keep one; PropList owns.
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

// Objects, arrays and ready-made JSON: {"items", Raw("[1,2,3]")}. Validated at the call that takes
// it (this may allocate); at most 16 levels deep. What is not JSON is refused, naming the prop.
constexpr Value Raw(std::string_view json EMBEDDABLES_LIFETIMEBOUND) {
  return Value(RawJson{json});
}

// One key and its value. A view, as Value is.
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

// Props that own their texts: for those who build a list over time, or keep one. Making one and
// adding to it allocates; Track with one does not. As safe from threads as std::vector.
class PropList {
 public:
  PropList() = default;
  PropList(std::initializer_list<Prop> props);
  PropList(const PropList& other);
  PropList(PropList&& other) noexcept = default;
  PropList& operator=(const PropList& other);
  PropList& operator=(PropList&& other) noexcept = default;
  ~PropList() = default;

  // Copies key and texts. Returns the list itself.
  PropList& Add(const Prop& prop);
  PropList& Add(std::string_view key, Value value) { return Add(Prop(key, value)); }
  void clear();

  const Prop* data() const EMBEDDABLES_LIFETIMEBOUND { return props_.data(); }
  std::size_t size() const { return props_.size(); }
  bool empty() const { return props_.empty(); }

 private:
  std::string_view Keep(std::string_view text);

  std::vector<Prop> props_;                     // views of texts_
  std::vector<std::unique_ptr<char[]>> texts_;  // a block each, so that none moves
};

// Is this a list whose props stand one behind the other: PropList, std::vector, std::array, an
// array? An initializer list is none: what is in it ends with its expression.
template <class List, class = void>
struct IsPropSequence : std::false_type {};
template <class List>
struct IsPropSequence<List, std::enable_if_t<std::is_convertible<
                                decltype(std::data(std::declval<List&>())), const Prop*>::value>>
    : std::true_type {};
template <>
struct IsPropSequence<std::initializer_list<Prop>> : std::false_type {};

// A list of props, as a view: of a sequence that outlives it, or a pointer and a length.
class EMBEDDABLES_VIEW Props {
 public:
  constexpr Props() = default;
  // A template, or two strings in braces would be taken for a vector's two iterators.
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

// Whom an event is about: exactly one key and value, as the endpoint demands. The value is the
// plain one (a string of 1 to 1024 bytes, or an integer); the library turns it into JSON text.
// A view, often kept in EventOptions: it is not made from a temporary string.
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
  kLow = 1,       // the first to go when a bound is reached
  kNormal = 2,
  kCritical = 3,  // stored and sent at once, before all others; the last to go
};

using WallTime = std::chrono::system_clock::time_point;

struct EventOptions {
  Priority priority = Priority::kNormal;
  Identifier identifier;            // of this event alone; empty: as set by Identify
  WallTime time = WallTime::min();  // when it happened; min(): now. Never put right by a clock
};

// ---------------------------------------------------------------------------------------------
// What the agent tells.

enum class DropReason : std::uint8_t {
  kRowBound,      // max_events reached
  kByteBound,     // max_store_bytes or min_free_bytes reached
  kAge,           // older than max_age
  kUnidentified,  // nobody identified within unidentified_max_age
  kConsent,       // purged because consent was denied
  kPurged,        // Purge was called
  kVolatile,      // a volatile event found no delivery before Shutdown or its bound
  kDamaged,       // a stored record could not be read back
  kStoreFailed,   // the store refused it and no memory was left to hold it
};
inline constexpr std::size_t kDropReasons = 9;
const char* Name(DropReason reason);  // e.g. "row_bound"

// What became of all events ever accepted by this store, by any process.
//   accepted = delivered + rejected + sum(dropped) + pending
struct Ledger {
  std::uint64_t accepted = 0;
  std::uint64_t delivered = 0;  // the server confirmed it
  std::uint64_t rejected = 0;   // the server refused it: a dead letter
  std::uint64_t dropped[kDropReasons] = {};
  std::uint64_t pending = 0;

  std::uint64_t dropped_total() const;
  bool balanced() const { return accepted == delivered + rejected + dropped_total() + pending; }
};

// Why nothing is being sent at this moment.
enum class WaitingFor : std::uint8_t {
  kNothing,       // sending, or nothing to send, or collecting a batch
  kConsent,       // SetConsent(kGiven)
  kIdentity,      // Identify
  kOffline,       // the host or the platform says there is no network
  kPaused,        // Resume
  kBackoff,       // a retry time of the events' own; see Reason::next_try
  kCredentials,   // SetApiKey, or the next slow retry: key, project or URL was refused
  kBreaker,       // there was no answer, or a portal's or a proxy's: one probe at next_try
  kOtherProcess,  // another process on this store does the sending
  kStore,         // the store, or a file beside it, cannot be used; Reason::words says which
  kUnknownUser,   // the server knows nobody with the events' identifier; tried again slowly
  kServer,        // the server could not (5xx, 408, 425, 429) or asked everybody to wait
};
const char* Name(WaitingFor waiting_for);  // e.g. "backoff"

// What holds uploading up, so that it can be shown to people as it is. The words are the server's
// own, or the system's or the agent's where no server answered: UTF-8 on one line, without control
// characters, the key or the event's identifier. Purge and a denial erase them.
struct Reason {
  WaitingFor waiting_for = WaitingFor::kNothing;
  int http_status = 0;                    // of the answer behind it; 0: there was none
  std::chrono::milliseconds since{0};     // so long nothing has been delivered for this reason
  std::chrono::milliseconds next_try{0};  // from now on; 0 when unknown or not waiting for a time
  char words[256] = {};
};
static_assert(std::is_trivially_copyable<Reason>::value, "Reason is passed by value everywhere");

struct Stats {
  Ledger ledger;
  // These two are reason.waiting_for and reason.next_try.
  WaitingFor waiting_for = WaitingFor::kNothing;
  std::chrono::milliseconds waiting_until{0};  // from now on; 0 when unknown or not waiting
  std::uint64_t dead_letters = 0;   // rejected events that can still be listed and requeued
  std::uint64_t refused = 0;        // Track calls not accepted, of this Agent
  std::uint64_t queue_full = 0;     // ... those among them that found the intake full
  std::uint64_t outcomes_lost = 0;  // outcomes overwritten before PollOutcomes took them
  std::uint64_t log_lines_lost = 0;
  std::uint64_t requests = 0;       // HTTP requests begun, of this Agent
  std::uint64_t connections = 0;    // connections opened for them
  std::uint64_t in_flight = 0;      // requests without an answer yet
  std::uint64_t store_bytes = 0;    // the store's files now, write-ahead log included
  std::uint64_t bytes_written = 0;  // to the store's files since Start, of this Agent
  bool store_in_memory = false;     // memory_fallback is in effect
  bool sender = false;              // this process does the sending for the store
  bool intake_crash_safe = false;   // crash_safe_intake is in effect; false: plain memory
  std::uint64_t intake_bytes = 0;   // its size, which room in memory may have cut
  std::uint64_t taken_over = 0;     // events of processes that had died, by this Agent
  Reason reason;                    // why nothing is being sent
};

enum class OutcomeKind : std::uint8_t {
  kDelivered,       // event: the server confirmed it
  kRejected,        // event: dead letter; http_status and message say why
  kDropped,         // count events were dropped for `reason`
  kUnconfirmed,     // event: a 2xx that is no Event; will be tried again slowly
  kUnknownUser,     // event: nobody with this identifier; tried again slowly
  kCredentials,     // uploading paused: key, project or URL refused
  kNetwork,         // the network failed, or a portal or proxy answered; see kServer
  kTls,             // TLS failed (certificate, clock); see kServer
  kApiChanged,      // deliveries are confirmed in an unknown form; told once
  kNearBound,       // 80 % of max_events or max_store_bytes is in use; told once until below
  kStoreFailed,     // the store cannot be written; message says why. A lock that another program
                    // holds is waited for, and told only when it has lasted for 10 s
  kStoreRecovered,  // it can be written again
  kStoreDamaged,    // its file was damaged; count events were lost, message says what was kept
  kServer,          // the server could not (5xx, 408, 425, 429). This, a failure of the network, of
                    // TLS, a portal and refused credentials are each told when they begin, again
                    // only after a delivery, and at most every 15 minutes
  kStoreFile,       // a file beside the store cannot be used; message says which and what to do.
                    // Events are stored; see WaitingFor::kStore for whether they are sent
};
const char* Name(OutcomeKind kind);  // e.g. "delivered"

struct Outcome {
  OutcomeKind kind = OutcomeKind::kDelivered;
  DropReason reason = DropReason::kRowBound;  // kDropped
  int http_status = 0;                        // 0: there was no answer
  std::uint64_t count = 1;                    // events concerned
  char event_id[37] = {};                     // UUID text; empty when not about one event
  char event_name[101] = {};
  char message[256] = {};
};

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };
struct LogLine {
  LogLevel level = LogLevel::kInfo;
  char text[256] = {};
};

enum class Consent : std::uint8_t { kUnknown, kGiven, kDenied };
enum class NetworkState : std::uint8_t { kUnknown, kAvailable, kUnavailable };

// What the server is offered over TLS. kHttp2: HTTP/2, where many requests share a connection, or
// HTTP/1.1 as the server likes. kHttp1: HTTP/1.1 alone.
enum class HttpVersion : std::uint8_t { kHttp2, kHttp1 };

// When Track returns. kBuffered: at once, the event is in memory and goes to disk if it is not
// delivered within persist_interval (critical ones: at once). kImmediate: when the event is on disk
// and would survive a power cut.
enum class Durability : std::uint8_t { kBuffered, kImmediate };

// A rejected event that is kept for inspection.
struct DeadLetter {
  std::int64_t id = 0;  // for Requeue
  std::string event_id, event_name;
  int http_status = 0;
  std::string message;  // the server's, cut to 200 bytes
  std::string body;     // the request's JSON
};

// What a Persist, Flush or Shutdown found when it ended, of the events tracked before the call.
struct FlushResult {
  std::uint64_t delivered = 0;  // while the call ran
  std::uint64_t rejected = 0;
  std::uint64_t dropped = 0;
  std::uint64_t persisted = 0;  // on disk and still pending
  std::uint64_t pending = 0;    // persisted, or still in memory only
  WaitingFor waiting_for = WaitingFor::kNothing;
  Reason reason;  // of the same; after Shutdown: why what is pending was not sent
};

struct PurgeResult {
  std::uint64_t in_memory = 0;  // events that were not yet stored
  std::uint64_t stored = 0;     // pending events in the store
  std::uint64_t in_flight = 0;  // requests under way: these may have arrived
  std::uint64_t dead_letters = 0;
};

// ---------------------------------------------------------------------------------------------
// Config: a plain struct; Start copies it and checks it.

struct Config {
  // --- Where to. The vendor's ids begin with pr_ and flow_, restricted keys with rk_.
  std::string project_id;
  std::string embeddable_id;
  // Held in memory only: never written to disk, a log or a message. Anybody who has a shipped game
  // or kiosk can read a key in it, so prefer base_url = a relay of yours that adds the key; the key
  // may then be empty.
  std::string api_key;
  // https://host[:port][/path]. Plain http is refused except to loopback.
  std::string base_url = "https://api.embeddables.com";
  bool allow_plain_http = false;
  // On each request; none that the agent sets itself (Host, Content-Type, Accept-Encoding ...).
  std::vector<std::pair<std::string, std::string>> extra_headers;
  // libcurl's syntax. Empty: what http_proxy, https_proxy, all_proxy and no_proxy of the process
  // say when Start is called; but a loopback base_url is reached directly then.
  std::string proxy;
  std::string ca_file;  // PEM; empty: the system's
  std::string ca_pem;   // the PEM text itself; wins over ca_file
  // The server's public key, checked besides its certificate: "sha256//" and the BASE64 of the
  // SHA-256 of the key (DER, SubjectPublicKeyInfo); several are joined by ';', any of them will do,
  // so ship the next key's beside the present one's. A server with another key is sent nothing:
  // OutcomeKind::kTls, and the events wait. Only with https. Empty: any key.
  std::string pinned_public_key;
  // With kHttp2, too, HTTP/1.1 alone is offered for an hour, or until the network changes, after
  // two connections in a row that never brought an answer: what stands in between may not pass
  // HTTP/2.
  HttpVersion http_version = HttpVersion::kHttp2;
  std::chrono::milliseconds connect_timeout{10'000};
  std::chrono::milliseconds request_timeout{30'000};
  // Watch the system's network state (Linux: netlink): nothing is tried, and nothing wakes, while
  // no interface has a carrier and an address, or the default route that there was has gone; when
  // it is back one request goes at once, and if it fails another a second later (at most these two
  // every 5 s). What SetNetworkState says wins.
  // Where the system does not tell, and for a loopback base_url or proxy, there is only backoff.
  // Turn it off if the endpoint is reached without a default route that may come and go.
  bool monitor_network = true;

  // --- The store. Empty: a folder of this project and embeddable in the user's state directory
  // (Linux: $XDG_STATE_HOME or ~/.local/state). Folders are made 0700, files 0600, a store that was
  // not is made so, and a log line tells it. Never a network file system, nor one without shared
  // mappings (some of FUSE). At most 488 bytes, its last name 231. A project or embeddable changed
  // here applies to the events still pending, too. A damaged file is set aside as NAME.damaged-N
  // (the two newest are kept, Purge and a denial erase them) and what can be read of it goes on in
  // a fresh one; a file that never was a database is moved to NAME.foreign-N. Another program's
  // database and a newer version's store are refused and left as they are. A write-ahead log is
  // read up to its first damaged frame, as by every user of SQLite: a power cut leaves such logs,
  // too, so it is not told as damage, and the ledger is exact for what is left. If the file is
  // removed or replaced while it is open, what it held moves into the one that is at the path then.
  // A relative path, here and elsewhere, is one from the directory that is current at Start.
  //
  // A store that another program has locked is not broken. Held for writing (a transaction of
  // somebody's sqlite3) it is read as ever; what is tracked waits in the intake, and can be sent
  // from there. Held against reading as well, it is opened later: until then WaitingFor::kStore,
  // what it says of consent counts as unknown and required, and nothing is sent. If it then turns
  // out that consent was denied, what was tracked meanwhile is erased and counted; that it cannot
  // be used (a newer version's) is OutcomeKind::kStoreFailed. Only the calls with a timeout wait,
  // and Track with kImmediate.
  std::string store_path;
  // If it cannot be opened: go on in memory, try again all the while. Not for a lock.
  bool memory_fallback = false;
  // Open the store but never send: for tools. Ids and key may be empty.
  bool store_only = false;

  // --- Events.
  // Joined to each event; the event's own prop of the same key wins.
  PropList common_props;
  std::string event_id_key = "event_id";    // the prop that carries the event id; empty: none
  std::size_t max_event_bytes = 32 * 1024;  // name, keys and values; 1 KiB to 256 KiB

  // --- Bounds. When one is reached the oldest events of the lowest priority go, and are counted.
  // One that is lower than the last run's is reached in steps.
  std::uint64_t max_events = 1'000'000;
  std::uint64_t max_store_bytes = 64u << 20;  // database, log and reserve; at least 1 MiB
  std::uint64_t min_free_bytes = 10u << 20;   // leave this much of the disk to others
  std::uint64_t max_volatile_events = 1000;
  std::uint64_t max_dead_letters = 1000;  // the oldest are forgotten first; stay in the ledger
  std::size_t intake_bytes = 4u << 20;    // memory between Track and the store; 64 KiB to 256 MiB
  // What Track, Identify and Reset have accepted outlives a crash or a kill at any instruction: the
  // intake is a private file in memory (Linux: a tmpfs). The next agent that starts on the store,
  // or comes to send from it, takes over what is in it, each event once; volatile events end with
  // their process, counted as dropped. It costs a call nothing. With less room than intake_bytes it
  // gets what there is, at least 256 KiB; where there is none it is plain memory, as with false,
  // and while the store is in memory only (memory_fallback): see Stats::intake_crash_safe.
  // Device, system and the file must stay: a power cut or a reboot takes it, the end of a container
  // with its /dev/shm, and a logout with the user's session (systemd's KillUserProcesses= and
  // RemoveIPC=), each no more than what is younger than persist_interval. Call Persist or Shutdown
  // on SIGTERM. If the file is removed under a running agent, what is in memory is stored at once,
  // and from then on it is plain memory: stored after 250 ms at the latest, said in Stats and log.
  // A copy of the store takes over nothing while the original is in its place. What a store that
  // was deleted has left in memory goes with a Purge, a denial or a new store at its path, else
  // after its max_age, once its folder is seen to be there without it.
  bool crash_safe_intake = true;
  // Where to keep that file: an existing folder in a tmpfs, e.g. systemd's RuntimeDirectory. Empty,
  // or if it cannot be used (a warning says so): $XDG_RUNTIME_DIR, /dev/shm, /run/user/UID. What
  // was left is looked for in all of these, whatever the environment says then, and where other
  // processes on the store have had theirs.
  std::string memory_folder;
  std::chrono::hours max_age{24 * 90};  // measured on a clock that wall-clock jumps can't move
  std::chrono::hours unidentified_max_age{24 * 7};

  // --- Pace. `persist_interval` is how much a power cut can take (critical events: at once), and
  // a crash where the intake is plain memory: there the default stands for 250 ms. Each commit is
  // an fsync: a longer interval spares flash.
  // With a crash-safe intake an interval of a second more than flush_interval lets events be sent
  // before they are stored: one that is delivered in time never touches the disk, and is counted
  // there later, with the next commit or within 10 minutes. What a power cut takes then is gone
  // from the ledger, too. With one of a second less each event is stored first. What lies between
  // is refused, unless it is below a second, which is always stored first.
  std::chrono::milliseconds persist_interval{5'000};
  // kImmediate makes Track wait for the disk, an fsync or a few long: for events that must never be
  // lost, from threads that may wait. Callers that come together share one commit, so many threads
  // lose little. At most `immediate_timeout`; see Track for what it returns then.
  Durability durability = Durability::kBuffered;
  std::chrono::milliseconds immediate_timeout{5'000};
  // Send when so many wait (what is not stored yet is looked at every flush_interval) ...
  std::uint32_t batch_events = 100;
  std::chrono::milliseconds flush_interval{2'000};  // ... or the first has waited so long
  // Requests at once; 1 to 256. After a timeout, a broken answer, a portal's page or a second 5xx
  // in a row all that is new goes over a new connection, at most one with each step of the backoff.
  std::uint32_t max_in_flight = 8;
  std::chrono::milliseconds backoff_initial{1'000};
  std::chrono::milliseconds backoff_max{15 * 60'000};
  std::chrono::milliseconds max_retry_after{60 * 60'000};    // a longer Retry-After is cut to this
  std::chrono::milliseconds credentials_retry{15 * 60'000};  // between tries while refused
  std::chrono::milliseconds unknown_user_retry{15 * 60'000};
  std::chrono::hours unknown_user_max_age{24};  // then the person's events are dead letters

  // --- Consent. With consent_required nothing leaves before SetConsent(kGiven); without it,
  // before kDenied. What was said is remembered in the store.
  bool consent_required = false;

  // --- Streams. Without a callback they are pulled with PollOutcomes and PollLog. Callbacks run on
  // the agent's thread; they must be quick and may call anything but the blocking functions
  // (those return kInvalidArgument there).
  std::function<void(const Outcome&)> on_outcome;
  std::function<void(const LogLine&)> on_log;
  LogLevel log_level = LogLevel::kInfo;
  bool delivered_outcomes = true;      // false: no outcome for each delivery
  std::size_t outcome_capacity = 256;  // of each pulled stream; the oldest is overwritten

  // --- The thread. For hosts that forbid threads: with `pump` none is started, and the agent works
  // only inside Agent::Pump and the calls that may block. Not together with kImmediate.
  bool pump = false;
  std::size_t thread_stack_bytes = 256 * 1024;
};

// ---------------------------------------------------------------------------------------------

class Agent {
 public:
  // Checks the config, opens the store, starts the thread. Blocks for the disk, never for the
  // network; at most 2 s for a store that another program holds against reading. Calls no callback.
  // On failure *agent is untouched and the message says what to change. An agent that *agent held
  // is ended; one on the same store must have said ok to Shutdown before.
  static Status Start(const Config& config, std::unique_ptr<Agent>* agent);

  // Stores what is in memory and ends. Begins no request, but takes the answers to those that have
  // been sent: at most 1 s for both.
  ~Agent();
  Agent(const Agent&) = delete;
  Agent& operator=(const Agent&) = delete;

  // Accepts one event, never blocks. `name` is snake_case (^[a-z][a-z0-9]*(_[a-z0-9]+)*$), at most
  // 100 bytes, as the endpoint demands. At most 64 props. kInvalidArgument names what is wrong;
  // kQueueFull: the store fell behind and this event was not accepted; kConsentDenied; kNotRunning.
  //
  // With Durability::kImmediate it waits, volatile events excepted: ok says that the event is on
  // disk. Three answers then mean that it was accepted all the same: kDeadlineExceeded (not yet
  // known to be on disk; it goes there when it can), kStoreUnusable (the store is in memory only,
  // or the agent ended before the store took the event) and kNotFound (a Purge removed it). A
  // callback cannot wait: kInvalidArgument, not accepted.
  Status Track(std::string_view name, Props props = {}, const EventOptions& options = {});
  Status Track(std::string_view name, std::initializer_list<Prop> props,
               const EventOptions& options = {}) {
    return Track(name, Props(props.begin(), props.size()), options);
  }
  template <class List, std::enable_if_t<IsPropSequence<List>::value, int> = 0>
  Status Track(std::string_view name, const List& props, const EventOptions& options = {}) {
    return Track(name, Props(props), options);
  }

  // From here on events are about this person. Events tracked since the start or the last Reset,
  // while nobody was known, become theirs too. Not remembered across restarts. Never blocks.
  // kQueueFull: only when the store has been stuck for long; room is kept for these calls.
  Status Identify(std::string_view key, Value value);

  // Forgets the person; queued events stay theirs. Events that nobody was identified for before the
  // Reset are never given to the next person. Never blocks.
  Status Reset();

  // Waits until all events tracked before the call are on disk. kDeadlineExceeded: not in time.
  Status Persist(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // Sends now what was tracked before the call and waits for the answers. It does not shorten a
  // backoff. Ends early with kUnavailable or kCredentials when nothing can go before the timeout.
  // ok: none of those events is pending.
  Status Flush(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // Persists, sends what it can within the timeout, and ends. So that nothing is sent twice by it,
  // no request is begun in the last 250 ms, or in the last twice the usual time of an answer if
  // that is longer; answers are taken until the end. ok even if events are pending: they are on
  // disk (see result). kDeadlineExceeded: the disk or a callback is stuck; the agent's
  // thread still runs and the library must not be unloaded until a later call returns ok.
  Status Shutdown(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // No uploads until Resume; events are still stored. Requests under way end first; what is tracked
  // after it does not go. Never block.
  // Resume ends Pause and Suspend both. Paused or not, it tries at once what waits for a retry of
  // its own, events of unknown users among it (at most once a second); a Retry-After of the server
  // and refused credentials still hold.
  Status Pause();
  Status Resume();

  // The device, or the app, is about to sleep: stores what was tracked before the call, ends all
  // requests (their events stay pending; those that had arrived may arrive twice), closes all
  // connections, and sends nothing until Resume. Blocks up to `timeout`; kDeadlineExceeded: the
  // disk was not done in time, all else holds. A sleep that nobody announces is noticed afterwards:
  // connections from before are not used again, and waiting times have gone on.
  Status Suspend(std::chrono::milliseconds timeout, FlushResult* result = nullptr);

  // kDenied stops everything at once, removes every event from memory and disk, and waits for that
  // (blocks up to `timeout`; saying it again changes nothing). The others never block.
  Status SetConsent(Consent consent, PurgeResult* purged = nullptr,
                    std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // With Config::pump only: does the agent's work on the calling thread, until there is nothing to
  // do now or `budget` is used. It never waits: not for the network, not for a store that another
  // program has locked, and for the disk only as long as one transaction takes, which may exceed
  // the budget on a slow disk. Callbacks run inside it.
  // *next: in how long it is worth calling again, if nothing is tracked or called before;
  // milliseconds::max() when only that brings work. Call it every frame, or at least within
  // persist_interval of a Track: what no Pump or blocking call has seen is in the intake only.
  //
  // The calls that may block (Persist, Flush, Shutdown, destruction ...) pump for themselves until
  // they are done or their timeout has passed; then only the disk can make them late. Any thread
  // may pump, one at a time: kUnavailable, another one does it at present. kInvalidArgument: from a
  // callback, or the agent has a thread of its own.
  Status Pump(std::chrono::milliseconds budget, std::chrono::milliseconds* next = nullptr);

  // Replaces the key and, if the old one was refused, resumes uploading. Never blocks.
  Status SetApiKey(std::string_view key);

  // What the host knows of the network; kUnknown leaves it to monitor_network. kUnavailable stops
  // uploads; going back to kAvailable tries at once (at most twice every 5 s) over new connections.
  // Never blocks.
  Status SetNetworkState(NetworkState state);

  // The true time, where the host knows it better than the system's clock does (a device without a
  // clock battery starts in 1970). Events tracked since the device started whose time is a second
  // or more off are sent with the right one, those tracked before this call included; a time given
  // in EventOptions is never changed. Holds until said again or the device restarts, for every
  // process on the store. Never blocks. kInvalidArgument: the time lies before 2026 or after 2200.
  //
  // Without it: times before 2026 are put right by themselves once the system's clock is set, or
  // from the Date of a server that can be reached (it is asked first while the clock is that
  // wrong).
  Status SetWallClock(WallTime now);

  // Moves up to `capacity` of the oldest outcomes (log lines) to `out` and returns how many.
  // Never blocks; returns 0 when a callback takes them.
  std::size_t PollOutcomes(Outcome* out, std::size_t capacity);
  std::size_t PollLog(LogLine* out, std::size_t capacity);

  // A snapshot, at most one worker step old. Never blocks.
  Stats GetStats() const;

  // Lists up to `limit` dead letters, oldest first, after the one with id `after`.
  Status DeadLetters(std::vector<DeadLetter>* out, std::size_t limit = 100, std::int64_t after = 0,
                     std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // Makes dead letters pending again: the one with this id, or all with id 0. They are tried as if
  // new, and one that is older than half of max_age counts as new. *count: how many. kNotFound: no
  // such id.
  Status Requeue(std::int64_t id, std::uint64_t* count = nullptr,
                 std::chrono::milliseconds timeout = std::chrono::seconds(5));

  // Drops all events, dead letters included, and their traces in the files. Counted as dropped.
  Status Purge(PurgeResult* purged = nullptr,
               std::chrono::milliseconds timeout = std::chrono::seconds(5));

  class Impl;  // no part of the API

 private:
  explicit Agent(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;  // shared with the agent's thread: see Shutdown
};

}  // namespace embeddables

#undef EMBEDDABLES_LIFETIMEBOUND
#undef EMBEDDABLES_VIEW

#endif  // EMBEDDABLES_AGENT_H_
