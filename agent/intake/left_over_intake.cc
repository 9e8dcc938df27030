#include "agent/intake/left_over_intake.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>

#include "agent/intake/intake_layout.h"

namespace embeddables {

using intake::DeliveredRows;
using intake::Header;
using intake::kUnitMask;

namespace {

template <class T>
T At(const std::string& bytes, std::size_t offset) {
  T value{};
  if (bytes.size() >= offset + sizeof value) {
    std::memcpy(&value, bytes.data() + offset, sizeof value);
  }
  return value;
}

}  // namespace

LeftOverIntake::LeftOverIntake(std::string bytes) : bytes_(std::move(bytes)) {
  const auto magic = At<std::uint64_t>(bytes_, offsetof(Header, magic));
  if (magic == 0) state_ = State::kEmpty;
  if (magic != intake::kMagic) return;
  const auto layout = At<std::uint32_t>(bytes_, offsetof(Header, layout));
  if (layout < intake::kOldestLayout || layout > intake::kLayout ||
      At<std::uint32_t>(bytes_, offsetof(Header, header_bytes)) != sizeof(Header)) {
    state_ = State::kUnknown;
    return;
  }
  instance_ = At<std::int64_t>(bytes_, offsetof(Header, instance));
  units_ = At<std::uint64_t>(bytes_, offsetof(Header, units));
  at_ = At<std::uint64_t>(bytes_, offsetof(Header, head)) & kUnitMask;
  end_ = At<std::uint64_t>(bytes_, offsetof(Header, tail)) & kUnitMask;
  const std::uint64_t room =
      bytes_.size() < sizeof(Header) ? 0 : (bytes_.size() - sizeof(Header)) / intake::kUnitBytes;
  if (units_ == 0 || (units_ & (units_ - 1)) != 0 || units_ > room ||
      ((end_ - at_) & kUnitMask) > units_) {
    return;
  }
  state_ = State::kWhole;
  const std::size_t list = sizeof(Header) + intake::BytesOfUnits(units_);
  if (layout >= 2) ReadDeliveredRows(list);
  if (layout >= 3) {
    has_origin_ = ReadOrigin(
        std::string_view(bytes_).substr(std::min(bytes_.size(), list + sizeof(DeliveredRows))),
        &origin_);
  }
}

void LeftOverIntake::ReadDeliveredRows(std::size_t list) {
  const auto count = At<std::uint64_t>(bytes_, list + offsetof(DeliveredRows, count));
  if (count > intake::kMaxDelivered) return;
  for (std::size_t i = 0; i < count; ++i) {
    const auto row =
        At<std::int64_t>(bytes_, list + offsetof(DeliveredRows, rows) + i * sizeof(std::int64_t));
    if (row > 0) delivered_rows_.push_back(row);
  }
}

std::uint64_t LeftOverIntake::Word(std::uint64_t unit) const {
  return At<std::uint64_t>(bytes_, sizeof(Header) + intake::BytesOfUnits(unit & (units_ - 1)));
}

void LeftOverIntake::SkipTo(std::uint64_t position) {
  // Units that were freed since lie behind the cursor.
  if (((position - at_) & kUnitMask) <= ((end_ - at_) & kUnitMask)) at_ = position;
}

bool LeftOverIntake::Next(std::string_view* record) {
  while (state_ == State::kWhole && !damaged_ && at_ != end_) {
    const std::uint64_t index = at_ & (units_ - 1);
    const std::uint64_t word = Word(at_);
    const bool pad = (word & intake::kPad) != 0;
    const std::uint64_t length = word & ~(intake::kPad | intake::kBusy | intake::kDelivered);
    const std::uint64_t left = (end_ - at_) & kUnitMask;
    const std::uint64_t to_ring_end = units_ - index;
    if (word == 0 && alive_) {
      at_ = end_;
      break;
    }
    if (word == 0) {
      at_ = (at_ + 1) & kUnitMask;
      continue;
    }
    if (length >= bytes_.size()) break;
    const std::uint64_t units = pad ? length : intake::Units(length);
    if (units > left || units > to_ring_end || (pad && units != to_ring_end)) break;
    at_ = (at_ + units) & kUnitMask;
    if ((word & (intake::kPad | intake::kBusy)) != 0) continue;
    if ((word & intake::kDelivered) != 0) {
      ++delivered_;
      continue;
    }
    *record = std::string_view(bytes_.data() + sizeof(Header) + intake::BytesOfUnits(index + 1),
                               static_cast<std::size_t>(length));
    return true;
  }
  damaged_ = at_ != end_;
  return false;
}

}  // namespace embeddables
