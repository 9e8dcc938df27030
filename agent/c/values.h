// From the structs of agent_c.h to the values of agent.h. None of these allocates when it succeeds;
// the views that it makes are of the host's memory.

#ifndef EMBEDDABLES_AGENT_C_VALUES_H_
#define EMBEDDABLES_AGENT_C_VALUES_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "embeddables/agent.h"
#include "embeddables/agent_c.h"

namespace embeddables::c {

// `name` is what the message calls it.
Status ToText(const char* data, std::uint64_t size, std::string_view name, std::string_view* text);

// A number that no enum of agent.h has becomes 255, which has no meaning there either.
template <class Enum>
Enum ToEnum(std::int32_t number) {
  return static_cast<Enum>(number >= 0 && number < 255 ? number : 255);
}

Status ToProp(const emb_prop& from, Prop* prop);

// Reads `count` props from the host's array. More than an event may have are cut to one more than
// that, for Track to refuse.
class PropArray {
 public:
  PropArray() = default;
  PropArray(const PropArray&) = delete;
  PropArray& operator=(const PropArray&) = delete;

  Status Read(const emb_prop* props, std::uint64_t count);
  Props view() const { return Props(data(), size_); }

 private:
  static constexpr std::size_t kMost = 65;

  const Prop* data() const { return reinterpret_cast<const Prop*>(places_); }

  std::size_t size_ = 0;
  alignas(Prop) unsigned char places_[kMost * sizeof(Prop)];  // the first size_ are props
};

// NULL: the defaults.
Status ToOptions(const emb_event_options* from, EventOptions* options);

Status ToIdentifier(const emb_prop* from, std::string_view name, Identifier* identifier);

// A date outside of what WallTime can hold becomes the nearest that it can.
WallTime ToWallTime(std::int64_t unix_ms);

}  // namespace embeddables::c

#endif  // EMBEDDABLES_AGENT_C_VALUES_H_
