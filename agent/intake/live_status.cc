#include "agent/intake/live_status.h"

#include <cstddef>
#include <cstring>

namespace embeddables {

using intake::kStatusWords;
using intake::StatusPage;

namespace {

constexpr std::size_t kSum = kStatusWords - 1;

// A copy may be torn where the system copies more loosely than it stores; and a dead process's page
// may hold anything.
std::uint64_t SumOf(const std::uint64_t* words) {
  std::uint64_t sum = 0xcbf29ce484222325;  // FNV-1a, by words
  for (std::size_t i = 0; i < kSum; ++i) sum = (sum ^ words[i]) * 0x100000001b3;
  return sum;
}

template <class T>
T At(std::string_view bytes, std::size_t offset) {
  T value{};
  if (bytes.size() >= offset + sizeof value) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

std::size_t PlaceOf(std::string_view intake) {
  using intake::Header;
  const auto units = At<std::uint64_t>(intake, offsetof(Header, units));
  if (At<std::uint64_t>(intake, offsetof(Header, magic)) != intake::kMagic ||
      At<std::uint32_t>(intake, offsetof(Header, layout)) != intake::kLayout ||
      units > intake.size() / intake::kUnitBytes) {
    return intake.size();
  }
  return sizeof(Header) + intake::BytesOfUnits(units) + sizeof(intake::DeliveredRows) +
         sizeof(intake::Origins);
}

}  // namespace

// Each store releases the one before it: whoever sees a word of this turn sees that it is odd.
void LiveStatusWriter::Write(const LiveStatus& status, StatusPage* page) {
  if (page == to_ && std::memcmp(&status, &written_, sizeof status) == 0) return;
  written_ = status;
  to_ = page;
  std::uint64_t words[kStatusWords] = {};
  std::memcpy(words, &status, sizeof status);
  words[kSum] = SumOf(words);
  const std::uint64_t turn = page->turn.load(std::memory_order_relaxed) | 1;
  page->turn.store(turn, std::memory_order_release);
  for (std::size_t i = 0; i < kStatusWords; ++i) {
    page->words[i].store(words[i], std::memory_order_release);
  }
  page->form.store(intake::kStatusForm, std::memory_order_release);
  page->turn.store(turn + 1, std::memory_order_release);
}

PageState ReadLiveStatus(std::string_view intake, LiveStatus* status) {
  const std::size_t place = PlaceOf(intake);
  if (intake.size() < place + sizeof(StatusPage) ||
      At<std::uint64_t>(intake, place + offsetof(StatusPage, form)) != intake::kStatusForm) {
    return PageState::kNone;
  }
  std::uint64_t words[kStatusWords];
  std::memcpy(words, intake.data() + place + offsetof(StatusPage, words), sizeof words);
  const auto turn = At<std::uint64_t>(intake, place + offsetof(StatusPage, turn));
  if ((turn & 1) != 0 || words[kSum] != SumOf(words)) return PageState::kBeingWritten;
  std::memcpy(static_cast<void*>(status), words, sizeof *status);
  // These are texts, whatever was written there.
  status->version[sizeof status->version - 1] = '\0';
  status->words[sizeof status->words - 1] = '\0';
  return PageState::kWhole;
}

}  // namespace embeddables
