// Tells whoever looks at a store what only its live processes know: one page behind each intake
// (intake_layout.h), written by the worker and read by other processes.
//
//   never written -> whole -> being written -> whole ...
//
// A reader gets a whole status or none. It holds no names, identifiers or keys; the words are
// those of Reason, which hold none either. Times are on the boot clock, which all processes share.

#ifndef EMBEDDABLES_AGENT_INTAKE_LIVE_STATUS_H_
#define EMBEDDABLES_AGENT_INTAKE_LIVE_STATUS_H_

#include <cstdint>
#include <string_view>
#include <type_traits>

#include "agent/intake/intake_layout.h"

namespace embeddables {

// What the process's host has said and the store has not taken yet. Whoever takes over the memory
// of a process that died so carries it out, but for a yes, and for a removal after which nothing is
// denied any more.
struct Owed {
  static constexpr std::uint8_t kConsent = 1;   // LiveStatus::consent
  static constexpr std::uint8_t kRemoval = 2;   // by a denial or a purge
  static constexpr std::uint8_t kRequired = 4;  // LiveStatus::consent_required
};

// The form in which it is written. Fields are only ever added at the end, as `bounds` were: whoever
// does not know them has left zeros there, and reads none.
struct LiveStatus {
  std::uint64_t pid = 0;
  char version[24] = {};
  std::uint8_t sender = 0;            // this process sends for the store
  std::uint8_t consent_required = 0;  // as this process reads the store
  std::uint8_t consent = 0;           // the last word, which may be owed
  std::uint8_t waiting_for = 0;
  std::uint8_t has_lock = 0;     // the one beside the store: then nobody else sends
  std::uint8_t bounds_owed = 0;  // the store does not hold all `bounds` yet
  std::uint8_t owed = 0;         // Owed's flags
  std::uint8_t unused = 0;
  std::int32_t http_status = 0;
  std::int32_t unused2 = 0;
  std::int64_t since_ms = 0;
  std::int64_t next_try_ms = INT64_MAX;       // the latest: no known time
  std::int64_t last_delivery_ms = INT64_MIN;  // the earliest: none
  std::uint64_t in_flight = 0;
  std::uint64_t volatile_events = 0;  // in this process's memory alone, besides the intake
  char words[256] = {};
  std::int64_t bounds[7] = {};  // in force for this process, as Settings::Numbers
  std::int64_t removal_ms = 0;  // when the one that is owed was ordered
};
// All bytes are fields: what lies between them would be the stack's.
static_assert(std::has_unique_object_representations_v<LiveStatus> && sizeof(LiveStatus) == 408 &&
                  sizeof(LiveStatus) < (intake::kStatusWords - 1) * sizeof(std::uint64_t),
              "another process reads this");

// Writes one page. Only one thread may, and it does nothing if nothing has changed.
class LiveStatusWriter {
 public:
  void Write(const LiveStatus& status, intake::StatusPage* page);

 private:
  LiveStatus written_;
  const intake::StatusPage* to_ = nullptr;
};

enum class PageState : std::uint8_t {
  kNone,          // of a version that writes none, or of a form that is not known
  kBeingWritten,  // look again
  kWhole,
};
// Reads the copy of an intake (its whole file), which nobody vouches for.
PageState ReadLiveStatus(std::string_view intake, LiveStatus* status);

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_INTAKE_LIVE_STATUS_H_
