#include "stars.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace game {
namespace {

constexpr float kSpeedOfBasket = 700;
constexpr int kStarsInALevel = 40;

}  // namespace

Happened Stars::Step(float seconds, float toward) {
  basket_ = std::clamp(basket_ + toward * kSpeedOfBasket * seconds, 0.0f, kWidth);
  level_seconds_ += seconds;
  until_next_ -= seconds;
  if (until_next_ <= 0) {
    stars_.push_back({Random() * kWidth, 0});
    until_next_ = 0.12f / static_cast<float>(level_);
  }
  Happened happened;
  for (std::size_t i = 0; i < stars_.size();) {
    stars_[i].y += (150 + 20 * static_cast<float>(level_)) * seconds;
    if (stars_[i].y < kHeight - 20) {
      ++i;
      continue;
    }
    ++(std::fabs(stars_[i].x - basket_) < kBasket / 2 ? happened.caught : happened.missed);
    stars_[i] = stars_.back();
    stars_.pop_back();
  }
  score_ += happened.caught;
  caught_in_level_ += happened.caught;
  if (caught_in_level_ >= kStarsInALevel) {
    happened.level_done = true;
    caught_in_level_ = 0;
    ++level_;
  }
  if (happened.level_done) level_seconds_ = 0;
  return happened;
}

float Stars::Best() const {
  const auto lowest =
      std::max_element(stars_.begin(), stars_.end(), [](Star a, Star b) { return a.y < b.y; });
  if (lowest == stars_.end() || std::fabs(lowest->x - basket_) < kBasket / 4) return 0;
  return lowest->x < basket_ ? -1.0f : 1.0f;
}

// The same stars in each run.
float Stars::Random() {
  random_ = random_ * 1664525u + 1013904223u;
  return static_cast<float>(random_ >> 8) / static_cast<float>(1u << 24);
}

}  // namespace game
