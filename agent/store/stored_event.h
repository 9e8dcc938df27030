// An event as the store hands it out, and what became of it: the types between store and sender.

#ifndef EMBEDDABLES_AGENT_STORE_STORED_EVENT_H_
#define EMBEDDABLES_AGENT_STORE_STORED_EVENT_H_

#include <cstdint>
#include <string>

#include "agent/base/time.h"

namespace embeddables {

// An event as it is taken out for sending.
struct StoredEvent {
  StoredEvent();
  StoredEvent(const StoredEvent&);
  StoredEvent(StoredEvent&&) noexcept;
  StoredEvent& operator=(const StoredEvent&);
  StoredEvent& operator=(StoredEvent&&) noexcept;
  ~StoredEvent();

  std::int64_t id = 0;  // negative: volatile
  std::int64_t identity = 0;
  std::string identifier_key;
  std::string identifier_json;
  std::uint32_t attempts = 0;
  std::uint32_t strikes = 0;
  AgeTime born;
  bool probe = false;  // a probe of an unknown identifier
  std::string record;
};

// Does a failure count against the event itself?
enum class Strike : std::uint8_t {
  kNone,
  kIfNeighboursPass,  // only if another event was delivered since the event's last strike
  kAlways,
};

struct Settlement {
  enum class Kind : std::uint8_t {
    kDelivered,
    kRejected,
    kRetry,
    kUnknownUser,
    kUntouched,  // as if it had never been taken out
    kDamaged,    // its record cannot be read: dropped
  };

  Settlement();
  Settlement(const Settlement&);
  Settlement(Settlement&&) noexcept;
  Settlement& operator=(const Settlement&);
  Settlement& operator=(Settlement&&) noexcept;
  ~Settlement();

  std::int64_t id = 0;
  std::int64_t identity = 0;
  Kind kind = Kind::kUntouched;
  AgeTime due;                    // kRetry, kUnknownUser
  Strike strike = Strike::kNone;  // kRetry
  int http_status = 0;            // kRejected
  std::string message;            // kRejected
};

// A position in the order in which events were appended.
struct Mark {
  std::int64_t row = 0;
  std::int64_t volatile_id = 0;
};

}  // namespace embeddables

#endif  // EMBEDDABLES_AGENT_STORE_STORED_EVENT_H_
