// One event as a value: what Track accepts, its compact record, its JSON.
//
// A record is self-contained, without pointers: it is written straight into the intake, kept as a
// blob in the store, and read again when its request is made. Layout, version 1, numbers
// little-endian:
//
//   u8 version  u8 kind  u8 priority  u8 flags  u16 name bytes  u16 props
//   i64 wall ms  i64 boot ms  u8[16] event id
//   flags: 1 kHasIdentifier, 2 kHasOwnTime (the wall time is the host's own: never corrected)
//   [identifier: a prop, if kHasIdentifier]  name  props
//   prop: u8 type | group << 4, u8 key bytes, key, value
//   value: nothing (null), u8 (bool), 8 bytes (numbers), u32 length and bytes (string, raw)
//
// Records come back from disk, so the decoder trusts no length.

#ifndef EMBEDDABLES_AGENT_EVENT_EVENT_H_
#define EMBEDDABLES_AGENT_EVENT_EVENT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "embeddables/agent.h"

namespace embeddables {

class JsonText;

enum class RecordKind : std::uint8_t { kEvent = 1, kIdentify = 2, kReset = 3 };

inline constexpr std::size_t kRecordHeaderBytes = 40;
inline constexpr std::size_t kMaxNameBytes = 100;
inline constexpr std::size_t kMaxKeyBytes = 100;
inline constexpr std::size_t kMaxIdentifierBytes = 1024;
inline constexpr std::size_t kMaxProps = 64;
inline constexpr unsigned kMaxRawDepth = 16;
// The props that hold the ones made by Metric() and Dimension().
inline constexpr char kMetrics[] = "payload_metrics";
inline constexpr char kDimensions[] = "payload_dimensions";

// Says why an input is refused. It is small, because a chain of checks on a fiber's stack passes it
// on, whereas a Status contains its whole message.
struct Refusal {
  const char* what = nullptr;  // a literal; null: it is not refused
  std::string_view detail;     // a view into the input

  bool ok() const { return what == nullptr; }
  operator Status() const {
    return ok() ? Status() : Status(StatusCode::kInvalidArgument, what, detail);
  }
};

// The rules that one agent applies to each event; constant after Start.
struct EventRules {
  std::size_t max_event_bytes = 32 * 1024;
  std::string event_id_key;
  std::string common_props;  // encoded, see EncodeProps
  std::uint16_t common_count = 0;
};

struct EventStamp {
  std::int64_t wall_ms = 0;
  std::int64_t boot_ms = 0;
  std::uint64_t id_high = 0;  // UUIDv7, see MakeEventId
  std::uint64_t id_low = 0;
};

// RFC 9562 section 5.7: 48 bits of Unix milliseconds, then random bits, here a strong mix of a seed
// that is random at each Start and a serial that is unique under that seed. The id of an event that
// was stamped in 1970 does not change when the event's time is corrected: it stays unique, but is
// out of order.
void MakeEventId(std::int64_t wall_ms, std::uint64_t seed_a, std::uint64_t seed_b,
                 std::uint64_t serial, EventStamp* stamp);

// Checks an event and returns how many bytes its record takes. Allocates only for raw JSON.
Refusal MeasureEvent(const EventRules& rules, std::string_view name, Props props,
                     const EventOptions& options, std::size_t* bytes);
// Writes exactly as many bytes as MeasureEvent returned for the same input.
void EncodeEvent(const EventRules& rules, std::string_view name, Props props,
                 const EventOptions& options, const EventStamp& stamp, char* out);

Refusal CheckIdentifier(const Identifier& identifier);
std::size_t MeasureIdentify(const Identifier& identifier);
void EncodeIdentify(const Identifier& identifier, char* out);
void EncodeReset(char* out);  // kRecordHeaderBytes bytes

// Checks and encodes props that are added to each event.
Refusal EncodeProps(Props props, std::string_view event_id_key, std::string* out);

// The parts of a record, as views into its bytes.
struct Record {
  RecordKind kind = RecordKind::kEvent;
  Priority priority = Priority::kNormal;
  std::int64_t wall_ms = 0;
  std::int64_t boot_ms = 0;
  unsigned char id[16] = {};
  bool has_own_time = false;
  bool has_identifier = false;
  Identifier identifier;
  std::string_view name;
  std::string_view props;  // encoded; read with PropReader
};
// False: the bytes are not a whole, well-formed record of a known version.
bool DecodeRecord(std::string_view bytes, Record* record);

class PropReader {
 public:
  explicit PropReader(std::string_view encoded) : rest_(encoded) {}
  // False at the end, or at bytes that are not a prop (then damaged() is true).
  bool Next(Prop* prop);
  bool damaged() const { return damaged_; }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  bool damaged_ = false;
};

// The value of custom_event_props: the event's props, metrics and dimensions in their groups, and
// the event id. If two props have the same key, the first counts.
std::string PropsJson(const Record& record, std::string_view event_id_key);
void WriteProps(const Record& record, std::string_view event_id_key, JsonText* json);

// Returns a plain value as JSON text: the only place where identifiers are turned into text.
std::string ValueJson(const Value& value);

// Writes "2026-01-31T23:59:59.999Z"; years outside 0001 to 9999 are clamped.
std::string Iso8601(std::int64_t wall_ms);
// 36 characters and a terminating null.
void FormatEventId(const unsigned char id[16], char out[37]);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_EVENT_EVENT_H_
