// A dead process's intake is anybody's bytes: what is read of it ends, lies within it and goes
// forward, from whatever position the store has come to.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/event/event.h"
#include "agent/intake/intake_layout.h"
#include "agent/intake/left_over_intake.h"
#include "tests/fuzz/fuzz.h"

namespace embeddables::fuzz {
namespace {

std::size_t Walk(LeftOverIntake left_over, std::size_t size) {
  std::size_t total = 0;
  std::string_view bytes_of_record;
  while (left_over.Next(&bytes_of_record)) {
    Require(left_over.state() == LeftOverIntake::State::kWhole, "only a whole one has records");
    total += bytes_of_record.size() + 8;
    Require(total <= size, "records lie apart from each other");
    Record record;
    if (DecodeRecord(bytes_of_record, &record)) {
      Require(record.name.size() <= bytes_of_record.size(), "a name lies in its record");
    }
  }
  return total;
}

void One(const std::string& bytes) {
  const std::size_t all = Walk(LeftOverIntake(bytes), bytes.size());
  LeftOverIntake left_over(bytes);
  Require(left_over.delivered_rows().size() <= intake::kMaxDelivered,
          "the list of rows is bounded");
  for (const std::int64_t row : left_over.delivered_rows()) Require(row > 0, "a row's number");
  const std::string& path = left_over.origin().path;
  Require(!left_over.has_origin() ||
              (path.size() <= intake::kMaxOriginPath && path.find('\0') == std::string::npos),
          "an origin's path is one");
  std::string_view record;
  if (!left_over.Next(&record)) return;
  LeftOverIntake rest(bytes);
  rest.SkipTo(left_over.position());
  Require(Walk(std::move(rest), bytes.size()) < all, "what was absorbed does not come again");
}

}  // namespace
}  // namespace embeddables::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  embeddables::fuzz::One(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
